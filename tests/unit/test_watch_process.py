"""The sampler in its own process: one a target, stopped or killed in any way, readable to the last line."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from reports.intervals import blind
from reports.outages import read
from reports.samples import SAMPLES_FILE, State, marks, samples
from targets.model.machines import Machine
from targets.model.services import SshDirectAccess
from targets.model.target import Releases, Target, User
from targets.model.watch import TcpPlace, Watch
from targets.secret import Secret
from tests.unit.watch_samples import database
from watch import watching
from watch.watching import WatchError

EVERY = 0.2
PATIENCE = 60.0


@pytest.fixture
def target() -> Iterator[Target]:
    with database() as server:
        yield Target(
            name="loop",
            releases=Releases.model_validate({"from": "1", "to": "2"}),
            watch=Watch(every=EVERY, databases=(TcpPlace(name="db", host="127.0.0.1", port=server.port),)),
        )


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "loop" / "one-watch"
    folder.mkdir(parents=True)
    return folder


def sampled(run: Path, number: int = 4) -> int:
    """Wait until there are some samples; return how many."""
    ends = time.monotonic() + PATIENCE
    while len(list(samples(run))) < number:
        assert time.monotonic() < ends, (run / watching.LOG_FILE).read_text()
        time.sleep(0.1)
    return len(list(samples(run)))


def ended(sampler: Popen[bytes]) -> int:
    return sampler.wait(PATIENCE)


def test_it_samples_until_it_is_stopped_and_then_another_may_begin(target: Target, run: Path) -> None:
    sampler = watching.begin(run, target, {}, every=EVERY, seconds=None)
    sampled(run)
    found = watching.active(run.parent)
    assert found == watching.Active(sampler.pid, run)
    watching.end(found)
    assert ended(sampler) == 0
    assert watching.active(run.parent) is None
    assert {each.state for each in samples(run)} == {State.OK}


def test_it_ends_by_itself_when_its_time_is_over(target: Target, run: Path) -> None:
    sampler = watching.begin(run, target, {}, every=EVERY, seconds=1.0)
    assert ended(sampler) == 0
    assert sampled(run, 1) <= 6


def test_a_second_watch_of_a_target_is_refused(target: Target, run: Path) -> None:
    sampler = watching.begin(run, target, {}, every=EVERY, seconds=None)
    sampled(run)
    second = run.parent / "two-watch"
    second.mkdir()
    with pytest.raises(WatchError, match=r"is being watched already .*--stop"):
        watching.begin(second, target, {}, every=EVERY, seconds=None)
    sampler.terminate()
    assert ended(sampler) == 0


def test_killed_it_loses_at_most_the_last_second_and_holds_no_lock(target: Target, run: Path) -> None:
    sampler = watching.begin(run, target, {}, every=EVERY, seconds=None)
    sampled(run)
    origin = read(run).watch.origin
    killed = time.monotonic() - origin
    sampler.kill()
    ended(sampler)
    assert (run / SAMPLES_FILE).read_bytes().endswith(b"\n")
    assert killed - read(run).end <= 1.0 + EVERY
    assert watching.active(run.parent) is None


def test_while_it_was_stopped_nothing_is_known(target: Target, run: Path) -> None:
    sampler = watching.begin(run, target, {}, every=EVERY, seconds=None)
    sampled(run)
    os.kill(sampler.pid, signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(sampler.pid, signal.SIGCONT)
    sampled(run, len(list(samples(run))) + 6)
    sampler.terminate()
    ended(sampler)
    [track] = read(run).tracks
    assert track.outages == []
    assert sum(each.seconds for each in blind(track.unknown, EVERY)) >= 1.5 - 2 * EVERY


def children(pid: int) -> list[int]:
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text().split()]


def test_a_keeper_of_sessions_that_dies_is_replaced_and_that_is_noted(target: Target, run: Path) -> None:
    """Its session is never open here, for nobody listens: what is told of it is unknown, before and after."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        access = SshDirectAccess.model_validate({
            "protocol": "ssh", "name": "server", "user": "carol", "command": "true", "returns": "true",
            "through": [{"gateway": "eg1", "host": "127.0.0.1", "port": closed.getsockname()[1]}],
        })  # fmt: skip
        user = User.model_validate({"name": "carol", "login": "carol", "password": {"env": "NONE"}})
        held = target.model_copy(update={"direct_accesses": (access,), "users": (user,)})
        sampler = watching.begin(run, held, {"carol": Secret("a password")}, every=EVERY, seconds=None)
        wait_for(lambda: held_samples(run) > 0)
        [keeper] = children(sampler.pid)
        os.kill(keeper, signal.SIGKILL)
        wait_for(lambda: any("is begun anew" in each.text for each in marks(run)))
        before = held_samples(run)
        wait_for(lambda: held_samples(run) > before)
        sampler.terminate()
        ended(sampler)
    assert {each.state for each in samples(run) if "session" in each.service} == {State.UNKNOWN}
    assert {each.state for each in samples(run) if "PostgreSQL" in each.service} == {State.OK}


def test_releases_are_followed_where_no_session_is_held(target: Target, run: Path) -> None:
    machine = Machine.model_validate({
        "name": "mc1", "component": "mediation controller", "address": "127.0.0.1", "packages": ["ipdiva-*"],
        "ssh": {"user": "nobody", "key_file": run / "no-key", "port": 1},
    })  # fmt: skip
    followed = target.model_copy(update={"machines": (machine,)})
    sampler = watching.begin(run, followed, {}, every=EVERY, seconds=None)
    wait_for(lambda: len(children(sampler.pid)) == 1)
    sampler.terminate()
    assert ended(sampler) == 0


def held_samples(run: Path) -> int:
    return sum("session" in each.service for each in samples(run))


def wait_for(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.1)  # bounded by `ends`


def test_nobody_watches_where_nobody_ever_did(tmp_path: Path) -> None:
    assert watching.active(tmp_path) is None
