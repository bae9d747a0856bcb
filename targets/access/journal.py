"""A machine's journal, where the events of the platform go by syslog (product page)."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping

from targets.access.outcomes import CannotJudgeError
from targets.access.shell import Shell

PATIENCE = 10.0
"""Seconds in which an event that has happened reaches the journal, also of a busy machine."""
STEP_LIMIT = 10.0


def wait_for(words: str, machines: Mapping[str, Shell], since: float) -> dict[str, str]:
    """Look for words in the journals of machines since a moment (Unix seconds); return each one's last such line.

    Raises CannotJudgeError where no journal can be read.
    """
    if not machines:
        raise CannotJudgeError("no controller of the target file is reached by SSH")
    ends = time.monotonic() + PATIENCE
    while True:
        found = {name: _line(words, shell, since) for name, shell in machines.items()}
        if any(found.values()) or time.monotonic() > ends:
            return found
        time.sleep(0.5)  # bounded by `ends`: journald writes a moment after it was told


def _line(words: str, shell: Shell, since: float) -> str:
    read = f"journalctl --quiet --no-pager --output=cat --since=@{since:.0f} --until=now"
    ran = shell.run(f"{read} | grep --fixed-strings -e {shlex.quote(words)} | tail --lines=1; {_READABLE}", STEP_LIMIT)
    *lines, readable = ran.out.splitlines() or [""]
    if readable != "readable":
        raise CannotJudgeError("a journal cannot be read", "Recette's account may need the group systemd-journal")
    return lines[-1] if lines else ""


_READABLE = "journalctl --quiet --lines=1 --output=cat | grep --quiet . && echo readable"
