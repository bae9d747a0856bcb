"""One Chromium for a whole run, on a thread of its own; every sign-in gets a context of its own.

Certificates are verified: a private CA is put into a certificate store made for this browser alone. Traces of the
browser's own network are kept out of the target's way (no background requests).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, Request, StorageState, async_playwright
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from targets.access.detour import Detour, led
from targets.access.names import Addresses, browser_rules
from targets.access.outcomes import CannotJudgeError, PlatformFailed

PROGRAMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
)
"""The first one draws no windows, and takes a third of the processor time for the same pages."""
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-gpu",
)
SIZE = {"width": 1280, "height": 800}
LAST_SIGHT = 3.0
"""Seconds for the picture of a page that failed: it may be too broken to draw."""

T = TypeVar("T")


class Chromium:
    """The browser, started when it is first wanted."""

    def __init__(self, ca_file: Path | None, names: Addresses, time_limit: float) -> None:
        self._ca_file = ca_file
        self._names = names
        self._time_limit = time_limit
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._home: TemporaryDirectory[str] | None = None
        self._browser: Browser | None = None
        self._stop: Callable[[], Coroutine[Any, Any, None]] | None = None
        self._guard = threading.Lock()

    def do(
        self,
        visit: Callable[[BrowserContext], Coroutine[Any, Any, T]],
        state: StorageState | None = None,
        detour: Detour | None = None,
    ) -> T:
        """Run `visit` in a fresh context and return what it returns.

        `state` is that of a signed-in user, `detour` leads to one server of several that share a name. Raises
        PlatformFailed where a page does not do what it should, CannotJudgeError where there is no browser or it broke
        down.
        """
        return self._run(self._visit(visit, state, detour))

    def close(self) -> None:
        """End the browser and its thread, and remove its files."""
        if self._thread is None:
            self._loop.close()
            return
        if self._stop is not None:
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(self._time_limit)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(self._time_limit)
        self._loop.close()
        if self._home is not None:
            self._home.cleanup()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop.run_forever, name="browser", daemon=True)
                self._thread.start()
                self._starting: Future[None] = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
        try:
            self._starting.result()
        except BaseException:
            work.close()
            raise
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self) -> None:
        program = browser_program()
        self._home = TemporaryDirectory(prefix="recette-browser-")
        if self._ca_file is not None:
            _trust(self._ca_file, Path(self._home.name))
        driver = await async_playwright().start()
        try:
            self._browser = await driver.chromium.launch(
                executable_path=program, args=self._arguments(), env={**_environment(), "HOME": self._home.name}
            )
        except PlaywrightError as error:
            await driver.stop()
            raise CannotJudgeError(f"the browser does not start ({_first_line(error)})") from None
        browser = self._browser

        async def stop() -> None:
            await browser.close()
            await driver.stop()

        self._stop = stop

    def _arguments(self) -> list[str]:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
        rules = [f"--host-resolver-rules={browser_rules(self._names)}"] if self._names else []
        return [*QUIET, *sandbox, *rules]

    async def _visit(
        self,
        visit: Callable[[BrowserContext], Coroutine[Any, Any, T]],
        state: StorageState | None,
        detour: Detour | None,
    ) -> T:
        if self._browser is None or not self._browser.is_connected():
            raise CannotJudgeError("the browser broke down")
        try:
            async with self._context(self._browser, state, detour) as context:
                return await self._watched(visit, context, self._browser)
        except PlaywrightError as error:
            raise outcome_of(error, self._browser) from None

    async def _watched(
        self, visit: Callable[[BrowserContext], Coroutine[Any, Any, T]], context: BrowserContext, browser: Browser
    ) -> T:
        """Let a visit that ends badly leave its last sight, which explains more than words."""
        asked: list[Request] = []
        context.on("request", lambda request: asked.append(request) if _is_page(request) else None)
        try:
            return await visit(context)
        except PlatformFailed as failed:
            failed.picture, failed.host = await _last_sight(context), _last_host(asked)
            raise
        except PlaywrightError as error:
            sight = await _last_sight(context)
            if isinstance(error, PlaywrightTimeout):
                outcome: PlatformFailed | CannotJudgeError = await self._too_late(context, asked, error)
            else:
                outcome = outcome_of(error, browser, asked)
            outcome.picture, outcome.host = sight, _last_host(asked)
            raise outcome from None

    async def _too_late(
        self, context: BrowserContext, asked: Sequence[Request], error: PlaywrightError
    ) -> PlatformFailed:
        """Return the failure of a page that did not come to show what was waited for."""
        address = _address(asked[-1].url) if asked else "the browser"
        title = await _title(context)
        return PlatformFailed(
            f"{address} did not show what was waited for in {self._time_limit:g} s, it shows "
            f"{f'“{title}”' if title else 'a page without title'} ({_first_line(error)})"
        )

    @asynccontextmanager
    async def _context(
        self, browser: Browser, state: StorageState | None, detour: Detour | None
    ) -> AsyncIterator[BrowserContext]:
        async with AsyncExitStack() as stack:
            proxy = {"server": await stack.enter_async_context(led(detour))} if detour else None
            context = await browser.new_context(storage_state=state, viewport=SIZE, proxy=proxy)  # type: ignore[arg-type]  # TypedDicts
            context.set_default_timeout(self._time_limit * 1000)
            try:
                yield context
            finally:
                if browser.is_connected():
                    await context.close()


def browser_program() -> str:
    """Return the path of this machine's browser; raise CannotJudgeError where there is none."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        advice = "install Chromium (apt install chromium-headless-shell, or chromium)"
        raise CannotJudgeError("there is no browser on this machine", advice)
    return program


