from __future__ import annotations

import errno
import os
import socket
from ipaddress import IPv4Address, IPv6Address

import pytest

from targets.access.names import Addresses, browser_rules, known
from targets.access.outcomes import CannotJudgeError, PlatformFailed, network_outcome
from targets.access.web import Web
from tests.unit.access_samples import NAME, listening, silent


def error_of(code: int) -> OSError:
    return OSError(code, os.strerror(code))


@pytest.mark.parametrize(
    "error",
    [
        error_of(errno.ECONNREFUSED),
        error_of(errno.ECONNRESET),
        error_of(errno.EPIPE),
        error_of(errno.EHOSTUNREACH),
        error_of(errno.ETIMEDOUT),
        TimeoutError(),
        ConnectionError(),
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
    ],
)
def test_what_users_would_see_too_is_the_platform_s_failure(error: OSError) -> None:
    outcome = network_outcome("portal", error)
    assert isinstance(outcome, PlatformFailed)
    assert str(outcome).startswith("portal: ")


@pytest.mark.parametrize(
    "error",
    [
        error_of(errno.ENETUNREACH),
        error_of(errno.ENETDOWN),
        error_of(errno.EMFILE),
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
        socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure in name resolution"),
    ],
)
def test_a_network_or_resolver_that_fails_here_is_the_judge_s_failure(error: OSError) -> None:
    assert isinstance(network_outcome("portal", error), CannotJudgeError)


def test_the_advice_of_a_judge_s_failure_is_part_of_its_words() -> None:
    error = CannotJudgeError("there is no browser", "install Chromium")
    assert (str(error), error.advice) == ("there is no browser: install Chromium", "install Chromium")


def test_a_request_to_a_name_that_nobody_knows_is_the_platform_s_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve_with(monkeypatch, socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    with pytest.raises(PlatformFailed, match="does not resolve"):
        Web(None, 5).get(f"https://{NAME}/")


def test_a_request_without_a_resolver_is_the_judge_s_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve_with(monkeypatch, socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"))
    with pytest.raises(CannotJudgeError, match="resolver"):
        Web(None, 5).get(f"https://{NAME}/")


def test_a_request_without_a_network_is_the_judge_s_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        raise error_of(errno.ENETUNREACH)

    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(CannotJudgeError, match="no route from this machine"):
        Web(None, 5).get("https://192.0.2.1/")


def _resolve_with(monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    def resolve(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_names_of_the_target_resolve_inside_their_block_only() -> None:
    original = socket.getaddrinfo
    with known({NAME: IPv4Address("127.0.0.1")}), listening(silent) as port:
        for name in (NAME, NAME.upper(), NAME.encode()):
            assert socket.getaddrinfo(name, port)[0][4] == ("127.0.0.1", port)
        socket.create_connection((NAME, port), timeout=5).close()
    assert socket.getaddrinfo is original
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo(NAME, 443)


def test_other_names_resolve_as_ever_meanwhile() -> None:
    with known({NAME: IPv4Address("192.0.2.1")}):
        assert socket.getaddrinfo("127.0.0.1", 80)[0][4] == ("127.0.0.1", 80)
        assert socket.getaddrinfo(None, 80, proto=socket.IPPROTO_TCP)


def test_the_browser_gets_the_same_names() -> None:
    names: Addresses = {NAME: IPv4Address("192.0.2.1"), "six.recette.test": IPv6Address("2001:db8::1")}
    assert browser_rules(names) == f"MAP {NAME} 192.0.2.1, MAP six.recette.test [2001:db8::1]"
