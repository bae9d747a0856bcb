"""What a server stands on, read with one command: release, room, memory, clock, and the state of its packages."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass

from targets.access import batch
from targets.access.outcomes import CannotJudgeError
from targets.access.shell import Shell

MEGABYTE = 1000 * 1000
KIBIBYTE = 1024
LOOKS = 3
"""How often a clock is read; the reading with the shortest way counts."""
WHOLE = {"i", "n", "c"}
"""dpkg's states that an upgrade may meet: installed, not installed, removed but for its configuration."""


@dataclass(frozen=True)
class PackageState:
    """A package that dpkg knows: what is wanted of it, what it is, and dpkg's error mark (dpkg-query(1))."""

    name: str
    wanted: str
    state: str
    error: str

    @property
    def is_whole(self) -> bool:
        """Whether it is installed, or removed, to the end."""
        return self.state in WHOLE and not self.error.strip()

    @property
    def is_held(self) -> bool:
        """Whether it was told to stay at its version."""
        return self.wanted == "h"


@dataclass(frozen=True)
class Ground:
    """What a server stands on: `memory` and `free` (by folder; None where the folder is not there) in MB."""

    debian: str
    memory: int
    free: dict[str, int | None]
    packages: tuple[PackageState, ...]
    raw: str


@dataclass(frozen=True)
class Clock:
    """How far a server's clock is before this machine's, and how sure that is, in seconds."""

    ahead: float
    unsure: float


@dataclass(frozen=True)
class ControllerState:
    """The SHA-256 of files on a controller ("" where it cannot be read), and the addresses that it holds."""

    files: dict[str, str]
    addresses: frozenset[str]


def question(folders: Sequence[str]) -> str:
    """Return the one shell command whose output `parse` reads."""
    free = "; ".join(f'echo "$(df -B1 --output=avail -- {shlex.quote(folder)} | tail -n 1)"' for folder in folders)
    return batch.question(
        {
            "release": ". /etc/os-release; echo $ID $VERSION_ID",
            "memory": "grep ^MemTotal: /proc/meminfo",
            "free": free or "true",
            "packages": r"dpkg-query -W -f='${db:Status-Abbrev}\t${binary:Package}\n'",
            "end": "true",
        }
    )


def ask(session: Shell, folders: Sequence[str], time_limit: float) -> Ground:
    """Ask a server what it stands on; `time_limit` in seconds."""
    return parse(session.run(question(folders), time_limit).out, folders)


def parse(output: str, folders: Sequence[str]) -> Ground:
    """Read the answer to `question`."""
    found = batch.sections(output, "release", "memory", "free", "packages", "end")
    memory = re.search(r"(\d+) kB", found["memory"])
    free = [line.strip() for line in found["free"].splitlines()]
    lines = re.findall(r"^(.)(.)(.)\t(\S+)$", found["packages"], re.MULTILINE)
    if memory is None or len(free) != len(folders) or not lines:
        raise CannotJudgeError("the server's answer cannot be read: no memory, no free space, or no packages in it")
    return Ground(
        found["release"].strip(),
        int(memory[1]) * KIBIBYTE // MEGABYTE,
        {f: int(room) // MEGABYTE if room.isdigit() else None for f, room in zip(folders, free, strict=True)},
        tuple(PackageState(name, wanted, state, error) for wanted, state, error, name in lines),
        output,
    )


def read_clock(session: Shell, time_limit: float) -> Clock:
    """Compare a server's clock with this machine's; `time_limit` in seconds for each of a few looks."""
    return min((_look(session, time_limit) for _ in range(LOOKS)), key=lambda clock: clock.unsure)


def _look(session: Shell, time_limit: float) -> Clock:
    sent = time.time()
    said = session.run("date +%s.%N", time_limit).out
    got = time.time()
    if not re.fullmatch(r"\d+\.\d+\n", said):
        raise CannotJudgeError("the server does not say what time it is")
    return Clock(float(said) - (sent + got) / 2, (got - sent) / 2)


def ask_controller(session: Shell, files: Sequence[str], time_limit: float) -> ControllerState:
    """Ask a controller for what its cluster shares; files are compared by hash, for they may hold secrets."""
    hashes = f"sha256sum -- {' '.join(map(shlex.quote, files))} 2>/dev/null" if files else "true"
    asked = batch.question({"files": hashes, "addresses": "ip -oneline address show"})
    found = batch.sections(session.run(asked, time_limit).out, "files", "addresses")
    by_path = {path: digest for digest, path in re.findall(r"^([0-9a-f]{64})  (.+)$", found["files"], re.MULTILINE)}
    addresses = re.findall(r"\binet6? ([0-9a-f:.]+)", found["addresses"])
    return ControllerState({file: by_path.get(file, "") for file in files}, frozenset(addresses))
