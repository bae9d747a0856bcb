"""A portal session that is held in a real Chromium: whose fault it is where no page comes."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from pydantic import SecretStr

from reports.samples import State
from targets.access.browser import Chromium
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.access.portal import UserPortal
from targets.model.components import Component
from targets.services import HeldSession, Kind
from tests.unit.access_samples import NAME, Authority, a_portal, listening, page
from watch.sessions import PortalHolder

BEAT, LIMIT, PATIENCE = 2.0, 30.0, 60.0
FORM = "<form method=post><input id=login name=login><input id=password name=password><button>in</button></form>"
HTML = "Content-Type: text/html"


class Site:
    """A portal on loopback that says what it is told to those who are signed in."""

    def __init__(self) -> None:
        self.inside = "<b id=me>carol</b>"

    def talk(self, connection: socket.socket) -> None:
        request = connection.recv(65536).decode("utf-8", "replace")
        if "session=yes" in request:
            return connection.sendall(page(self.inside.encode(), "200 OK", HTML))
        if request.startswith("POST"):
            cookie = "Set-Cookie: session=yes; Secure; HttpOnly"
            return connection.sendall(page(b"", "303 See Other", "Location: /", cookie))
        return connection.sendall(page(FORM.encode(), "200 OK", HTML))


@pytest.fixture
def site() -> Site:
    return Site()


@dataclass(frozen=True)
class Held:
    """A session that is being held: how it was found so far, and what becomes of holding it."""

    told: list[State]
    end: Future[None]


@pytest.fixture
def held(site: Site, tmp_path: Path) -> Iterator[Held]:
    """Hold a session on the site until the site has forgotten it."""
    authority, told = Authority(tmp_path), list[State]()
    browser = Chromium(authority.file, {NAME: IPv4Address("127.0.0.1")}, LIMIT)
    with listening(site.talk, authority.server(NAME)) as port, ThreadPoolExecutor(1) as pool:
        session = HeldSession("portal session", Kind.PORTAL, Component.MEDIATION_CONTROLLER, None)
        holder = PortalHolder(session, platform(browser, port), lambda _, __, state, ___: told.append(state), BEAT)
        end = pool.submit(holder.hold)
        wait_for(lambda: told.count(State.OK) > 1)
        yield Held(told, end)
        site.inside = FORM
        end.exception(PATIENCE)
        browser.close()


def platform(browser: Chromium, port: int) -> Platform:
    return cast(
        Platform,
        SimpleNamespace(
            limits=SimpleNamespace(answer=LIMIT),
            browser=browser,
            portal=UserPortal(a_portal(port, "mallory"), browser),
            credentials=lambda user: (user, SecretStr("right-one")),
        ),
    )


def wait_for(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.1)  # bounded by `ends`


@contextmanager
def stopped(processes: list[int]) -> Iterator[None]:
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)


def browsers_of(parent: int) -> list[int]:
    """Return the processes of the browser that this process started, whatever is between them."""
    children = Path(f"/proc/{parent}/task").glob("*/children")
    found = [int(pid) for file in children for pid in file.read_text().split()]
    ours = [pid for pid in found if Path(f"/proc/{pid}/comm").read_text().startswith("chrom")]
    return ours + [pid for child in found for pid in browsers_of(child)]


def test_a_browser_that_was_stopped_makes_no_outage(held: Held) -> None:
    processes = browsers_of(os.getpid())
    assert processes
    with stopped(processes):
        wait_for(lambda: held.told.count(State.UNKNOWN) > 1)
    after = len(held.told)
    wait_for(lambda: State.OK in held.told[after:])
    assert set(held.told) == {State.OK, State.UNKNOWN}


def test_a_browser_that_is_gone_is_the_judge_s_fault(held: Held) -> None:
    for pid in browsers_of(os.getpid()):
        os.kill(pid, signal.SIGKILL)
    assert isinstance(held.end.exception(PATIENCE), CannotJudgeError)
    assert set(held.told) <= {State.OK, State.UNKNOWN}


def test_a_portal_that_shows_something_else_is_away_and_well_again_after(held: Held, site: Site) -> None:
    well, site.inside = site.inside, "Back soon"
    wait_for(lambda: held.told[-1] is State.AWAY)
    site.inside = well
    wait_for(lambda: held.told[-1] is State.OK)


def test_a_session_that_the_portal_has_forgotten_is_lost(held: Held, site: Site) -> None:
    site.inside = FORM
    assert held.end.exception(PATIENCE) is None
    assert set(held.told) == {State.OK}
