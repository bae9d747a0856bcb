"""One machine: an overlay booted by systemd-nspawn on the lab's bridge, and how to get into it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from targets.lab import layers, network, traces
from targets.lab.command import LabError, launch, run
from targets.lab.role import Machine, SiteFile

T = TypeVar("T")

BOOT_PATIENCE = 60.0
STOP_PATIENCE = 60.0
GONE = 1.0
"""Seconds without a process until a machine does not run: a program that is just executed shows nothing of itself."""
BEAT = 0.05
WAIT = """
deadline=$(($(date +%s) + {patience}))
until said=$( ( {condition} ) 2>&1 ); do
    [ "$(date +%s)" -lt "$deadline" ] || {{ echo "still not ready after {patience} s: $said"; exit 1; }}
    sleep 0.2
done
"""
INSIDE = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd")
CLEAN_ENVIRONMENT = (
    "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
)  # fmt: skip


def put(root: Path, files: Iterable[SiteFile]) -> None:
    """Write files into a machine that does not run yet, owned as they say by its own users and groups."""
    users, groups = _numbers(root / "etc/passwd"), _numbers(root / "etc/group")
    for file in files:
        path = root / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        content = file.content if isinstance(file.content, bytes) else file.content.encode()
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content)
        user, group = file.owner.split(":")
        os.chown(path, users[user], groups[group])
        path.chmod(file.mode)


def start(place: Path, machine: Machine, binds: Sequence[str] = ()) -> None:
    """Boot the machine mounted at ``place/root``; ``binds`` are nspawn's read-only bind mounts. Does not wait."""
    network.unplug(machine.name)
    command = [
        *layers.nspawn(place), f"--directory={place / 'root'}", f"--machine={machine.name}", "--boot",
        f"--network-bridge={network.BRIDGE}", "--resolv-conf=off", *(f"--bind-ro={bind}" for bind in binds),
    ]  # fmt: skip
    launch(command, place, place / "console.log")


def inside(place: Path, script: str, timeout: float = 60.0) -> str:
    """Run a shell script as root on a running machine and give what it printed; raises LabError when it fails."""
    return run([*entrance(_booted(place)), "sh", "-eu"], place, stdin=script, timeout=timeout)


def entrance(leader: int) -> list[str]:
    """Give the words that, put before a command, run it on the machine of that first process."""
    return ["nsenter", f"--target={leader}", *INSIDE, *CLEAN_ENVIRONMENT]


def wait_until(place: Path, condition: str, patience: float) -> None:
    """Wait until a shell command succeeds on the machine; raises LabError with its last words after ``patience`` s."""
    inside(place, WAIT.format(patience=int(patience), condition=condition), patience + BOOT_PATIENCE)


def shut_down(place: Path) -> None:
    """Shut a machine down cleanly and wait for it; raises LabError when it takes more than a minute."""
    leader = _booted(place)
    os.kill(leader, signal.SIGRTMIN + 4)  # systemd's "power off" (systemd(1), SIGNALS)
    _wait(lambda: not traces.processes(place), STOP_PATIENCE, f"{place.name} did not shut down")


def _booted(place: Path) -> int:
    return _wait(lambda: _look_for_leader(place), BOOT_PATIENCE, f"{place.name} did not start")


def _look_for_leader(place: Path) -> int | None:
    leader = traces.leader(place)
    if leader is None and not _has_processes(place):
        log = place / "console.log"
        said = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
        raise LabError("\n  ".join([f"{place.name} does not run; it said:", *(said or ["(nothing)"])]))
    return leader


def _has_processes(place: Path) -> bool:
    deadline = time.monotonic() + GONE
    while not (found := traces.processes(place)) and time.monotonic() < deadline:
        time.sleep(BEAT)  # bounded by the deadline
    return bool(found)


def _wait(look: Callable[[], T | None], patience: float, failure: str) -> T:
    deadline = time.monotonic() + patience
    while not (found := look()):
        if time.monotonic() > deadline:
            raise LabError(f"{failure} within {patience:.0f} s.")
        time.sleep(BEAT)  # bounded by the deadline; nothing tells us when another's process has got that far
    return found


def _numbers(database: Path) -> dict[str, int]:
    fields = (line.split(":") for line in database.read_text().splitlines())
    return {field[0]: int(field[2]) for field in fields}
