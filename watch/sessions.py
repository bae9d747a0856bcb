"""Sessions that are opened before the upgrade and held through it, each looked at on a beat of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from reports.samples import Sample, State
from targets.access import ssh
from targets.access.applications import Tunnels
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.platform import Platform
from targets.access.portal import SignedIn
from targets.model import Html5Application, SshDirectAccess
from targets.problems import shown
from targets.services import HeldSession, Kind

TRY_AGAIN = 5.0
"""Seconds from one attempt to open a lost session anew to the next."""
REFUSED = ("is not signed in", "sign-in is refused")
Tell = Callable[[str, float, State, str], None]
"""Takes a session's name, when the look at it began (monotonic), how it was found, and words."""


class Holder(ABC):
    """Holds one session. A refused sign-in is never tried again: accounts lock."""

    def __init__(self, session: HeldSession, platform: Platform, tell: Tell, every: float) -> None:
        self.session = session
        self.platform = platform
        self.every = every
        self.limit = min(every, platform.limits.answer)
        self._tell = tell
        self._opened = threading.Event()
        self._why = "it is being opened"
        self._lost_before = False

    def run(self) -> None:
        """Open the session, hold it, and open it anew whenever it is lost, for ever."""
        threading.Thread(target=self._tell_while_not_open, daemon=True).start()
        while True:
            self._why, refused = self._held()
            if refused:
                return
            time.sleep(TRY_AGAIN)

    def tell(self, state: State, words: str = "", began: float | None = None) -> None:
        """Say how the session was found."""
        self._tell(self.session.name, time.monotonic() if began is None else began, state, shown(words))

    def opened(self) -> None:
        """Say that the session is open: its first, or a new one after a loss."""
        self._opened.set()
        self.tell(State.OK, f"opened at {datetime.now(UTC):%H:%M:%S} UTC")

    def _held(self) -> tuple[str, bool]:
        """Open and hold the session; return how it was lost, or why it is not open, and whether it was refused."""
        words = "the session is gone"
        try:
            self.hold()
        except (PlatformFailed, CannotJudgeError) as error:
            words = str(error)
        refused = not self._opened.is_set() and any(each in words for each in REFUSED)
        if self._opened.is_set():
            self._lost_before = True
            self._opened.clear()
            self.tell(State.LOST, words)
        return words, refused

    def _tell_while_not_open(self) -> None:
        """Say at each beat that the session is not open; opening one anew may take its time."""
        while True:
            time.sleep(self.every)
            if not self._opened.is_set():
                self.tell(State.LOST if self._lost_before else State.UNKNOWN, self._why)

    @abstractmethod
    def hold(self) -> None:
        """Open the session, call `opened`, and tell of it at each beat; return or raise when it is lost."""


class SshHolder(Holder):
    """An SSH session through an Edge Gateway, in which a program says what it is told."""

    def hold(self) -> None:
        """Talk with the program at each beat."""
        through, access = self.session.through, self.session.of
        if through is None or not isinstance(access, SshDirectAccess):
            raise TypeError(f"{self.session.name} is no SSH session")
        way = self.platform.direct(through, access.user)
        with ssh.connected(way, self.platform.limits.answer) as session, session.echo() as echo:
            self.opened()
            number = 0
            while True:
                began, number = time.monotonic(), number + 1
                answers = echo(f"recette {number}", self.limit)
                self.tell(State.OK if answers else State.AWAY, "" if answers else "no answer in time", began)
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
        await _each_beat(self, lambda: self._look(page))

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
        await _each_beat(self, lambda: self._look(page, tunnels))

    async def _look(self, page: Page, tunnels: Tunnels) -> State:
        gone = page.get_by_text(self._application.disconnected, exact=True).first
        shows = await page.locator(self._application.canvas).first.is_visible()
        return State.OK if shows and not tunnels.gone and not await gone.is_visible() else State.LOST


async def _each_beat(holder: Holder, look: Callable[[], object]) -> None:
    """Look at a session at each beat until it is lost, and tell of it."""
    while True:
        began, words = time.monotonic(), ""
        try:
            state = await look()  # type: ignore[misc]  # a coroutine of a State
        except PlaywrightError as error:
            state, words = State.AWAY, error.message.splitlines()[0]
        if state is State.LOST:
            return
        holder.tell(state, words, began)
        await asyncio.sleep(max(0.0, began + holder.every - time.monotonic()))


def sample_of(origin: float, name: str, began: float, state: State, words: str) -> Sample:
    """Return a look at a session as a sample; `origin` and `began` are of the monotonic clock."""
    took = max(0.0, time.monotonic() - began)
    return Sample(at=round(max(0.0, began - origin), 4), took=round(took, 4), service=name, state=state, text=words)


HOLDERS: dict[Kind, type[Holder]] = {Kind.PORTAL: PortalHolder, Kind.SSH: SshHolder, Kind.HTML5: Html5Holder}
