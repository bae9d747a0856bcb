"""The lab comes up, is upgraded, and leaves no trace, on real machines."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from targets.lab import lab as engine
from targets.lab import traces
from targets.lab.cgroups import GROUP, made_by_systemd
from targets.lab.faults import FAULTS
from targets.lab.lab import is_running, place_of, status
from targets.lab.machines import machines
from targets.lab.network import BRIDGE
from targets.lab.store import Store
from targets.lab.upgrade import steps, upgrade

UP = "from targets.lab import lab; from targets.lab.store import Store; lab.up(Store(), lambda *_: None)"


def silent(_subject: str, _state: str) -> None:
    """Hear of the lab's progress and say nothing."""


def _leaders(store: Store) -> dict[str, int | None]:
    return {one.name: traces.leader(place_of(store, one.name)) for one in machines()}


def _left_behind(store: Store) -> list[str]:
    """Give every trace of the lab on this computer but the kept image, keys and secrets."""
    paths = [store.path / "limits.json", store.path / "machines", store.path / "building"]
    found = [name for _, name in socket.if_nameindex() if name == BRIDGE]
    found += [str(path) for path in paths if path.exists()]
    found += [line for line in Path("/etc/hosts").read_text().splitlines() if "cleanroom.test" in line]
    found += [str(group) for group in Path("/sys/fs/cgroup").glob(f"**/{GROUP}{store.path}")]
    return found + [str(pid) for pid in traces.processes(store.path)] + traces.mounts(store.path)


def _stamps(store: Store) -> dict[str, str]:
    return {path.name: path.read_text() for path in (store.path / "image").rglob("*.stamp")}


def test_every_machine_runs_with_the_release_from_before(lab: Store) -> None:
    states = status(lab)
    assert {state.machine for state in states if state.running} == set(machines())
    assert {state.release for state in states if state.machine.component} == {"4.5.0"}


def test_all_machines_idle_in_two_gibibytes(lab: Store) -> None:
    assert sum(state.memory for state in status(lab)) <= 2 * 2**30


def test_up_leaves_a_lab_that_is_up_as_it_is(lab: Store) -> None:
    before = _leaders(lab)
    engine.up(lab, silent)
    assert _leaders(lab) == before


def test_clones_are_not_twins(lab: Store) -> None:
    ids = [(place_of(lab, one.name) / "root/etc/machine-id").read_text() for one in machines()]
    keys = [(place_of(lab, one.name) / "root/etc/ssh/ssh_host_ed25519_key").read_text() for one in machines()]
    assert len(set(ids)) == len(set(keys)) == len(ids)


def test_a_machine_that_died_is_brought_back(lab: Store) -> None:
    leader = traces.leader(place_of(lab, "pilot1"))
    assert leader is not None
    os.kill(leader, signal.SIGKILL)
    engine.up(lab, silent)
    assert is_running(lab, machines()[-2])


@pytest.fixture
def other_process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def test_down_leaves_nothing_after_an_up_killed_half_way(
    lab_of_its_own: Store, other_process: subprocess.Popen[bytes]
) -> None:
    """SIGKILL leaves no chance to clean up: whatever is there must be found by looking at the computer."""
    images = _stamps(lab_of_its_own)
    with subprocess.Popen([sys.executable, "-c", UP]) as up:
        _wait_until_one_runs(lab_of_its_own.path / "machines")
        up.kill()
    assert _left_behind(lab_of_its_own) != []
    engine.down(lab_of_its_own)
    assert _left_behind(lab_of_its_own) == []
    assert _stamps(lab_of_its_own) == images
    assert other_process.poll() is None


def _lives(pid: int) -> bool:
    """Tell whether a process runs; one that has ended may wait in /proc for this computer's init to take note."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(made_by_systemd(), reason="here systemd keeps the machines' groups, and ends what is in them")
def test_down_ends_a_machine_whose_nspawn_and_folder_are_gone(lab_of_its_own: Store) -> None:
    """Its processes then bear no mark, and their root lies nowhere: their control group alone tells whose they are."""
    engine.up(lab_of_its_own, silent, names=["pilot1"])
    place = place_of(lab_of_its_own, "pilot1")
    leader = traces.leader(place)
    assert leader is not None
    _lose(place, leader)
    assert _lives(leader)
    engine.down(lab_of_its_own)
    assert not _lives(leader)
    assert _left_behind(lab_of_its_own) == []


def _lose(place: Path, leader: int) -> None:
    """Kill a machine's nspawn alone, and take its folder away under it."""
    nspawn = _parent(leader)
    assert Path(f"/proc/{nspawn}/comm").read_text() == "systemd-nspawn\n"
    os.kill(nspawn, signal.SIGKILL)
    for point in traces.mounts(place):
        subprocess.run(["umount", "--lazy", point], check=True)
    shutil.rmtree(place)


def _parent(pid: int) -> int:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["PPid"])


def _wait_until_one_runs(folder: Path) -> None:
    deadline = time.monotonic() + 120
    while not any(traces.leader(place) for place in folder.glob("*")):
        assert time.monotonic() < deadline, f"no machine ran in {folder} within 120 s"
        time.sleep(0.02)  # the other process tells nothing of how far it is; bounded by the deadline


def test_a_build_killed_half_way_is_made_again(lab_of_its_own: Store) -> None:
    """A layer counts when it is whole: the pilots' is killed while its machine runs to install the client."""
    images = _stamps(lab_of_its_own)
    (lab_of_its_own.path / "image/installed-pilot.stamp").unlink()
    with subprocess.Popen([sys.executable, "-c", UP]) as up:
        _wait_until_one_runs(lab_of_its_own.path / "building")
        up.kill()
    engine.up(lab_of_its_own, silent, names=["pilot1"])
    assert _stamps(lab_of_its_own) == images
    assert not any((lab_of_its_own.path / "building").glob("*"))
    assert next(state.release for state in status(lab_of_its_own) if state.machine.name == "pilot1") == "4.5.0"


def test_an_upgrade_that_forgets_the_slave_goes_in_order_and_leaves_it_at_the_release_before(
    lab_of_its_own: Store,
) -> None:
    fault = FAULTS["slave-left-behind"]
    engine.up(lab_of_its_own, silent)
    upgrade(lab_of_its_own, silent, fault)
    releases = {state.machine.name: state.release for state in status(lab_of_its_own) if state.machine.component}
    assert releases.pop("mc2") == "4.5.0"
    assert set(releases.values()) == {"4.6.0"}
    assert _order(lab_of_its_own) == [
        sorted(one.name for one in step) for step in steps([one for one in machines() if one.name != "mc2"])
    ]


def _order(store: Store) -> list[list[str]]:
    """Give the machines of each step, as the marks have them: a step begins when those before it have ended."""
    marks = [json.loads(line) for line in (store.path / "marks.jsonl").read_text().splitlines()]
    order: list[list[str]] = []
    at_work: set[str] = set()
    for mark in marks:
        if mark["what"] == "begin":
            order = order if at_work else [*order, []]
            order[-1].append(mark["machine"])
            at_work.add(mark["machine"])
        else:
            at_work.remove(mark["machine"])
    return [sorted(step) for step in order]
