"""Events, attributes and the choice of a gateway."""

import socket
from collections.abc import Iterator

import pytest

from tests.unit.portal_code import portal_module

events = portal_module("events")
gateways = portal_module("gateways")
shibboleth = portal_module("shibboleth")


def test_an_event_has_the_platforms_form() -> None:
    line = events.line("Connexion au portail web", "alice", "local", "192.0.2.1")
    assert line == "Connexion au portail web org:main, user:alice@local, ip:192.0.2.1"


@pytest.mark.parametrize("login", ["x\nConnexion org:main", "x, ip:192.0.2.9", "x:y", "\x1b[2Jx", "x@y, user:alice"])
def test_a_typed_login_forges_neither_a_line_nor_a_field(login: str) -> None:
    line = events.line("Connexion au portail web", login, "local", "192.0.2.1")
    assert line.isprintable()
    assert (line.count(","), line.count(":")) == (2, 3)


def test_a_typed_login_is_cut() -> None:
    assert len(events.line("Connexion", "x" * 10_000, "local", "192.0.2.1")) < 120


@pytest.mark.parametrize(
    ("joined", "expected"),
    [("", []), ("staff", ["staff"]), ("staff;admins", ["staff", "admins"]), (r"a\;b;c", ["a;b", "c"])],
)
def test_values_are_split_where_shibboleth_joined_them(joined: str, expected: list[str]) -> None:
    assert shibboleth.values(joined) == expected


@pytest.fixture
def port() -> Iterator[int]:
    """A port of 127.0.0.1 that answers; nothing listens on it at 127.0.0.2."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_another_gateway_is_picked_when_one_is_down(port: int) -> None:
    picked = {gateways.pick(["127.0.0.2", "127.0.0.1"], port) for _ in range(8)}
    assert picked == {"127.0.0.1"}


def test_every_gateway_that_answers_is_picked_at_times(port: int) -> None:
    picked = {gateways.pick(["127.0.0.1", "localhost"], port) for _ in range(64)}
    assert picked == {"127.0.0.1", "localhost"}


def test_no_gateway_that_answers_is_an_error(port: int) -> None:
    with pytest.raises(gateways.NoGatewayError, match=f"none of 1 gateways answers on port {port}"):
        gateways.pick(["127.0.0.2"], port)