def _environment() -> Mapping[str, str]:
    """Return our environment without what would lead the browser around the target's own route."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def _trust(ca_file: Path, home: Path) -> None:
    """Make a certificate store in the browser's home that trusts the private CA."""
    if shutil.which("certutil") is None:
        raise CannotJudgeError(
            "the browser cannot be told to trust the target's CA: there is no certutil", "apt install libnss3-tools"
        )
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for arguments in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "target", "-i", str(ca_file)]):
        done = subprocess.run(
            ["certutil", "-d", f"sql:{store}", *arguments], check=False, capture_output=True, text=True, timeout=30
        )
        if done.returncode != 0:
            raise CannotJudgeError(f"the browser cannot be told to trust {ca_file} ({done.stderr.strip()[:300]})")


def _first_line(error: PlaywrightError) -> str:
    """Return what happened; what follows in the message is a call log, which may hold what was typed."""
    return error.message.splitlines()[0][:300]


def is_broken(error: PlaywrightError, browser: Browser | None) -> bool:
    """Tell whether a browser, or its page, broke down."""
    return browser is None or not browser.is_connected() or "crashed" in _first_line(error)


def outcome_of(
    error: PlaywrightError, browser: Browser | None, asked: Sequence[Request] = ()
) -> PlatformFailed | CannotJudgeError:
    """Tell whose fault a browser's error is; of the pages that it asked for, the last is where they led to."""
    message = _first_line(error)
    if is_broken(error, browser):
        return CannotJudgeError(f"the browser broke down ({message})")
    if "ERR_INTERNET_DISCONNECTED" in message or "ERR_NETWORK_CHANGED" in message:
        return CannotJudgeError(f"no route from this machine ({message})")
    if asked and asked[-1].failure:
        return PlatformFailed(f"{_address(asked[-1].url)} does not open: {asked[-1].failure}")
    return PlatformFailed(message)


def _is_page(request: Request) -> bool:
    return request.is_navigation_request() and request.frame.parent_frame is None


def _last_host(asked: Sequence[Request]) -> str | None:
    return urlsplit(asked[-1].url).hostname if asked else None


def _address(url: str) -> str:
    """Return an address without what a form or a link may have put behind it, such as a token."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


async def _last_sight(context: BrowserContext) -> bytes:
    """Return a picture of the newest page; nothing where there is none, or it is too broken to draw."""
    if context.pages:
        with suppress(PlaywrightError):
            return await context.pages[-1].screenshot(type="png", timeout=LAST_SIGHT * 1000)
    return b""


async def _title(context: BrowserContext) -> str:
    if context.pages:
        with suppress(PlaywrightError):
            return (await context.pages[-1].title())[:200]
    return ""


async def screenshot(page: Page) -> bytes:
    """Return the visible part of a page as PNG."""
    return await page.screenshot(type="png")
