"""The facts of 30 pilots, one connection each and many at once, against the same ones gathered in turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import paramiko
import pytest

from targets.access.exchanges import Exchange
from targets.access.facts import Facts
from targets.access.platform import Platform
from targets.model.target import Target
from tests.unit.ssh_samples import Account, Server, ssh_server

PILOTS = 30
ANSWERS_AFTER = 0.1
LEAST_RATIO = 3.0
ANSWER = """=== recette hostname ===
pilot
=== recette packages ===
ipdiva-client\t4.6.0\tinstalled\tinstall
=== recette services ===
Id=ipdiva-client.service
ActiveState=active
UnitFileState=enabled
LoadState=loaded
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Serve SSH like a machine that takes its time, for all pilots."""

    def slow_answer(account: Account, channel: paramiko.Channel, _: str) -> None:
        threading.Event().wait(ANSWERS_AFTER)
        channel.sendall(ANSWER.encode())
        account._end(channel, 0)

    monkeypatch.setattr(Account, "_echo", slow_answer)
    with ssh_server(tmp_path) as server:
        yield server


def target(server: Server, folder: Path) -> Target:
    machines = [
        {
            "name": f"pilot{number}",
            "component": "client",
            "address": "127.0.0.1",
            "packages": ["ipdiva-*"],
            "services": ["ipdiva-client.service"],
            "ssh": {"user": "recette", "port": server.port, "key_file": str(server.user_key)},
        }
        for number in range(PILOTS)
    ]
    trust = {"known_hosts": str(server.known_hosts(folder))}
    return Target.model_validate(
        {"name": "x", "releases": {"from": "1", "to": "2"}, "machines": machines, "trust": trust}
    )


def gathered(target: Target, *, ahead: bool) -> float:
    """Gather all facts; return how many seconds that took."""
    began = time.monotonic()
    with Platform(target, {}, before_upgrade=True) as platform:
        asked = [Exchange(("ask", one.name), partial(platform.facts, one)) for one in target.machines]
        for exchange in asked if ahead else ():
            platform.exchanges.start(exchange)
        facts: list[Facts] = [platform.exchanges.answer(exchange) for exchange in asked]
    assert {one.services[0].state for one in facts} == {"active"}
    return time.monotonic() - began


def test_facts_of_many_pilots_come_several_times_faster_at_once(server: Server, tmp_path: Path) -> None:
    at_once, in_turn = (gathered(target(server, tmp_path), ahead=ahead) for ahead in (True, False))
    figures = f"{PILOTS} pilots: {at_once:.1f} s at once, {in_turn:.1f} s in turn"
    print(figures)  # noqa: T201 -- what a benchmark is for
    assert in_turn / at_once > LEAST_RATIO, figures
