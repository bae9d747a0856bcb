"""From samples to intervals: when a service was away, how it failed, and during which step. Pure functions.

The rules (design.md, Watching): an outage begins when the first failing attempt started, and ends when an attempt
was answered again. Where nobody looked, or our own network was gone, the state is unknown, which is never well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from reports.intervals import Interval, united, within, without
from reports.samples import CONTROL, Mark, Sample, Stage, State, Watched, WatchFile, marks, read_watch, samples

MISSED = 1.75
"""Beats from one sample to the next from which on one is missing."""


@dataclass(frozen=True)
class Step:
    """An upgrade step of one machine; without an end it was never said to have ended."""

    component: str
    machine: str | None
    begin: float
    end: float | None

    def until(self, else_: float) -> float:
        """Return its end, or the given moment where it has none."""
        return else_ if self.end is None else self.end

    def __str__(self) -> str:
        return f"{self.component} on {self.machine}" if self.machine else self.component


@dataclass(frozen=True)
class Track:
    """A watched service or session: where it was not well.

    `begin` is its first sample, `last` its last state, over a new connection.
    """

    watched: Watched
    away: tuple[Interval, ...]
    unknown: tuple[Interval, ...]
    begin: float
    samples: int
    last: State

    @property
    def outages(self) -> list[Interval]:
        """Return its outages, each change of error and each kind of connection put together."""
        return united(self.away)


@dataclass(frozen=True)
class Recording:
    """A whole watch, as it is judged and drawn; `end` is its last sample, in seconds since it began."""

    watch: WatchFile
    end: float
    tracks: tuple[Track, ...]
    steps: tuple[Step, ...]
    marks: tuple[Mark, ...]

    def track(self, name: str) -> Track | None:
        """Return the track of that service or session."""
        return next((track for track in self.tracks if track.watched.name == name), None)


@dataclass
class Stream:
    """Turns the samples of one service over one kind of connection into intervals, keeping none of them.

    Its watch begins with its first sample: before it, the sampler was not yet there.
    """

    every: float
    kept: bool = False
    intervals: list[Interval] = field(default_factory=list)
    begin: float = 0.0
    count: int = 0
    last: State = State.UNKNOWN
    _at: float = 0.0
    _open: Interval | None = None

    def add(self, sample: Sample) -> None:
        """Take the next sample, in the order of their starts."""
        if self.count and sample.at - self._at > MISSED * self.every:
            self._turn(self._at + self.every, State.UNKNOWN, text="no sample was taken")
        if not self.count:
            self.begin = sample.at
        self.count += 1
        self._at, self.last = sample.at, sample.state
        self._turn(self._moment(sample), sample.state, sample.stage, sample.text)

    def close(self, end: float) -> list[Interval]:
        """Return all intervals, what is open ending at the end of the watch."""
        if end - self._at > MISSED * self.every:
            self._turn(self._at + self.every if self.count else 0.0, State.UNKNOWN, text="no sample was taken")
            self.last = State.UNKNOWN
        self._turn(end, State.OK)
        return self.intervals

    def _moment(self, sample: Sample) -> float:
        """Say since when a state holds: a service is back once it has answered, away since it was first asked."""
        was_away = self._open is not None and self._open.state is not State.UNKNOWN
        return sample.at + sample.took if sample.state is State.OK and was_away else sample.at

    def _turn(self, at: float, state: State, stage: Stage | None = None, text: str = "") -> None:
        """Open and close intervals; a changed error closes one and opens another."""
        now = self._open
        if now and (now.state, now.stage) == (state, stage):
            return
        if now and at > now.begin:
            self.intervals.append(replace(now, end=at))
        self._open = None if state is State.OK else Interval(at, at, state, stage, text, self.kept)


def steps_of(found: Iterable[Mark]) -> list[Step]:
    """Return the steps that marks begin and end, by their begin; an end without a begin is none."""
    steps: list[Step] = []
    for mark in found:
        if mark.what == "begin" and mark.component:
            steps.append(Step(mark.component, mark.machine, mark.at, None))
        elif mark.what == "end":
            _end(steps, mark)
    return sorted(steps, key=lambda step: step.begin)


def read(folder: Path) -> Recording:
    """Read a watch and compute its intervals, holding one sample at a time. Raises RunError."""
    watch = read_watch(folder)
    streams: dict[tuple[str, bool], Stream] = {}
    beats = {each.name: each.every for each in watch.watched} | {CONTROL: watch.every}
    end = 0.0
    for sample in samples(folder):
        key = (sample.service, sample.kept)
        if sample.service in beats:
            streams.setdefault(key, Stream(beats[sample.service], sample.kept)).add(sample)
        end = max(end, sample.at + sample.took)
    said = sorted(marks(folder), key=lambda mark: mark.at)
    return Recording(watch, end, _tracks(watch, streams, end), tuple(steps_of(said)), tuple(said))


def _tracks(watch: WatchFile, streams: dict[tuple[str, bool], Stream], end: float) -> tuple[Track, ...]:
    control = streams.get((CONTROL, False))
    ours = [_widened(each, watch.every) for each in control.close(end)] if control else []
    return tuple(_track(watched, streams, ours, end) for watched in watch.watched)


def _track(watched: Watched, streams: dict[tuple[str, bool], Stream], ours: list[Interval], end: float) -> Track:
    new = streams.get((watched.name, False)) or Stream(watched.every)
    kept = streams.get((watched.name, True))
    intervals = [*new.close(end), *(kept.close(end) if kept else ())]
    away = [each for each in intervals if each.state is not State.UNKNOWN]
    unknown = [each for each in intervals if each.state is State.UNKNOWN]
    hidden = [
        replace(part, state=State.UNKNOWN, text="our own network failed too")
        for gone in ours
        for part in within(away, gone.begin, gone.end)
    ]
    count = new.count + (kept.count if kept else 0)
    blind_at_the_end = new.last is not State.OK and any(gone.end >= end for gone in ours)
    last = State.UNKNOWN if blind_at_the_end else new.last
    return Track(watched, tuple(without(away, ours)), (*unknown, *hidden), new.begin, count, last)


def _widened(interval: Interval, by: float) -> Interval:
    """Take our own network's failure a beat longer on both sides: the control's samples fall between the others."""
    return replace(interval, begin=max(0.0, interval.begin - by), end=interval.end + by)


def _end(steps: list[Step], mark: Mark) -> None:
    for number in reversed(range(len(steps))):
        step = steps[number]
        if (step.component, step.machine, step.end) == (mark.component, mark.machine, None):
            steps[number] = replace(step, end=mark.at)
            return
