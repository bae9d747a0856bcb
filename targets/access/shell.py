"""Commands on this machine, with the same face as an SSH session."""

from __future__ import annotations

import subprocess
from typing import Protocol

from targets.access.outcomes import CannotJudgeError
from targets.access.ssh import Ran

TIMED_OUT = 124
"""What timeout(1) ends with where it has ended its command."""
NO_PROGRAM = 127
"""What a shell ends with where it does not find a program (POSIX, Shell Command Language, 2.8.2)."""


class Shell(Protocol):
    """Where commands run: on a machine by SSH, or on the one that Recette runs on."""

    def run(self, command: str, time_limit: float, given: str = "") -> Ran:
        """Run a command with `given` on its standard input; `time_limit` in seconds for the whole of it."""


class LocalShell:
    """The shell of the machine that Recette runs on."""

    def run(self, command: str, time_limit: float, given: str = "") -> Ran:
        """Run a command with `given` on its standard input; `time_limit` in seconds for the whole of it."""
        try:
            done = subprocess.run(
                ["sh", "-c", command], input=given.encode(), capture_output=True, timeout=time_limit, check=False
            )
        except subprocess.TimeoutExpired:
            raise CannotJudgeError(f"a command on this machine took more than {time_limit:g} s") from None
        return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
