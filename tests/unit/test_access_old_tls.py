"""Real TLS servers on loopback: the ones that still speak to clients of the past, and the others."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path

import pytest

from targets.access.certificates import presented
from targets.access.old_tls import accepted
from tests.unit.access_samples import NAME, Authority, Talk, dripping, listening, resetting, saying

LIMIT = 10.0


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def speaking(context: ssl.SSLContext, oldest: ssl.TLSVersion) -> ssl.SSLContext:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is what is tried
        context.minimum_version = oldest
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


@pytest.mark.parametrize("oldest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_a_server_that_accepts_an_old_tls_is_found_out(authority: Authority, oldest: ssl.TLSVersion) -> None:
    with listening(saying(b""), speaking(authority.server(NAME), oldest)) as port:
        assert accepted(NAME, port, "127.0.0.1", LIMIT) == "TLS 1.1"


def test_a_server_of_today_refuses_it(authority: Authority) -> None:
    with listening(saying(b""), authority.server(NAME)) as port:
        assert accepted(NAME, port, "127.0.0.1", LIMIT) == ""


@pytest.mark.parametrize(
    "talk", [resetting, saying(b""), saying(b"SSH-2.0-OpenSSH_9.2\r\n"), saying(b"\x16\x03\x01"), dripping(b"")]
)
def test_what_answers_otherwise_accepts_nothing(talk: Talk) -> None:
    with listening(talk) as port:
        assert accepted(NAME, port, "127.0.0.1", LIMIT) == ""


def test_a_certificate_says_which_old_tls_its_server_accepts(authority: Authority) -> None:
    context = speaking(authority.server(NAME), ssl.TLSVersion.TLSv1_1)
    with listening(saying(b""), context) as port:
        assert presented(NAME, port, authority.file, LIMIT, at="127.0.0.1").old_tls == "TLS 1.1"
