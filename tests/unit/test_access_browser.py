"""A real Chromium against a portal on loopback; one browser for all of these tests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page
from pydantic import SecretStr

from targets.access.applications import Applications, Tunnels
from targets.access.browser import PROGRAMS, Chromium
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.portal import Exchanged, UserPortal
from targets.model.services import Html5Application, Proof
from tests.unit.access_samples import NAME, Authority, a_portal, listening, page

LIMIT = 30.0
PASSWORD = SecretStr("right-one")
FORM = "<form method=post><input id=login name=login><input id=password name=password><button>in</button></form>"
LINKS = '<a class=app href="/a"> Intra\n net </a><a class=app href="/desktop">Desktop</a>'
INSIDE = f"<title>Portal</title><b id=me>carol</b>{LINKS}"
HTML = "Content-Type: text/html"

DESKTOP = Html5Application(
    name="Desktop",
    user="carol",
    gateway="html5",
    canvas="canvas",
    disconnect="button",
    disconnected="disconnected",
    proof=Proof(type="{marker}", machine="srv1", file="/tmp/proof"),  # noqa: S108 -- on another machine
)


def portal_of(seen: list[str]) -> object:
    """Return a portal that takes one password and lets its cookie in."""

    def talk(connection: socket.socket) -> None:
        request = connection.recv(65536).decode("utf-8", "replace")
        while request.startswith("POST") and "login=" not in request.partition("\r\n\r\n")[2]:
            request += connection.recv(65536).decode("utf-8", "replace")
        seen.append(request.splitlines()[0] if request else "")
        if request.startswith("GET /moved"):
            port = request.partition(f"Host: {NAME}:")[2].splitlines()[0]
            return connection.sendall(page(b"", "303 See Other", f"Location: https://x.test:{port}/there?token=x"))
        if request.startswith("GET /desktop"):
            return connection.sendall(page(b"<p>disconnected</p>", "200 OK", HTML))
        if "session=yes" in request:
            return connection.sendall(page(INSIDE.encode(), "200 OK", HTML))
        if "password=right-one" in request:
            cookie = "Set-Cookie: session=yes; Secure; HttpOnly"
            return connection.sendall(page(b"", "303 See Other", "Location: /", cookie))
        refused = "<p class=refused>Wrong password</p>" if request.startswith("POST") else ""
        return connection.sendall(page((FORM + refused).encode(), "200 OK", HTML))

    return talk


@pytest.fixture(scope="module")
def seen() -> list[str]:
    return []


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def browser(authority: Authority) -> Iterator[Chromium]:
    opened = Chromium(authority.file, {NAME: IPv4Address("127.0.0.1"), "x.test": IPv4Address("127.0.0.1")}, LIMIT)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def port(authority: Authority, seen: list[str]) -> Iterator[int]:
    with listening(portal_of(seen), authority.server(NAME)) as listened:  # type: ignore[arg-type]  # a talk
        yield listened


@pytest.fixture
def portal(browser: Chromium, port: int) -> UserPortal:
    return UserPortal(a_portal(port), browser)


def test_a_user_signs_in_and_sees_the_applications(portal: UserPortal) -> None:
    signed_in = portal.sign_in("carol", PASSWORD)
    assert (signed_in.user, signed_in.applications) == ("carol", ("Desktop", "Intra net"))
    cookie = signed_in.session_cookie("session")
    assert (cookie.get("secure"), cookie.get("httpOnly")) == (True, True)
    assert signed_in.picture.startswith(b"\x89PNG")


def test_a_user_signs_in_on_one_controller_of_several(portal: UserPortal) -> None:
    """Its certificate is verified for the name of the portal, and another one does not help out."""
    assert portal.sign_in("carol", PASSWORD, controller="127.0.0.1").user == "carol"
    with pytest.raises(PlatformFailed, match="does not open"):
        portal.sign_in("carol", PASSWORD, controller="127.0.0.9")


def test_a_wrong_password_is_tried_once(portal: UserPortal, seen: list[str]) -> None:
    seen.clear()
    with pytest.raises(PlatformFailed, match="carol is not signed in: Wrong password") as raised:
        portal.sign_in("carol", SecretStr("wrong-one"))
    assert "wrong-one" not in str(raised.value)
    assert raised.value.picture.startswith(b"\x89PNG")
    assert [line.split()[0] for line in seen if line].count("POST") == 1


def test_one_sign_in_does_not_show_in_another(portal: UserPortal) -> None:
    assert portal.sign_in("carol", PASSWORD)
    assert not portal.be_refused("carol", SecretStr("wrong-one")).signed_in


def test_the_browser_checks_names_and_certificates(browser: Chromium, port: int) -> None:
    async def visit(context: BrowserContext) -> None:
        await (await context.new_page()).goto(f"https://x.test:{port}/")

    with pytest.raises(PlatformFailed, match="ERR_CERT_COMMON_NAME_INVALID"):
        browser.do(visit)


def test_the_page_that_another_one_leads_to_is_blamed(browser: Chromium, port: int) -> None:
    async def visit(context: BrowserContext) -> None:
        await (await context.new_page()).goto(f"https://{NAME}:{port}/moved")

    with pytest.raises(PlatformFailed) as raised:
        browser.do(visit)
    assert str(raised.value) == f"https://x.test:{port}/there does not open: net::ERR_CERT_COMMON_NAME_INVALID"


def test_a_page_that_is_too_late_is_named_and_shown(browser: Chromium, port: int) -> None:
    """Without what stands behind its address, which may be a token."""

    async def visit(context: BrowserContext) -> None:
        page = await context.new_page()
        await page.goto(f"https://{NAME}:{port}/list?token=x")
        await page.locator("#me").wait_for(timeout=10)

    with pytest.raises(PlatformFailed, match=f"^https://{NAME}:{port}/list did not show what") as raised:
        browser.do(visit)
    assert raised.value.picture.startswith(b"\x89PNG")


def test_a_session_that_is_over_before_its_desktop_shows_is_waited_for_no_longer(
    portal: UserPortal, browser: Chromium, port: int
) -> None:
    async def held(_page: Page, _tunnels: Tunnels) -> None:
        raise AssertionError

    with pytest.raises(PlatformFailed, match="before it showed a desktop: the page says “disconnected”"):
        Applications(a_portal(port), browser).hold_html5(portal.sign_in("carol", PASSWORD), DESKTOP, LIMIT, held)


def test_a_certificate_authority_that_is_none_is_the_judge_s_failure(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    broken = Chromium(tmp_path / "ca.pem", {}, LIMIT)
    with pytest.raises(CannotJudgeError, match="trust"):
        broken.do(lambda _: pytest.fail("no page is opened"))
    broken.close()


def test_without_a_browser_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("targets.access.browser.shutil.which", lambda name: None if name in PROGRAMS else name)
    absent = Chromium(None, {}, LIMIT)
    with pytest.raises(CannotJudgeError, match="apt install chromium"):
        absent.do(lambda _: pytest.fail("no page is opened"))
    absent.close()


def test_saml_messages_are_noted_among_whatever_else_a_page_sends() -> None:
    exchanged = Exchanged()
    exchanged.note("https://idp.test/sso?SAMLRequest=abc%2B&RelayState=x", None)
    exchanged.note("https://portal.test/upload", b"\xff\xfe\x00 no text")
    exchanged.note("https://portal.test/acs", b"SAMLResponse=def%3D&RelayState=x")
    assert (exchanged.request, exchanged.response, exchanged.posted_to) == ("abc+", "def=", "https://portal.test/acs")
