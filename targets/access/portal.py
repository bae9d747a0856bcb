"""The user portal, as a user meets it: in a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlsplit

from playwright.async_api import BrowserContext, Cookie, Page, Request, StorageState
from pydantic import SecretStr

from targets.access.browser import Chromium, screenshot
from targets.access.detour import Detour
from targets.access.door import Door
from targets.access.outcomes import PlatformFailed
from targets.model.services import Federation, IdentityProviderPage, Portal
from targets.subject import Beside

LONGEST_LIST = 1000


@dataclass
class Exchanged:
    """The SAML messages that the browser carried in a sign-in through a federation, still encoded.

    `form` and `cookies` (a header's value) are what the response was posted with, `posted_at` when, in seconds of the
    monotonic clock.
    """

    request: str = ""
    response: str = ""
    posted_to: str = ""
    form: dict[str, str] = field(default_factory=dict)
    cookies: str = ""
    posted_at: float = 0.0

    def note(self, url: str, body: bytes | None) -> bool:
        """Keep the message that a request of the browser carries, if it does; a body may be no text at all.

        Tells whether it is the response.
        """
        asked = parse_qs(urlsplit(url).query).get("SAMLRequest")
        form = dict(parse_qsl((body or b"").decode("utf-8", "replace")))
        if asked:
            self.request = asked[0]
        if "SAMLResponse" not in form:
            return False
        self.response, self.posted_to, self.form, self.posted_at = form["SAMLResponse"], url, form, time.monotonic()
        return True


@dataclass(frozen=True)
class SignedIn:
    """What a signed-in user sees, and the browser's state that carries the session."""

    user: str
    applications: tuple[str, ...]
    url: str
    cookies: tuple[Cookie, ...]
    state: StorageState
    picture: bytes
    exchanged: Exchanged = field(default_factory=Exchanged)

    def session_cookie(self, name: str) -> Cookie:
        """Return the cookie that carries the session; raise PlatformFailed where there is none."""
        found = [cookie for cookie in self.cookies if cookie.get("name") == name]
        if not found:
            seen = ", ".join(sorted(str(cookie.get("name")) for cookie in self.cookies)) or "none"
            raise PlatformFailed(f"there is no cookie {name}; the cookies are: {seen}")
        return found[0]


@dataclass(frozen=True)
class SignedOut:
    """Where a user is after signing out, and whether the old session still opens the portal."""

    session_still_works: bool
    picture: bytes
    session_elsewhere: bool = False
    """Whether the identity provider still knows the user (single logout)."""


class UserPortal(Door):
    """The portal of a target, opened in its browser."""

    def __init__(self, portal: Portal, browser: Chromium) -> None:
        super().__init__(str(portal.url), portal.page, browser)
        self.portal = portal

    def sign_in(self, login: str, password: SecretStr, controller: str | None = None) -> SignedIn:
        """Sign in with login and password, once; on the portal of one controller, by its own name or address.

        Raises PlatformFailed where the portal refuses.
        """

        async def visit(context: BrowserContext) -> SignedIn:
            page = await context.new_page()
            await self._fill_in(page, login, password)
            if not await self._is_signed_in(page):
                raise PlatformFailed(f"{login} is not signed in: {await self._refusal(page)}")
            return await self._signed_in(context, page)

        return self._browser.do(visit, detour=self._detour(controller))

    def sign_in_through(
        self, federation: Federation, login: str, password: SecretStr, controller: str | None = None
    ) -> SignedIn:
        """Sign in at the identity provider, from the service provider's own starting address; `controller` as above."""
        exchanged = Exchanged()
        posts: list[Request] = []

        def note(request: Request) -> None:
            if exchanged.note(request.url, request.post_data_buffer):
                posts.append(request)

        async def visit(context: BrowserContext) -> SignedIn:
            page = await context.new_page()
            page.on("request", note)
            await page.goto(str(federation.sign_in))
            await _fill_in_at(page, federation.page, login, password)
            if not await self._is_signed_in(page):
                raise PlatformFailed(
                    f"{login} is not signed in after the identity provider: {await self._refusal(page)}"
                )
            for post in posts:
                exchanged.cookies = (await post.all_headers()).get("cookie", "")
            return await self._signed_in(context, page, exchanged)

        with self._provider_blamed():
            return self._browser.do(visit, detour=self._detour(controller))

    def sign_out(self, signed_in: SignedIn, federation: Federation | None = None) -> SignedOut:
        """Sign out, then put the old cookies back and see whether they still open the portal.

        A browser that forgot its cookie proves nothing: the session must have ended on the platform.
        """

        async def visit(context: BrowserContext) -> SignedOut:
            page = await context.new_page()
            await page.goto(self._url)
            await page.locator(self._sign_out_of(federation)).first.click()
            await page.wait_for_load_state("networkidle")
            picture = await screenshot(page)
            elsewhere = await self._is_known_at(page, federation)
            await context.add_cookies([dict(cookie) for cookie in signed_in.cookies])  # type: ignore[misc]  # TypedDicts
            await page.goto(self._url)
            return SignedOut(await self._is_signed_in(page, wait=False), picture, elsewhere)

        with self._provider_blamed():
            return self._browser.do(visit, signed_in.state)

    def is_opened_by(self, cookies: Mapping[str, str], url: str) -> bool:
        """Tell whether somebody is signed in at an address with these cookies; whoever is, is signed out at once."""

        async def visit(context: BrowserContext) -> bool:
            await context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
            page = await context.new_page()
            await page.goto(url)
            signed_in = await self._is_signed_in(page)
            if signed_in:
                await self._leave(page)
            return signed_in

        return self._browser.do(visit)

    def _detour(self, controller: str | None) -> Detour | None:
        return Detour(urlsplit(self._url).hostname or "", controller) if controller else None

    @contextmanager
    def _provider_blamed(self) -> Iterator[None]:
        """Let what fails elsewhere than on the portal's own host be the identity provider's fault."""
        try:
            yield
        except PlatformFailed as failed:
            if failed.host not in (None, urlsplit(self._url).hostname):
                failed.at_fault = Beside.IDENTITY_PROVIDER
            raise

    def _sign_out_of(self, federation: Federation | None) -> str:
        return (federation.sign_out if federation else None) or self._page.sign_out

    async def _is_known_at(self, page: Page, federation: Federation | None) -> bool:
        """Tell whether the identity provider signs the user in again without asking."""
        if federation is None:
            return False
        await page.goto(str(federation.sign_in))
        asked = page.locator(federation.page.password).first
        await asked.or_(page.locator(self._page.signed_in_as).first).first.wait_for()
        return not await asked.is_visible()

    async def _signed_in(self, context: BrowserContext, page: Page, exchanged: Exchanged | None = None) -> SignedIn:
        names = await page.locator(self.portal.page.application).all_inner_texts()
        return SignedIn(
            user=(await page.locator(self._page.signed_in_as).first.inner_text()).strip()[:200],
            applications=tuple(sorted(" ".join(name.split())[:200] for name in names[:LONGEST_LIST])),
            url=page.url,
            cookies=tuple(await context.cookies()),
            state=await context.storage_state(),
            picture=await screenshot(page),
            exchanged=exchanged or Exchanged(),
        )


async def _fill_in_at(page: Page, form: IdentityProviderPage, login: str, password: SecretStr) -> None:
    await page.locator(form.login).fill(login)
    await page.locator(form.password).fill(password.get_secret_value())
    await page.locator(form.submit).first.click()
