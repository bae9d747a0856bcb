"""Four hours of 10,000 samples a minute, as fast as they can be written, read and drawn.

``python -m tests.benchmarks.watch_hours``: each part in a process of its own, with its memory as the hours go by.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from reports.impact import watched
from reports.outages import read
from reports.samples import SAMPLES_FILE, Sample, Stage, State, Watched, WatchFile, write_watch
from tests.benchmarks.watch_load import memory
from watch.journal import Journal

HOURS, A_MINUTE = 4, 10_000
SERVICES = A_MINUTE // 60
EACH_HOUR_AWAY = 20
"""Seconds of each service, at another time of the hour each, so that there are outages to keep and to draw."""


def samples_of(second: int) -> Iterator[Sample]:
    """Yield what the services said in one second of the watch."""
    for number in range(SERVICES):
        away = (second - number * 20) % 3600 < EACH_HOUR_AWAY
        yield Sample(
            at=second + number / SERVICES,
            took=0.0123,
            service=f"service {number}",
            state=State.AWAY if away else State.OK,
            stage=Stage.CONNECT if away else None,
            text="the connection is refused" if away else "",
        )


def write(folder: Path) -> None:
    """Write the hours as the sampler does, and tell of its memory after each."""
    names = (f"service {number}" for number in range(SERVICES))
    each = tuple(Watched(name=name, kind="web application", component="edge gateway", every=1) for name in names)
    write_watch(folder, WatchFile(started=datetime.now(UTC), origin=0, every=1, watched=each, control=False))
    journal = Journal(folder / SAMPLES_FILE)
    for second in range(HOURS * 3600):
        for sample in samples_of(second):
            journal.add(sample)
        journal.flush()
        if second % 3600 == 10:
            say(f"written {second // 3600} h: {memory(os.getpid()) // 1024} MiB")
    journal.close()
    say(f"written {HOURS} h: {memory(os.getpid()) // 1024} MiB")


def judge(folder: Path) -> None:
    """Compute the intervals."""
    before = memory(os.getpid())
    recording = read(folder)
    outages = sum(len(track.outages) for track in recording.tracks)
    say(f"read: {outages} outages, {memory(os.getpid()) // 1024} MiB, {before // 1024} MiB before")


def draw(folder: Path) -> None:
    """Make what the page shows."""
    page = watched(folder, ZoneInfo("UTC"))
    say(f"drawn: {len(page.drawing) // 1024} KiB of picture, {memory(os.getpid()) // 1024} MiB")


def say(text: str) -> None:
    """Print a line."""
    Console(width=160).print(text, highlight=False)


PARTS = {"write": write, "judge": judge, "draw": draw}


def main() -> None:
    """Do each part in a process of its own, and say how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            began, words = time.monotonic(), [sys.executable, "-m", "tests.benchmarks.watch_hours", part, folder]
            subprocess.run(words, check=True)
            say(f"{part}: {time.monotonic() - began:.0f} s")
        size = (Path(folder) / SAMPLES_FILE).stat().st_size
        say(f"{HOURS * 3600 * SERVICES} samples, {size // 1024**2} MiB")


if __name__ == "__main__":
    if sys.argv[1:]:
        PARTS[sys.argv[1]](Path(sys.argv[2]))
    else:
        main()
