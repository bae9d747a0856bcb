"""The kinds of sessions that are held through the upgrade, and how each is looked at."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from reports.samples import State
from targets.access import ssh
from targets.access.applications import Tunnels
from targets.access.browser import is_broken, outcome_of
from targets.access.outcomes import CannotJudgeError
from targets.access.portal import SignedIn
from targets.model.services import Html5Application, SshDirectAccess
from targets.services import Kind
from watch.beat import Pulse
from watch.holder import Holder


class SshHolder(Holder):
    """An SSH session through an Edge Gateway, in which a program says what it is told."""

    def hold(self) -> None:
        """Talk with the program at each beat."""
        through, access = self.session.through, self.session.of
        if through is None or not isinstance(access, SshDirectAccess):
            raise TypeError(f"{self.session.name} is no SSH session")
        way = self.platform.direct(through, access.user)
        with (
            ssh.connected(way, self.platform.limits.answer) as session,
            session.echo() as echo,
            _felt(self.every) as pulse,
        ):
            self.opened()
            number = 0
            while True:
                began, number = time.monotonic(), number + 1
                answers = echo(f"recette {number}", self.limit)
                words = "" if answers else "no answer in time"
                self.tell(State.OK if answers else State.AWAY, words, began, pulse)
                time.sleep(max(0.0, began + self.every - time.monotonic()))


class PortalHolder(Holder):
    """A signed-in user's session on the portal: its page is loaded at each beat."""

    def hold(self) -> None:
        """Sign in, and see at each beat whether the portal still knows the user."""
        portal = self.platform.portal
        signed_in = self.platform.portal.sign_in(*self.platform.credentials(portal.portal.user))
        self.opened()
        self.platform.browser.do(self._visit, signed_in.state)

    async def _visit(self, context: BrowserContext) -> None:
        page = await context.new_page()
        await _each_beat(self, page, lambda: self._look(page))

    async def _look(self, page: Page) -> State:
        portal = self.platform.portal.portal
        await page.goto(str(portal.url), timeout=self.limit * 1000)
        if await page.locator(portal.page.signed_in_as).first.is_visible():
            return State.OK
        return State.LOST if await page.locator(portal.page.login).first.is_visible() else State.AWAY


class Html5Holder(Holder):
    """A desktop in a browser tab, through the HTML5 Gateway."""

    def hold(self) -> None:
        """Open it as its user does, and see at each beat whether it is still connected."""
        application = self._application
        self.platform.applications.hold_html5(
            self._signed_in(), application, self.platform.limits.desktop, self._look_often
        )

    @property
    def _application(self) -> Html5Application:
        if isinstance(self.session.of, Html5Application):
            return self.session.of
        raise TypeError(f"{self.session.name} is no HTML5 session")

    def _signed_in(self) -> SignedIn:
        """Sign in as the user whose desktop no phase opens, where the target names one."""
        application = self._application
        return self.platform.portal.sign_in(*self.platform.credentials(application.held_by or application.user))

    async def _look_often(self, page: Page, tunnels: Tunnels) -> None:
        self.opened()
        await _each_beat(self, page, lambda: self._look(page, tunnels))

    async def _look(self, page: Page, tunnels: Tunnels) -> State:
        gone = page.get_by_text(self._application.disconnected, exact=True).first
        shows = await page.locator(self._application.canvas).first.is_visible()
        return State.OK if shows and not tunnels.gone and not await gone.is_visible() else State.LOST


async def _each_beat(holder: Holder, page: Page, look: Callable[[], Awaitable[State]]) -> None:
    """Look at a session on a page at each beat until it is lost, and tell of it.

    Raises CannotJudgeError where the browser broke down.
    """
    async with _felt_through(page.context, holder.every) as pulse:
        while True:
            began, words = time.monotonic(), ""
            try:
                state = await look()
            except PlaywrightError as error:
                state, words = _failed(error, page)
            if state is State.LOST:
                return
            holder.tell(state, words, began, pulse)
            await asyncio.sleep(max(0.0, began + holder.every - time.monotonic()))


def _failed(error: PlaywrightError, page: Page) -> tuple[State, str]:
    """Tell whether a look failed by the platform or by us; raise CannotJudgeError where the browser broke down."""
    outcome = outcome_of(error, page.context.browser)
    if is_broken(error, page.context.browser):
        raise outcome from None
    if page.is_closed():
        return State.LOST, ""
    return State.UNKNOWN if isinstance(outcome, CannotJudgeError) else State.AWAY, str(outcome)


@contextmanager
def _felt(every: float) -> Iterator[Pulse]:
    """Feel meanwhile whether this process runs."""
    pulse, over = Pulse(every), threading.Event()

    def feel() -> None:
        while not over.wait(pulse.rest):
            pulse.felt()

    threading.Thread(target=feel, daemon=True).start()
    try:
        yield pulse
    finally:
        over.set()


@asynccontextmanager
async def _felt_through(context: BrowserContext, every: float) -> AsyncIterator[Pulse]:
    """Feel meanwhile whether the browser runs: by a page of its own, since the one that is looked at may be loading."""
    page, pulse = await context.new_page(), Pulse(every)
    beating = asyncio.create_task(pulse.run(lambda: page.evaluate("0")))
    try:
        yield pulse
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)  # a page that is gone has nothing more to say


HOLDERS: dict[Kind, type[Holder]] = {Kind.PORTAL: PortalHolder, Kind.SSH: SshHolder, Kind.HTML5: Html5Holder}
