"""How far a watch's outages are from the truth: real services of the lab that are frozen, unplugged and stopped.

``python -m tests.benchmarks.watch_truth BEAT`` takes services of a lab that is up away for known times, several at
once; ``python -m tests.benchmarks.watch_truth BEAT SECONDS`` leaves it alone for so long: what is found is invented.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from rich.console import Console

from commands import watches
from reports.intervals import Interval, within
from reports.outages import Recording, Track, read
from targets.lab.store import Store
from targets.loader import load
from tests.benchmarks.taking_away import Frozen, Stopped, Unplugged, Way

PAUSE = 4.0
SETTLING = 5.0
VIA = ("Intranet", "Admin notes", "srv1-ssh", "srv1-rdp")


@dataclass(frozen=True)
class Plan:
    """A way of taking services away, for how many seconds each time, and which services of the watch these are."""

    way: Way
    seconds: Sequence[float]
    services: Sequence[str]


@dataclass(frozen=True)
class Truth:
    """An outage that was made, by the monotonic clock."""

    services: Sequence[str]
    begin: float
    end: float


def plans(store: Store) -> list[Plan]:
    """Return what is done at the same time, none in the way of another."""
    via_eg1, via_eg2 = ([f"{name} via {gateway}" for name in VIA] for gateway in ("eg1", "eg2"))
    return [
        Plan(Frozen(store, "eg1", "haproxy"), (0.5, 1, 1.5, 2.1, 2.5, 3, 4, 6, 8, 60), via_eg1),
        Plan(Unplugged("eg2"), (0.5, 0.7, 1.2, 2.2, 2.8, 3.5, 5, 10, 15, 30), [*via_eg2, "eg2: recordings"]),
        Plan(Frozen(store, "mc2", "apache2"), (0.6, 0.8, 1.8, 2.4, 3.3, 4.4, 5.5, 7, 12, 45), ["mc2: console"]),
        Plan(
            Stopped(store, "html5", "ipdiva-html5-gateway", "10.77.0.31", 443),
            (1, 2.1, 2.6, 3, 5, 8, 10, 12, 20, 25),
            ["Desktop HTML5"],
        ),
        Plan(
            Stopped(store, "eg1", "ipdiva-edge-gateway", "10.77.0.21", 8443),
            (1, 1.4, 2.1, 2.3, 2.9, 3.9, 6, 9, 20, 30),
            ["eg1: recordings"],
        ),
    ]


DATABASE = (0.5, 1, 2.1, 3, 4.5, 6)
"""Seconds; by itself, for what asks the database is away with it."""
WITH_THE_DATABASE = ("portal", "organization: sign-in", "organization: metadata", "mc1: console", "mc2: console")


def carried_out(plan: Plan, first: float) -> list[Truth]:
    """Take services away again and again, a while apart."""
    time.sleep(first)  # plans begin one after another
    truths = []
    for number, seconds in enumerate(plan.seconds):
        begin, end = plan.way.away(seconds)
        truths.append(Truth(plan.services, begin, end))
        time.sleep(PAUSE + 0.37 * (number % 7))  # so that they begin at any moment of a beat
    return truths


def made(store: Store) -> tuple[list[Truth], tuple[float, float]]:
    """Make all outages; return them, and the time of those of the database, when others may be away with it."""
    wanted = plans(store)
    with ThreadPoolExecutor(len(wanted)) as pool:
        found = list(chain.from_iterable(pool.map(carried_out, wanted, (0.3, 1.1, 1.7, 2.4, 3.0))))
    began = time.monotonic()
    database = Plan(Frozen(store, "db", "postgres"), DATABASE, ["db: PostgreSQL"])
    found += carried_out(database, SETTLING)
    return found, (began, time.monotonic())


@dataclass
class Compared:
    """What became of the truth: errors in seconds where all was seen, and what was missed, or invented."""

    begins: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    found: int = 0
    unseen: int = 0
    missed: list[Truth] = field(default_factory=list)
    invented: list[tuple[str, Interval]] = field(default_factory=list)


def compare(recording: Recording, truths: Iterable[Truth], excused: tuple[float, float]) -> Compared:
    """Match each outage that was made with what was recorded of each of its services."""
    compared = Compared()
    tracks = {track.watched.name: track for track in recording.tracks if not track.watched.held}
    left = {name: track.outages for name, track in tracks.items()}
    for truth in truths:
        for name in truth.services:
            left[name] = _matched(compared, truth, tracks[name], left[name])
    for name, outages in left.items():
        excuse = excused if name in WITH_THE_DATABASE else (0.0, 0.0)
        compared.invented += [(name, each) for each in outages if not within([each], *excuse)]
    return compared


def _matched(compared: Compared, truth: Truth, track: Track, left: list[Interval]) -> list[Interval]:
    beat = track.watched.every
    span = truth.begin - beat, truth.end + beat
    fitting, unknown = [each for each in left if within([each], *span)], within(track.unknown, *span)
    compared.found += bool(fitting)
    compared.unseen += bool(unknown)
    if fitting and not unknown:
        compared.begins.append(fitting[0].begin - truth.begin)
        compared.ends.append(fitting[-1].end - truth.end)
    if not fitting and not unknown:
        compared.missed.append(truth)
    return [each for each in left if each not in fitting]


def told(recording: Recording, truths: Sequence[Truth], excused: tuple[float, float]) -> Iterator[str]:
    """Say what was measured."""
    every, found = recording.watch.every, compare(recording, truths, excused)
    long = [truth for truth in found.missed if truth.end - truth.begin > 2 * every]
    services = sum(len(truth.services) for truth in truths)
    tracks = [track for track in recording.tracks if not track.watched.held]
    count, unknown = sum(track.samples for track in tracks), [each for track in tracks for each in track.unknown]
    load = f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
    yield f"beat {every} s, {recording.end:.0f} s, {count} samples, {load}"
    yield f"{len(truths)} outages made, {services} of services: {found.found} found, {found.unseen} partly unseen"
    yield f"missed: {len(found.missed)}, of more than two beats: {len(long)}; invented: {len(found.invented)}"
    yield f"unknown: {sum(each.seconds for each in unknown):.1f} s of {len(tracks)} services together"
    for name, errors in (("begins", found.begins), ("ends", found.ends)):
        if ordered := sorted(errors):
            beyond = sum(abs(error) > every for error in ordered)
            middle = ordered[len(ordered) // 2]
            yield f"{name}: {ordered[0]:+.3f} to {ordered[-1]:+.3f} s, median {middle:+.3f} s, {beyond} beyond a beat"
    for name, each in found.invented[:20]:
        yield f"invented: {name} at {each.begin:.2f} for {each.seconds:.2f} s: {each.stage} {each.text}"


def main() -> None:
    """Watch the lab, make outages or none, and print what was measured."""
    every, quiet = float(sys.argv[1]), float(sys.argv[2]) if sys.argv[2:] else 0.0
    with tempfile.TemporaryDirectory() as runs:
        with watches.watched(load("lab"), every=every, runs=Path(runs)) as folder:
            truths, excused = ([], (0.0, 0.0)) if quiet else made(Store())
            time.sleep(quiet or SETTLING)  # the last outage's end is to be seen, too
        recording = read(folder)
    origin = recording.watch.origin
    ours = [Truth(each.services, each.begin - origin, each.end - origin) for each in truths]
    for line in told(recording, ours, (excused[0] - origin, excused[1] - origin)):
        Console(width=160).print(line, highlight=False, markup=False)


if __name__ == "__main__":
    main()
