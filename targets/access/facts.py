"""Facts of a machine, all of them gathered over one connection with one command.

Only programs that every Debian server has are asked, and none of them changes anything.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from targets.access import batch
from targets.access.ssh import Session

AGE = re.compile(r"^(\S+) (\d{1,18}) (\d{1,18})$", re.MULTILINE)
COUNT = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class Package:
    """An installed package as dpkg knows it; `status` is `installed` only when it is fully configured.

    `foreign` is its architecture where that is not its machine's own.
    """

    name: str
    version: str
    status: str
    held: bool
    foreign: str = ""


@dataclass(frozen=True)
class Service:
    """A systemd unit; `state` is what `systemctl is-active` says, `enabled` what `is-enabled` says.

    `restarts` counts how often systemd had to start it again since; `outdated` says that it has been running since
    before its own package was installed.
    """

    name: str
    state: str
    enabled: str
    restarts: int = 0
    outdated: bool = False


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
    show = r"-f='${binary:Package}\t${Version}\t${db:Status-Status}\t${db:Status-Want}\t${Architecture}\n'"
    units = " ".join(shlex.quote(service) for service in services)
    properties = "--property=Id,ActiveState,UnitFileState,LoadState,NRestarts"
    asked = {
        "hostname": "hostname",
        "architecture": "dpkg --print-architecture",
        "packages": f"dpkg-query -W {show} {' '.join(shlex.quote(p) for p in packages)} 2>/dev/null",
        "services": f"systemctl show {properties} -- {units}" if services else "true",
        "ages": _ages(packages, units) if packages and services else "true",
    }
    return batch.question(asked)


def _ages(packages: Sequence[str], units: str) -> str:
    """Return what says of each unit that a package brought: when it was started, and when that package was unpacked.

    A systemd that does not tell times as numbers (before 249) says nothing here.
    """
    lists = " -o ".join(f"-name {shlex.quote(f'{pattern}.list')}" for pattern in packages)
    return (
        f"for unit in {units}; do show='systemctl show --value'; "
        "file=$($show --property=FragmentPath -- $unit); "
        f'list=$(find /var/lib/dpkg/info \\( {lists} \\) -exec grep -lxF -e "${{file:-none}}" {{}} + | head -n 1); '
        "since=$($show --timestamp=unix --property=ActiveEnterTimestamp -- $unit 2>/dev/null); "
        'if [ -n "$list" ]; then echo "$unit ${since#@} $(stat --format=%Y "$list")"; fi; done'
    )


def parse(output: str) -> Facts:
    """Read the answer to `question`; raise CannotJudgeError where a section is missing."""
    sections = batch.sections(output, "hostname", "architecture", "packages", "services", "ages")
    native = ("all", sections["architecture"].strip())
    outdated = {unit for unit, since, unpacked in AGE.findall(sections["ages"]) if int(since) < int(unpacked)}
    blocks = (block for block in sections["services"].strip().split("\n\n") if block.strip())
    return Facts(
        sections["hostname"].strip(),
        tuple(_package(line, native) for line in sections["packages"].splitlines()),
        tuple(_service(block, outdated) for block in blocks),
        output,
    )


def gather(session: Session, packages: Sequence[str], services: Sequence[str], time_limit: float) -> Facts:
    """Ask a machine for its facts; `time_limit` in seconds."""
    return parse(session.run(question(packages, services), time_limit).out)


def _package(line: str, native: Collection[str]) -> Package:
    name, version, status, want, architecture = (*line.split("\t"), "", "", "", "")[:5]
    return Package(name, version, status, want == "hold", "" if architecture in native else architecture)


def _service(block: str, outdated: Collection[str]) -> Service:
    values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    state, name, restarts = values.get("ActiveState", "unknown"), values.get("Id", "?"), values.get("NRestarts", "")
    if values.get("LoadState") == "not-found":
        state = "not installed"
    enabled = values.get("UnitFileState") or "static"
    return Service(name, state, enabled, int(restarts) if COUNT.fullmatch(restarts) else 0, name in outdated)
