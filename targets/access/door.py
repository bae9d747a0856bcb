"""A place where one signs in by login and password, in a browser."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page
from playwright.async_api import TimeoutError as PlaywrightTimeout
from pydantic import SecretStr

from targets.access.browser import Chromium, screenshot
from targets.model.services import SignInPage


@dataclass(frozen=True)
class Refusal:
    """What a refused sign-in shows."""

    message: str
    signed_in: bool
    picture: bytes


class Door:
    """A sign-in page of the platform: the portal's, or a console's."""

    def __init__(self, url: str, page: SignInPage, browser: Chromium) -> None:
        self._url = url
        self._page = page
        self._browser = browser

    def be_refused(self, login: str, password: SecretStr) -> Refusal:
        """Try a password that must not sign in, once; whoever it signs in is signed out at once."""

        async def visit(context: BrowserContext) -> Refusal:
            page = await context.new_page()
            await self._fill_in(page, login, password)
            signed_in = await self._is_signed_in(page)
            refusal = Refusal(await self._refusal(page), signed_in, await screenshot(page))
            if signed_in:
                await self._leave(page)
            return refusal

        return self._browser.do(visit)

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

    async def _refusal(self, page: Page) -> str:
        shown = page.locator(self._page.refused).first
        return (
            (await shown.inner_text()).strip()[:300]
            if await shown.is_visible()
            else f"the page is “{await page.title()}”"
        )

    async def _leave(self, page: Page) -> None:
        await page.locator(self._page.sign_out).first.click()
        await page.wait_for_load_state("networkidle")
