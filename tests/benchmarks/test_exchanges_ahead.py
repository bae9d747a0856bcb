"""Exchanges that run ahead of their scenarios, against the same ones done in turn (design.md, its figures)."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tests.unit.access_samples import NAME, Authority, listening, page
from tests.unit.site_samples import Site, make, scenario

pytest_plugins = ["pytester"]
SCENARIOS = 200
ANSWERS_AFTER = 0.1
LEAST_RATIO = 3.0

STEPS = """
import os
from targets.access.exchanges import Exchanges
from targets.model.machines import Machine

if "IN_TURN" in os.environ:
    Exchanges.start = lambda self, exchange: None

@exchange("the server is asked")
def ask_server(platform, subject):
    return platform.web.get(str(subject.a(Machine).console)).text

@then("it has answered")
def has_answered(answer):
    assert answer == "here"
"""


def target(authority: Authority, port: int) -> str:
    """Describe a site with as many consoles as there are scenarios."""
    head = f"""
name: site
releases: {{from: "1.0", to: "2.0"}}
trust: {{ca_file: {authority.file}}}
names: {{{NAME}: 127.0.0.1}}
machines:
"""
    console = f"component: mediation controller, address: {NAME}, console: 'https://{NAME}:{port}/{{number}}'"
    machines = (
        f"  - {{name: mc{n}, role: {'slave' if n else 'master'}, {console.format(number=n)}}}\n"
        for n in range(SCENARIOS)
    )
    return head + "".join(machines)


def slow_answer(connection: socket.socket) -> None:
    connection.recv(65536)
    threading.Event().wait(ANSWERS_AFTER)
    connection.sendall(page(b"here"))


def seconds(site: Site) -> float:
    began = time.monotonic()
    site.run_apart().assert_outcomes(passed=SCENARIOS)
    return time.monotonic() - began


def test_exchanges_that_run_ahead_are_several_times_faster(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make(pytester, monkeypatch)
    authority = Authority(pytester.path)
    site.steps(STEPS)
    asked = scenario("SPEED-01", "When the server is asked", "Then it has answered", each="console")
    site.feature(f"Feature: Consoles\n{asked}")
    with listening(slow_answer, authority.server(NAME)) as port:
        (pytester.path / "platform.yaml").write_text(target(authority, port))
        ahead = seconds(site)
        monkeypatch.setenv("IN_TURN", "1")
        in_turn = seconds(site)
    figures = f"{SCENARIOS} scenarios: {ahead:.1f} s ahead, {in_turn:.1f} s in turn"
    print(figures)  # noqa: T201 -- what a benchmark is for
    assert in_turn / ahead >= LEAST_RATIO, figures
