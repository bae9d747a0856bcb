"""The client takes from a portal only what can be handed to xfreerdp safely."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

CLIENT = Path(__file__).parents[2] / "targets/lab/packages/ipdiva-client/root/usr/lib/ipdiva/client/client.py"
SOUND = {
    "application": "Desktop", "kind": "rdp", "host": "eg2.cleanroom.test", "port": 3389,
    "server_name": "srv1.cleanroom.test", "login": "carol",
}  # fmt: skip


@pytest.fixture(scope="module")
def client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stand_in_client", CLIENT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_a_sound_ticket_says_where_and_as_whom(client: ModuleType) -> None:
    ticket = client.Ticket.parse(json.dumps(SOUND))
    assert (ticket.host, ticket.port, ticket.server_name, ticket.login) == (
        "eg2.cleanroom.test", 3389, "srv1.cleanroom.test", "carol",
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "web"}, {"host": "eg1 /cert:deny"}, {"host": "-eg1"}, {"host": 7}, {"host": "eg1\n"},
        {"port": "3389"}, {"port": 0}, {"port": 65536}, {"port": True},
        {"server_name": "srv1,ignore"}, {"login": "/v:elsewhere"}, {"login": ""}, {"login": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_ticket_with_anything_else_is_refused(client: ModuleType, wrong: dict[str, object]) -> None:
    """`/cert:name:srv1,ignore` would switch verification off."""
    with pytest.raises(client.LaunchError):
        client.Ticket.parse(json.dumps(SOUND | wrong))


@pytest.mark.parametrize("text", ["", "[]", "null", "<html>", "{}", '{"kind": "rdp"}'])
def test_what_is_not_a_ticket_is_refused(client: ModuleType, text: str) -> None:
    with pytest.raises(client.LaunchError):
        client.Ticket.parse(text)


def test_the_form_token_is_found_in_the_portals_page(client: ModuleType) -> None:
    form = client.FormToken()
    form.feed('<form><input name="login"><input type="hidden" name="form_token" value="a&amp;b"></form>')
    assert form.value == "a&b"
