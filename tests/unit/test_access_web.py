from __future__ import annotations

import socket
import tracemalloc
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from targets.access.certificates import presented
from targets.access.names import known
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.web import LARGEST_PAGE, Page, Web, title_of
from tests.unit.access_samples import (
    NAME,
    Authority,
    Talk,
    dripping,
    endless,
    in_turn,
    listening,
    page,
    refusing,
    resetting,
    saying,
    silent,
)

LIMIT = 2.0
"""Seconds that an answer may take here."""
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("other"))


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    with known({NAME: IPv4Address("127.0.0.1"), "other.recette.test": IPv4Address("127.0.0.1")}):
        yield


def fetched(authority: Authority, talk: Talk, path: str = "/") -> Page:
    with listening(talk, authority.server(NAME)) as port:
        return Web(authority.file, LIMIT).get(f"https://{NAME}:{port}{path}")


def failure(authority: Authority, talk: Talk) -> str:
    with pytest.raises(PlatformFailed) as raised:
        fetched(authority, talk)
    return str(raised.value)


def test_a_page_is_fetched_over_verified_tls(authority: Authority) -> None:
    answer = page(b"<title> Intra\n net </title>", "404 Not Found", "X-Frame-Options: DENY", "Set-Cookie: s=secret")
    found = fetched(authority, saying(answer))
    assert (found.status, found.title) == (404, "Intra net")
    assert found.security_headers == {"x-frame-options": "DENY"}
    assert "secret" not in found.as_evidence()


def test_an_unknown_authority_is_refused(authority: Authority, other_authority: Authority) -> None:
    with (
        listening(saying(page(b"")), other_authority.server(NAME)) as port,
        pytest.raises(PlatformFailed, match="TLS is refused"),
    ):
        Web(authority.file, LIMIT).get(f"https://{NAME}:{port}/")


