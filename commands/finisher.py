"""Judges a detached watch when it has ended, however it ended: its report lies there in the morning.

``python -m commands.finisher RUN TARGET PID``: the folder of its run, the target file, the sampler's process.
"""

from __future__ import annotations

import os
import select
from pathlib import Path

import typer

from commands.terminal import conclude, kindly
from commands.watches import judged


def _wait_for_the_end(pid: int) -> None:
    """Sleep until a process has ended, which is nobody's child here."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    select.select([handle], [], [])  # readable once it has ended (pidfd_open(2))
    os.close(handle)


def main(run: Path, target: str, sampler: int) -> None:
    """Wait for the end of a watch, and judge it unless somebody has."""
    _wait_for_the_end(sampler)
    with kindly():
        outcome = judged(run, target)
    conclude(outcome)


if __name__ == "__main__":
    typer.run(main)
