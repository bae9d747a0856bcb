"""The facts of a Linux machine; of a pilot, also its configuration and log, and what runs beside its client or agent.

All of them come by one command over one connection. A journal or log that holds no error and one that cannot be read
look alike from outside, so both are asked whether they hold anything at all.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace

from targets.access import batch, facts, settings
from targets.access.facts import Facts, LogEntry, PilotFacts
from targets.access.ssh import Session
from targets.model.machines import Log, Machine, Pilot

MOST_ERRORS = 200
ADVICE_JOURNAL = "the journal shows nothing of its services: Recette's account may need the group systemd-journal"
RUNNING = "systemctl list-units --type=service --state=running --plain --no-legend --no-pager"
VOLATILE = re.compile(r"^(user@|session-|run-|.*@)")
"""Instances and transient units come and go with users and sockets."""
JOURNAL_ENTRY = re.compile(r"^(\d+\.\d+) (.*)$", re.MULTILINE)
FILE_ENTRY = re.compile(r"^(\d+):(.*)$", re.MULTILINE)
SECTIONS = ("configuration", "running", "log", "errors")


def question(pilot: Pilot, services: Sequence[str]) -> str:
    """Return the shell command whose output `parse` reads."""
    log, errors = _of_file(pilot.log) if pilot.log else _of_journal(pilot.journal or services)
    asked = {
        "configuration": settings.hashing(pilot.configuration),
        "running": RUNNING,
        "log": log,
        "errors": errors,
    }
    return batch.question(asked)


def parse(output: str, pilot: Pilot) -> PilotFacts:
    """Read the answer to `question`; raise CannotJudgeError where a section is missing."""
    found = batch.sections(output, *SECTIONS)
    entry = FILE_ENTRY if pilot.log else JOURNAL_ENTRY
    at = "line {}" if pilot.log else "{}"
    units = (line.split()[0] for line in found["running"].splitlines() if line.strip())
    return PilotFacts(
        configuration={file: settings.hash_of(file, found["configuration"]) for file in pilot.configuration},
        running=tuple(sorted(unit for unit in units if not VOLATILE.match(unit))),
        errors=tuple(LogEntry(at.format(when), text) for when, text in entry.findall(found["errors"])),
        log_unread=_unread(found["log"], pilot.log),
    )


def gather(session: Session, machine: Machine, time_limit: float) -> Facts:
    """Ask a machine for its facts; `time_limit` in seconds."""
    if machine.pilot is None:
        return facts.gather(session, machine.packages, machine.services, time_limit)
    asked = facts.question(machine.packages, machine.services)
    output = session.run(f"{asked}; {question(machine.pilot, machine.services)}", time_limit).out
    told = output.partition(batch.SECTION.format(SECTIONS[0]))[0]
    return replace(facts.parse(told), pilot=parse(output, machine.pilot))


def _of_journal(services: Sequence[str]) -> tuple[str, str]:
    """Return how the services' journal shows that it can be read, and its errors (syslog's level 3 and worse)."""
    units = " ".join(f"-u {shlex.quote(service)}" for service in services)
    read = f"journalctl -q --no-pager -o short-unix {units}"
    return f"{read} -n 1 2>&1", f"{read} -n {MOST_ERRORS} -p err 2>&1"


def _of_file(log: Log) -> tuple[str, str]:
    """Return the same of a log file."""
    file, error = shlex.quote(log.file), shlex.quote(log.error)
    found = f"LC_ALL=C grep -anFi -e {error} -- {file} | tail -n {MOST_ERRORS}"
    return f"LC_ALL=C head -c 0 -- {file} 2>&1 && echo readable", found


def _unread(said: str, log: Log | None) -> str:
    if log:
        return "" if said.strip() == "readable" else f"the log cannot be read: {said.strip()[-200:]}"
    return "" if JOURNAL_ENTRY.search(said) else ADVICE_JOURNAL
