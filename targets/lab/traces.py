"""What the lab leaves on this computer, found without any record of it, and taken back.

A *place* is a folder of the lab store. Its processes are those that the lab started for it (by the mark that
``command`` gives), those whose root lies in it, and those in its control groups, which keep the processes of a machine
whose folder and nspawn are gone; its mounts are those at or under it. Nothing else is ever touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from targets.lab import cgroups
from targets.lab.command import MARK, LabError, run

PATIENCE = 20.0
BEAT = 0.05
BLOCK = 512  # bytes of one of st_blocks, whatever the file system (stat(2))

Root = tuple[int, int]


def clear(place: Path) -> None:
    """End the processes of a place, unmount what is mounted there, delete it; raises LabError if something stays."""
    deadline = time.monotonic() + PATIENCE
    while users := _send_away(place):
        if time.monotonic() > deadline:
            raise LabError(
                f"{place} is still used by {users} after {PATIENCE:.0f} s. End that, then `recette lab down`."
            )
        time.sleep(BEAT)  # a killed process takes a moment to leave; bounded by PATIENCE
    cgroups.leave(place)
    if place.exists():
        shutil.rmtree(place)


def processes(place: Path) -> list[int]:
    """Give the living processes of a place, never this one."""
    roots = {_identity(Path(point)) for point in mounts(place)}
    return [pid for pid in _pids() if _belongs(pid, place, roots)]


def mounts(place: Path) -> list[str]:
    """Give what is mounted at or under a place, the innermost first."""
    fields = (line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines())
    points = [field[4].encode().decode("unicode_escape") for field in fields]
    return [point for point in reversed(points) if Path(point).is_relative_to(place)]


def leader(place: Path) -> int | None:
    """Give the first process of the machine mounted at ``place/root`` once its systemd runs there, or None."""
    root = _identity(place / "root")
    if root is None or not (place / "root").is_mount():
        return None
    return next((pid for pid in _pids() if _is_init(pid) and _root(pid) == root), None)


def memory(place: Path) -> int:
    """Give the bytes of memory that a machine uses: its processes (PSS, proc(5): shared pages shared out) and files."""
    written = (_written(path) for path in (place / "upper").rglob("*"))
    return sum(_proportional_set(pid) for pid in processes(place)) + sum(written)


def _send_away(place: Path) -> str:
    held = mounts(place)
    roots = {_identity(Path(point)) for point in held}
    left = [pid for pid in _pids() if _belongs(pid, place, roots)]
    for pid in left:
        _kill(pid, place, roots)
    for point in held:
        with suppress(LabError):  # busy until the processes have gone: the next round tries again
            run(["umount", point], place)
    return ", ".join([f"process {pid}" for pid in left] + held)


def _kill(pid: int, place: Path, roots: set[Root | None]) -> None:
    """Kill a process by a descriptor, checked after opening: its number may be another's by now."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            if _belongs(pid, place, roots):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        finally:
            os.close(descriptor)


def _pids() -> Iterator[int]:
    return (
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and entry.name != str(os.getpid())
    )


def _belongs(pid: int, place: Path, roots: set[Root | None]) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        root = Path(f"/proc/{pid}/root").readlink()
    except OSError:  # it ended while we looked, or is a kernel thread
        return False
    marked = (Path(os.fsdecode(v.split(b"=", 1)[1])) for v in environment if v.startswith(f"{MARK}=".encode()))
    return (
        any(path.is_relative_to(place) for path in (*marked, root)) or _root(pid) in roots or cgroups.holds(place, pid)
    )


def _is_init(pid: int) -> bool:
    with suppress(OSError):
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return status["Name"].strip() == "systemd" and status["NSpid"].split()[1:] == ["1"]
    return False


def _root(pid: int) -> Root | None:
    return _identity(Path(f"/proc/{pid}/root/"))


def _identity(path: Path) -> Root | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)


def _written(path: Path) -> int:
    try:
        return path.lstat().st_blocks * BLOCK
    except FileNotFoundError:  # the machine deleted it while we looked
        return 0


def _proportional_set(pid: int) -> int:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
    return 0
