"""A Windows machine's facts, in one round trip, by commands that every Windows has.

Versions come from the uninstall keys of the registry in both views, 64- and 32-bit; services from the service manager,
and how they start from its database in the registry (learn.microsoft.com: "Uninstall Registry Key", "Services Registry
Tree", `reg query`, `sc query`, `net start`, `certutil -hashfile`, `findstr`). What runs is asked of `net start`, since
the list of `sc query` may break off (`bufsize=`). The script goes to `cmd` by standard input, so that it is the same
whatever shell the SSH server gives.

What comes back is in several encodings: UTF-8 where `chcp 65001` took effect, the machine's own (OEM) code page where
it did not, UTF-16 from some programs. Each section is one program's, so each is decoded by itself.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from targets.access.batch import SECTION
from targets.access.facts import Facts, LogEntry, Package, PilotFacts, Service
from targets.access.outcomes import CannotJudgeError
from targets.access.ssh import Session
from targets.model.machines import Machine, Pilot

SHELL = "cmd /d /q"
UNINSTALL = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
SERVICES = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\"
UNSAFE = re.compile(r'["%\r\n]')
MOST_ERRORS = 200
HEAD = re.compile(rb"^=== recette (\w+) ===[ ]*\r?\n", re.MULTILINE)
VALUE = re.compile(r"^ {4}(\S.*?) {4}REG_\w+(?: {4}(.*))?$")
STATES = re.compile(r":\s+[1-7]\s+(STOPPED|START_PENDING|STOP_PENDING|RUNNING|CONTINUE_PENDING|PAUSE_PENDING|PAUSED)\b")
STARTS = re.compile(r"^ {4}Start {4}REG_DWORD {4}0x([0-4])$", re.MULTILINE)
RUNNING = re.compile(r"^[ \t]+(\S.*?) *$", re.MULTILINE)
PER_USER = re.compile(r"_[0-9a-f]{4,}$")
"""Services of one user's session carry its number in their name, and come and go with it."""
HASH = re.compile(r"^(?:[0-9a-f]{2} ?){32}$", re.MULTILINE)
FOUND = re.compile(r"^(\d+):(.*)$", re.MULTILINE)
ENABLED = {"0": "enabled", "1": "enabled", "2": "enabled", "3": "on demand", "4": "disabled"}
"""By the value that the service manager keeps of it: boot, system, automatic, on demand, disabled."""
REQUIRED = ("codepage", "hostname", "programs64", "programs32", "running", "end")


def script(machine: Machine) -> str:
    """Return what `cmd` is given; raise CannotJudgeError for a name that cmd could take for more than a name."""
    asked = {"codepage": "chcp & chcp 65001 >nul", "hostname": "hostname"}
    asked |= {f"programs{view}": f"reg query {UNINSTALL} /s /reg:{view}" for view in (64, 32)}
    for number, service in enumerate(machine.services):
        start = f"reg query {_quoted(SERVICES + service)} /v Start"
        asked[f"service{number}"] = f"sc query {_quoted(service)} & {start}"
    asked |= {"running": "net start"} | _of_pilot(machine.pilot) | {"end": "exit /b 0"}
    return "".join(f"echo {SECTION.format(name)}\r\n{command}\r\n" for name, command in asked.items())


def gather(session: Session, machine: Machine, time_limit: float) -> Facts:
    """Ask a Windows machine for its facts; `time_limit` in seconds."""
    return parse(session.run(SHELL, time_limit, script(machine)).raw, machine)


def parse(output: bytes, machine: Machine) -> Facts:
    """Read the answer to `script`; raise CannotJudgeError where a section is missing."""
    found = _sections(output)
    if missing := [name for name in REQUIRED if name not in found]:
        raise CannotJudgeError(f"the machine's answer is incomplete: no {', '.join(missing)}")
    services = tuple(_service(name, found.get(f"service{n}", "")) for n, name in enumerate(machine.services))
    packages = tuple(dict.fromkeys((*programs(found["programs64"]), *programs(found["programs32"]))))
    raw = "\n".join(f"{SECTION.format(name)}\n{text}" for name, text in found.items() if name not in ("log", "errors"))
    pilot = _pilot(machine.pilot, found) if machine.pilot else None
    return Facts(found["hostname"].strip(), packages, services, raw, pilot)


