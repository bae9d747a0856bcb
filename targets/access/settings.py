"""What a site has set on a machine: its files by hash, owner and mode, and where names lead from there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from targets.access import batch
from targets.access.shell import Shell
from targets.model.target import Target
from targets.services import hosts

HASH = re.compile(r"^\\?([0-9a-f]{64})  (.+)$", re.MULTILINE)
ACCESS = re.compile(r"^(\d+ \S+) (.+)$", re.MULTILINE)
LONGEST_LINE = 500


@dataclass(frozen=True)
class SiteFile:
    """A file: its SHA-256, or why there is none, and its mode and owner (`640 root:ipdiva`), or why not."""

    content: str
    access: str


def files(session: Shell, paths: Sequence[str], time_limit: float) -> dict[str, SiteFile]:
    """Ask for files by their paths; files are compared by hash, for they may hold secrets."""
    quoted = " ".join(map(shlex.quote, paths))
    asked = batch.question(
        {"hashes": hashing(paths), "access": f"LC_ALL=C stat --format='%a %U:%G %n' -- {quoted} 2>&1"}
    )
    found = batch.sections(session.run(asked, time_limit).out, "hashes", "access")
    return {path: SiteFile(hash_of(path, found["hashes"]), _access_of(path, found["access"])) for path in paths}


def hashing(paths: Sequence[str]) -> str:
    """Return the shell command that says what `hash_of` reads."""
    return f"LC_ALL=C sha256sum -- {' '.join(map(shlex.quote, paths))} 2>&1" if paths else "true"


def hash_of(path: str, said: str) -> str:
    """Return the file's hash, or what sha256sum said of it."""
    return next((digest for digest, name in HASH.findall(said) if name == path), "") or _words(path, said)


def is_hash(found: str) -> bool:
    """Tell a file's hash from why there is none."""
    return re.fullmatch(r"[0-9a-f]{64}", found) is not None


def names(target: Target) -> list[str]:
    """Return the names of hosts that the target file uses."""
    return sorted(hosts(target))


def addresses(session: Shell, of: Sequence[str], time_limit: float) -> dict[str, tuple[str, ...]]:
    """Ask where names lead by the machine's own hosts file, DNS or whatever else it resolves by (getent(1)).

    All are asked at once: one that nobody knows may take its resolver seconds.
    """
    asked = [f"{{ getent ahosts {shlex.quote(name)} | sed 's/^/{name} /'; }} &" for name in of]
    said = session.run(" ".join([*asked, "wait"]), time_limit).out
    found = re.findall(r"^(\S+) (\S+) ", said, re.MULTILINE)
    return {name: tuple(sorted({address for whose, address in found if whose == name})) for name in of}


def _access_of(path: str, said: str) -> str:
    return next((access for access, name in ACCESS.findall(said) if name == path), "") or _words(path, said)


def _words(path: str, said: str) -> str:
    line = next((line for line in said.splitlines() if path in line), "nothing was said of it")
    return line.rpartition(": ")[2][:LONGEST_LINE]
