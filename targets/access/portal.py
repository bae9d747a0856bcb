"""The user portal, as a user meets it: in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import BrowserContext, Cookie, Page, StorageState
from playwright.async_api import TimeoutError as PlaywrightTimeout
from pydantic import SecretStr

from targets.access.browser import Chromium, screenshot
from targets.access.detour import Detour
from targets.access.outcomes import PlatformFailed
from targets.model.services import Federation, IdentityProviderPage, Portal
from targets.subject import Beside

LONGEST_LIST = 1000


@dataclass
class Exchanged:
    """The SAML messages that the browser carried in a sign-in through a federation, still encoded."""

    request: str = ""
    response: str = ""
    posted_to: str = ""

    def note(self, url: str, body: bytes | None) -> None:
        """Keep the message that a request of the browser carries, if it does; a body may be no text at all."""
        asked = parse_qs(urlsplit(url).query).get("SAMLRequest")
        answered = parse_qs((body or b"").decode("utf-8", "replace")).get("SAMLResponse")
        if asked:
            self.request = asked[0]
        if answered:
            self.response, self.posted_to = answered[0], url


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
class Refusal:
    """What a refused sign-in shows."""

    message: str
    signed_in: bool
    picture: bytes


@dataclass(frozen=True)
class SignedOut:
    """Where a user is after signing out, and whether the old session still opens the portal."""

    session_still_works: bool
    picture: bytes
    session_elsewhere: bool = False
    """Whether the identity provider still knows the user (single logout)."""


class UserPortal:
    """The portal of a target, opened in its browser."""

    def __init__(self, portal: Portal, browser: Chromium) -> None:
        self.portal = portal
        self._url = str(portal.url)
        self._page = portal.page
        self._browser = browser

    def sign_in(self, login: str, password: SecretStr, controller: str | None = None) -> SignedIn:
        """Sign in with login and password, once; on the portal of one controller, by its own name or address.

        Raises PlatformFailed where the portal refuses.
        """
        detour = Detour(urlsplit(self._url).hostname or "", controller) if controller else None

        async def visit(context: BrowserContext) -> SignedIn:
            page = await context.new_page()
            await self._fill_in(page, login, password)
            if not await self._is_signed_in(page):
                raise PlatformFailed(f"{login} is not signed in: {await self._refusal(page)}")
            return await self._signed_in(context, page)

        return self._browser.do(visit, detour=detour)

    def be_refused(self, login: str, wrong: str) -> Refusal:
        """Try a wrong password, once."""

        async def visit(context: BrowserContext) -> Refusal:
            page = await context.new_page()
            await self._fill_in(page, login, SecretStr(wrong))
            signed_in = await self._is_signed_in(page)
            return Refusal(await self._refusal(page), signed_in, await screenshot(page))

        return self._browser.do(visit)

    def sign_in_through(self, federation: Federation, login: str, password: SecretStr) -> SignedIn:
        """Sign in at the identity provider, from the service provider's own starting address."""
        exchanged = Exchanged()

        async def visit(context: BrowserContext) -> SignedIn:
            page = await context.new_page()
            page.on("request", lambda request: exchanged.note(request.url, request.post_data_buffer))
            await page.goto(str(federation.sign_in))
            await _fill_in_at(page, federation.page, login, password)
            if not await self._is_signed_in(page):
                raise PlatformFailed(
                    f"{login} is not signed in after the identity provider: {await self._refusal(page)}"
                )
            return await self._signed_in(context, page, exchanged)

        with self._provider_blamed():
            return self._browser.do(visit)

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

    async def _fill_in(self, page: Page, login: str, password: SecretStr) -> None:
        await page.goto(self._url)
        await page.locator(self._page.login).fill(login)
        await page.locator(self._page.password).fill(password.get_secret_value())
        await page.locator(self._page.submit).click()
        await page.locator(f"{self._page.signed_in_as}, {self._page.refused}").first.wait_for()

    async def _is_signed_in(self, page: Page, wait: bool = True) -> bool:
        shown = page.locator(self._page.signed_in_as).first
        if not wait:
            return await shown.is_visible()
        try:
            await page.locator(f"{self._page.signed_in_as}, {self._page.refused}").first.wait_for()
        except PlaywrightTimeout:
            return False
        return await shown.is_visible()

    async def _is_known_at(self, page: Page, federation: Federation | None) -> bool:
        """Tell whether the identity provider signs the user in again without asking."""
        if federation is None:
            return False
        await page.goto(str(federation.sign_in))
        asked = page.locator(federation.page.password).first
        await asked.or_(page.locator(self._page.signed_in_as).first).first.wait_for()
        return not await asked.is_visible()

    async def _refusal(self, page: Page) -> str:
        shown = page.locator(self._page.refused).first
        return (
            (await shown.inner_text()).strip()[:300]
            if await shown.is_visible()
            else f"the page is “{await page.title()}”"
        )

    async def _signed_in(self, context: BrowserContext, page: Page, exchanged: Exchanged | None = None) -> SignedIn:
        names = await page.locator(self._page.application).all_inner_texts()
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
