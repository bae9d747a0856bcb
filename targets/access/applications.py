"""Applications opened from the portal by a signed-in user, in the browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page, WebSocket
from playwright.async_api import TimeoutError as PlaywrightTimeout

from targets.access.browser import Chromium, screenshot
from targets.access.desktop import DRAWN, DesktopSession, differ, is_blank
from targets.access.outcomes import PlatformFailed
from targets.access.portal import SignedIn
from targets.access.proof import type_until
from targets.model.services import Html5Application, Portal

LONGEST_TEXT = 100_000


@dataclass(frozen=True)
class Opened:
    """A web application as the portal opened it."""

    url: str
    status: int | None
    title: str
    text: str
    picture: bytes


@dataclass(frozen=True)
class Html5Session:
    """An HTML5 session: whether it showed a desktop, whether that took the keyboard, and how it ended."""

    desktop: DesktopSession
    ended_with: str


class Tunnels:
    """The WebSockets of a session's pages: a page may go on showing its last picture when they are gone."""

    def __init__(self) -> None:
        self._open: set[WebSocket] = set()
        self._any = False

    def listen(self, page: Page) -> None:
        """Hear of every WebSocket that a page opens."""
        page.on("websocket", self._opened)

    @property
    def gone(self) -> bool:
        """Whether there was one, and none is left."""
        return self._any and not self._open

    def _opened(self, socket: WebSocket) -> None:
        self._any = True
        self._open.add(socket)
        socket.on("close", self._closed)

    def _closed(self, socket: WebSocket) -> None:
        self._open.discard(socket)


class Applications:
    """What the portal opens for a signed-in user."""

    def __init__(self, portal: Portal, browser: Chromium) -> None:
        self._portal = portal
        self._browser = browser

    def open_web(self, signed_in: SignedIn, name: str) -> Opened:
        """Open a web application by its link in the portal."""

        async def visit(context: BrowserContext) -> Opened:
            page = await self._follow(context, name)
            await page.wait_for_load_state()
            status = await page.evaluate("performance.getEntriesByType('navigation')[0]?.responseStatus ?? null")
            text = (await page.locator("body").inner_text())[:LONGEST_TEXT]
            return Opened(page.url, status, (await page.title())[:200], text, await screenshot(page))

        return self._browser.do(visit, signed_in.state)

    def use_html5(
        self,
        signed_in: SignedIn,
        application: Html5Application,
        keystrokes: str,
        arrived: Callable[[], bool],
        time_limit: float,
    ) -> Html5Session:
        """Open an HTML5 application, wait for its picture, type until it has arrived outside, and disconnect.

        `time_limit` in seconds for the first picture, and again for what is typed.
        """

        async def visit(context: BrowserContext) -> Html5Session:
            page = await self._follow(context, application.name)
            if failure := await _not_shown(page, application.canvas, time_limit):
                return Html5Session(DesktopSession(await screenshot(page), not_shown=failure), "")
            first = await screenshot(page)
            failure = await asyncio.to_thread(_typed, page, asyncio.get_running_loop(), keystrokes, arrived, time_limit)
            typed = await (screenshot(page) if failure else _picture_after(first, page))
            desktop = DesktopSession(first, typed, keyboard_dead=failure, frozen=not (failure or differ(first, typed)))
            await page.locator(application.disconnect).click()
            return Html5Session(desktop, await _ending(page, application.disconnected))

        return self._browser.do(visit, signed_in.state)

    def hold_html5(
        self,
        signed_in: SignedIn,
        application: Html5Application,
        time_limit: float,
        held: Callable[[Page, Tunnels], Coroutine[Any, Any, None]],
    ) -> None:
        """Open an HTML5 application, wait at most `time_limit` seconds for its picture, and leave its page to `held`.

        Returns when that does; raises PlatformFailed where no desktop is shown, at once where the page says that it is
        over: who holds a session tries again, and what cut this one off may be back long before the time is over.
        """

        async def visit(context: BrowserContext) -> None:
            tunnels = Tunnels()
            context.on("page", tunnels.listen)
            page = await self._follow(context, application.name)
            over = page.get_by_text(application.disconnected, exact=True).first
            if failure := await _not_shown(page, application.canvas, time_limit, over):
                raise PlatformFailed(failure)
            await held(page, tunnels)

        self._browser.do(visit, signed_in.state)

    async def _follow(self, context: BrowserContext, name: str) -> Page:
        """Click an application's link; return the page that it opens, be it in this tab or in a new one."""
        page = await context.new_page()
        await page.goto(str(self._portal.url))
        await (await self._link(page, name)).click()
        await page.wait_for_timeout(200)  # a new tab, where the portal opens one, is there at once
        return context.pages[-1]

    async def _link(self, page: Page, name: str) -> Locator:
        links = page.locator(self._portal.page.application)
        names = [" ".join(text.split()) for text in await links.all_inner_texts()]
        if name not in names:
            raise PlatformFailed(
                f"the portal does not offer “{name}”, it offers: {', '.join(names)[:500] or 'nothing'}"
            )
        return links.nth(names.index(name))


def _typed(
    page: Page, loop: asyncio.AbstractEventLoop, keystrokes: str, arrived: Callable[[], bool], time_limit: float
) -> str:
    """Type from a thread of its own, since looking outside blocks; return what went wrong, or nothing."""

    def type_it() -> None:
        asyncio.run_coroutine_threadsafe(page.keyboard.type(keystrokes, delay=30), loop).result(time_limit)

    return type_until(arrived, type_it, time_limit)


async def _not_shown(page: Page, selector: str, time_limit: float, over: Locator | None = None) -> str:
    """Wait until the canvas shows more than one plain colour; return why it does not, or nothing.

    Where `over` comes into sight, nothing more is waited for.
    """
    canvas = page.locator(selector).first
    ends = time.monotonic() + time_limit
    try:
        await (canvas.or_(over).first if over else canvas).wait_for(timeout=time_limit * 1000)
        while True:
            if over and await over.is_visible():
                return f"the session ended before it showed a desktop: the page says “{await over.inner_text()}”"
            if not is_blank(await canvas.screenshot(type="png")):
                return ""
            if time.monotonic() > ends:
                return f"the canvas was still blank after {time_limit:g} s"
            await page.wait_for_timeout(300)  # bounded by `ends`: drawing on a canvas is not announced
    except PlaywrightTimeout:
        return f"the page shows no canvas: it is “{await page.title()}”"


async def _picture_after(before: bytes, page: Page) -> bytes:
    """Return what a page shows as soon as it shows something else, or the last look at it."""
    ends = time.monotonic() + DRAWN
    while not differ(before, now := await screenshot(page)) and time.monotonic() < ends:
        await page.wait_for_timeout(300)  # bounded by `ends`: drawing on a canvas is not announced
    return now


async def _ending(page: Page, expected: str) -> str:
    """Return the text that says the session has ended, or what the page says instead."""
    try:
        await page.get_by_text(expected).first.wait_for()
    except PlaywrightTimeout:
        return (await page.locator("body").inner_text())[:300]
    return expected
