"""Facts of a machine, all of them gathered over one connection with one command.

Only programs that every Debian server has are asked, and none of them changes anything.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from targets.access import batch
from targets.access.ssh import Session


@dataclass(frozen=True)
class Package:
    """An installed package as dpkg knows it; `status` is `installed` only when it is fully configured."""

    name: str
    version: str
    status: str
    held: bool


@dataclass(frozen=True)
class Service:
    """A systemd unit; `state` is what `systemctl is-active` says, `enabled` what `is-enabled` says."""

    name: str
    state: str
    enabled: str


@dataclass(frozen=True)
class LogEntry:
    """A line of level error: when or where the log has it, and its words."""

    at: str
    text: str


@dataclass(frozen=True)
class PilotFacts:
    """What a pilot says of its client or agent, and of what runs beside it.

    `configuration` maps each file to its SHA-256, or to why there is none. `log_unread` says why the log cannot be
    read, and is empty where it can.
    """

    configuration: dict[str, str]
    running: tuple[str, ...]
    errors: tuple[LogEntry, ...]
    log_unread: str = ""


@dataclass(frozen=True)
class Facts:
    """What a machine says of itself; `raw` is its answer, without what a log holds (product page: personal data)."""

    hostname: str
    packages: tuple[Package, ...]
    services: tuple[Service, ...]
    raw: str
    pilot: PilotFacts | None = None

    def packages_like(self, patterns: Sequence[str]) -> list[Package]:
        """Return the packages whose names match one of the patterns."""
        return [package for package in self.packages if any(fnmatchcase(package.name, p) for p in patterns)]


def question(packages: Sequence[str], services: Sequence[str]) -> str:
    """Return the one shell command whose output `parse` reads."""
    show = r"-f='${binary:Package}\t${Version}\t${db:Status-Status}\t${db:Status-Want}\n'"
    units = " ".join(shlex.quote(service) for service in services)
    properties = "--property=Id,ActiveState,UnitFileState,LoadState"
    asked = {
        "hostname": "hostname",
        "packages": f"dpkg-query -W {show} {' '.join(shlex.quote(p) for p in packages)} 2>/dev/null",
        "services": f"systemctl show {properties} -- {units}" if services else "true",
    }
    return batch.question(asked)


def parse(output: str) -> Facts:
    """Read the answer to `question`; raise CannotJudgeError where a section is missing."""
    sections = batch.sections(output, "hostname", "packages", "services")
    return Facts(
        sections["hostname"].strip(),
        tuple(_package(line) for line in sections["packages"].splitlines()),
        tuple(_service(block) for block in sections["services"].strip().split("\n\n") if block.strip()),
        output,
    )


def gather(session: Session, packages: Sequence[str], services: Sequence[str], time_limit: float) -> Facts:
    """Ask a machine for its facts; `time_limit` in seconds."""
    return parse(session.run(question(packages, services), time_limit).out)


def _package(line: str) -> Package:
    name, version, status, want = (*line.split("\t"), "", "", "")[:4]
    return Package(name, version, status, want == "hold")


def _service(block: str) -> Service:
    values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    state = values.get("ActiveState", "unknown")
    if values.get("LoadState") == "not-found":
        state = "not installed"
    return Service(values.get("Id", "?"), state, values.get("UnitFileState") or "static")