def programs(text: str) -> Iterator[Package]:
    """Read what `reg query` prints of the uninstall keys: each program that has a name and a version."""
    values: dict[str, str] = {}
    for line in [*text.splitlines(), "HKEY_"]:
        if line.startswith("HKEY_"):
            if values.get("DisplayName") and values.get("DisplayVersion"):
                yield Package(values["DisplayName"], values["DisplayVersion"], "installed", held=False)
            values = {}
        elif match := VALUE.match(line):
            values[match[1]] = (match[2] or "").strip()


def decoded(part: bytes, codepage: str) -> str:
    """Decode what one program printed: UTF-16 by its zero bytes, else UTF-8 where it is that, else the code page."""
    if part.startswith(codecs.BOM_UTF16_LE) or part[1::2].count(0) * 4 > len(part):
        return part.decode("utf-16-le", "replace").lstrip("\ufeff")
    try:
        return part.decode("utf-8-sig")
    except UnicodeDecodeError:
        return part.decode(codepage, "replace")


def _of_pilot(pilot: Pilot | None) -> dict[str, str]:
    if pilot is None:
        return {}
    asked = {f"file{n}": f"certutil -hashfile {_quoted(file)} SHA256" for n, file in enumerate(pilot.configuration)}
    if pilot.log:
        file = _quoted(pilot.log.file)
        asked["log"] = f"if exist {file} echo readable"
        asked["errors"] = f"findstr /n /i /c:{_quoted(pilot.log.error)} {file}"
    return asked


def _quoted(name: str) -> str:
    if UNSAFE.search(name):
        raise CannotJudgeError(f"“{name}” cannot be given to Windows' cmd: a quote or percent sign is in it")
    return f'"{name}"'


def _sections(output: bytes) -> dict[str, str]:
    pieces = HEAD.split(output)
    parts = {name.decode(): part for name, part in zip(pieces[1::2], pieces[2::2], strict=True)}
    codepage = _codepage(parts.get("codepage", b""))
    return {name: decoded(part, codepage).replace("\r\n", "\n") for name, part in parts.items()}


def _codepage(said: bytes) -> str:
    """Return Python's name of the code page that `chcp` told, in whatever language it did."""
    number = re.search(rb"\d{3,5}", said)
    try:
        return codecs.lookup(f"cp{number[0].decode()}").name if number else "cp437"
    except LookupError:
        return "cp437"


def _service(name: str, said: str) -> Service:
    state, start = STATES.search(said), STARTS.search(said)
    if state is None:
        return Service(name, "not installed", "not installed")
    enabled = ENABLED[start[1]] if start else "unknown"
    return Service(name, "active" if state[1] == "RUNNING" else state[1].lower(), enabled)


def _pilot(pilot: Pilot, found: dict[str, str]) -> PilotFacts:
    errors = [LogEntry(f"line {at}", text) for at, text in FOUND.findall(found.get("errors", ""))]
    running = {name for name in RUNNING.findall(found["running"]) if not PER_USER.search(name)}
    return PilotFacts(
        configuration={file: _hash(found.get(f"file{n}", "")) for n, file in enumerate(pilot.configuration)},
        running=tuple(sorted(running)),
        errors=tuple(errors[-MOST_ERRORS:]),
        log_unread="" if "readable" in found.get("log", "") else "the target file names no log that is there",
    )


def _hash(said: str) -> str:
    """Return the SHA-256 that certutil prints on a line of its own, or its last words."""
    digest = HASH.search(said)
    return digest[0].replace(" ", "") if digest else " ".join(said.split())[-200:]