@pytest.mark.parametrize("environment", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_cannot_replace_the_target_s_authority(
    authority: Authority, other_authority: Authority, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    monkeypatch.setenv(environment, str(other_authority.file))
    with (
        listening(saying(page(b"")), other_authority.server(NAME)) as port,
        pytest.raises(PlatformFailed, match="TLS is refused"),
    ):
        Web(authority.file, LIMIT).get(f"https://{NAME}:{port}/")


def test_the_environment_cannot_replace_the_target_s_route(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing() as nobody:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{nobody}")
        assert fetched(authority, saying(page(b"here"))).text == "here"


def test_tls_checks_the_name_that_was_asked_for(authority: Authority) -> None:
    """Names given by the target file lead to an address, and the certificate must still be the name's."""
    with listening(saying(page(b"")), authority.server("other.recette.test")) as port:
        with pytest.raises(PlatformFailed, match="TLS is refused"):
            Web(authority.file, LIMIT).get(f"https://{NAME}:{port}/")
        assert Web(authority.file, LIMIT).get(f"https://other.recette.test:{port}/").status == 200


def test_an_expired_certificate_is_refused(authority: Authority) -> None:
    with (
        listening(saying(page(b"")), authority.server(NAME, days=-2)) as port,
        pytest.raises(PlatformFailed, match="expired"),
    ):
        Web(authority.file, LIMIT).get(f"https://{NAME}:{port}/")


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (silent, "within the time limit"),
        (dripping(HEAD + b"X-Slow: "), "within the time limit"),
        (dripping(HEAD + b"Content-Length: 1000000\r\n\r\n"), "within the time limit"),
        (dripping(b""), "within the time limit"),
        (endless(HEAD + b"\r\n"), "MiB"),
        (resetting, "onnection"),
        (saying(b"I speak no HTTP\r\n\r\n"), ""),
        (saying(b"\x00\xff" * 4000), ""),
        (saying(b""), ""),
        (saying(HEAD + b"Content-Length: 100\r\n\r\nshort"), ""),
        (saying(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx"), ""),
        (saying(HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n"), ""),
        (saying(HEAD + b"X: y\r\n" * 500 + b"\r\n"), "header"),
        (saying(page(b"", "302 Found", "Location: /again")), "redirects"),
        (saying(page(b"", "302 Found", "Location: https://[broken/")), "address"),
        (saying(b"HTTP/1.1 302 Found\r\nLocation: /\xff\xfe\xe9\r\nContent-Length: 0\r\n\r\n"), ""),
        (saying(page(b"", "302 Found", "Location: gopher://there/")), "gopher"),
    ],
)
def test_whatever_a_platform_sends_ends_as_its_failure_and_in_time(authority: Authority, talk: Talk, said: str) -> None:
    assert said in failure(authority, talk)


def test_the_body_of_a_redirect_is_not_read(authority: Authority) -> None:
    talk = in_turn(endless(b"HTTP/1.1 302 Found\r\nLocation: /here\r\n\r\n"), saying(page(b"arrived")))
    tracemalloc.start()
    assert fetched(authority, talk).text == "arrived"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < LARGEST_PAGE


def test_a_redirect_is_followed(authority: Authority) -> None:
    talk = in_turn(saying(page(b"", "302 Found", "Location: sign-in?a=b")), saying(page(b"sign in")))
    found = fetched(authority, talk, "/portal/")
    assert found.text == "sign in"
    assert found.url.endswith("/portal/sign-in?a=b")


def test_an_encoding_that_does_not_exist_is_read_as_utf_8(authority: Authority) -> None:
    found = fetched(authority, saying(page("é".encode(), "200 OK", "Content-Type: text/html; charset=klingon")))
    assert found.text == "é"


def test_a_refused_connection_is_the_platform_s_failure(authority: Authority) -> None:
    with refusing() as port:
        with pytest.raises(PlatformFailed, match="refused"):
            Web(authority.file, LIMIT).get(f"https://{NAME}:{port}/")
        with pytest.raises(PlatformFailed, match="refused"):
            presented(NAME, port, authority.file, LIMIT)


@pytest.mark.parametrize("content", [None, "no certificate", ""])
def test_a_missing_or_broken_authority_is_the_judge_s_failure(
    authority: Authority, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with listening(saying(page(b"")), authority.server(NAME)) as port:
        with pytest.raises(CannotJudgeError, match="CA file"):
            Web(file, LIMIT).get(f"https://{NAME}:{port}/")
        with pytest.raises(CannotJudgeError, match="CA file"):
            presented(NAME, port, file, LIMIT)


def test_a_certificate_is_read_and_its_days_counted(authority: Authority) -> None:
    with listening(silent, authority.server(NAME, days=12)) as port:
        found = presented(NAME, port, authority.file, LIMIT)
    assert found.subject == f"CN={NAME}"
    assert int(found.days_left()) == 12
    assert found.sha256 in found.as_evidence()


@pytest.mark.parametrize(("name", "days"), [("other.recette.test", 30), (NAME, -2)])
def test_a_certificate_of_another_name_or_past_its_end_is_not_trusted(
    authority: Authority, name: str, days: int
) -> None:
    with (
        listening(silent, authority.server(name, days)) as port,
        pytest.raises(PlatformFailed, match="not trusted"),
    ):
        presented(NAME, port, authority.file, LIMIT)


def test_a_self_signed_certificate_is_not_trusted(authority: Authority, other_authority: Authority) -> None:
    with (
        listening(silent, other_authority.server(NAME)) as port,
        pytest.raises(PlatformFailed, match="not trusted"),
    ):
        presented(NAME, port, authority.file, LIMIT)


@pytest.mark.parametrize(
    "talk", [silent, resetting, dripping(b""), dripping(b"\x16\x03\x03\x40\x00"), saying(b"SSH-2.0-x\r\n"), saying(b"")]
)
def test_what_is_no_tls_server_presents_no_certificate(authority: Authority, talk: Talk) -> None:
    with listening(talk) as port, pytest.raises(PlatformFailed):
        presented(NAME, port, authority.file, LIMIT)


@pytest.mark.parametrize(
    "hostile", ["<" * 300_000, "<!--" * 80_000, "<title>" * 40_000, "&#" * 100_000, "<a " * 90_000]
)
def test_a_title_is_short_whatever_the_page(hostile: str) -> None:
    assert len(title_of(f"<title>first</title>{hostile}")) <= 200
    assert title_of(f"<title>first</title>{hostile}<title>second</title>") == "first"


@pytest.mark.parametrize(
    ("head", "body", "language"),
    [
        (b"", b'<!doctype html>\n<html class="x" lang="fr-CA"><head>', "fr-ca"),
        (b"", b"<HTML LANG=de>", "de"),
        (b"Content-Language: nl\r\n", b"<html><p lang=en>", "nl"),
        (b"", b"<html><p lang=en>", None),
    ],
)
def test_a_page_says_its_language_itself_or_by_its_header(
    authority: Authority, head: bytes, body: bytes, language: str | None
) -> None:
    """Only that of the whole page counts."""
    answer = HEAD + head + f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    assert fetched(authority, saying(answer)).language == language


def test_a_posted_form_carries_its_cookies_and_no_redirect_is_followed(authority: Authority) -> None:
    asked: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        asked.append(b"")
        while not asked[-1].endswith(b"a=b+c"):
            asked[-1] += connection.recv(65536)
        connection.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: /in\r\nSet-Cookie: session=new; Secure; HttpOnly\r\n"
            b"Content-Length: 0\r\nConnection: close\r\n\r\n"
        )

    with listening(talk, authority.server(NAME)) as port:
        answer, cookies = Web(authority.file, LIMIT).post(f"https://{NAME}:{port}/acs", {"a": "b c"}, "state=1; x=y")
    assert (answer.status, answer.headers["location"], cookies) == (302, "/in", {"session": "new"})
    assert b"POST /acs" in asked[0]
    assert b"Cookie: state=1; x=y\r\n" in asked[0]
    assert len(asked) == 1
