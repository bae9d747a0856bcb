"""Programs that the lab runs on this computer, each marked as the lab's own.

Everything started here carries ``RECETTE_LAB=<place>`` in its environment, and so does all that it starts: that is how
``traces`` knows the lab's processes from others, whatever became of the process that started them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

MARK = "RECETTE_LAB"
LINES_SHOWN = 15


class LabError(Exception):
    """What happened in the lab, where, and what to do next: the text is for people."""


def run(
    argv: Sequence[str | Path], place: Path, *, stdin: str = "", timeout: float = 60, cwd: Path | None = None
) -> str:
    """Run a program for what lies at ``place`` and give what it printed.

    Raises LabError when it exits with an error or takes more than ``timeout`` seconds. ``stdin`` never reaches a
    message, so it may hold secrets.
    """
    try:
        done = subprocess.run(
            argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, cwd=cwd,
            env=_environment(place), encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        raise LabError(_failure(argv, place, f"took more than {timeout:.0f} s", _text(late.stdout))) from None
    if done.returncode:
        raise LabError(_failure(argv, place, f"ended with status {done.returncode}", done.stdout))
    return done.stdout


def launch(argv: Sequence[str | Path], place: Path, log: Path) -> None:
    """Start a program that outlives this process, in a session of its own, its output appended to ``log``."""
    with log.open("ab") as output:
        subprocess.run(
            ["setsid", "--fork", *argv], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env=_environment(place), check=True,
        )  # fmt: skip


def _environment(place: Path) -> dict[str, str]:
    return os.environ | {MARK: str(place), "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def _text(output: bytes | str | None) -> str:
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""


def _failure(argv: Sequence[str | Path], place: Path, what: str, output: str) -> str:
    tail = "\n".join(f"  {line}" for line in output.splitlines()[-LINES_SHOWN:])
    return f"{place.name}: {Path(argv[0]).name} {what}; it said:\n{tail or '  (nothing)'}"
