"""Stretches in which a service was not well, and what can be done with several of them. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reports.samples import Stage, State

BLIND = 2.0
"""Beats: shorter outages may be missed, so a shorter stretch without sight says nothing either."""


@dataclass(frozen=True)
class Interval:
    """A stretch in which a service was not well, in seconds since the watch began."""

    begin: float
    end: float
    state: State
    stage: Stage | None = None
    text: str = ""
    kept: bool = False

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.end - self.begin


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """Return intervals put together where they touch or overlap; the first one's words stay."""
    found: list[Interval] = []
    for each in sorted(intervals, key=lambda interval: (interval.begin, interval.end)):
        if found and each.begin <= found[-1].end:
            found[-1] = replace(found[-1], end=max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def blind(unknown: Iterable[Interval], every: float) -> list[Interval]:
    """Return the stretches without sight that are long enough to hide an outage that is seen at this beat."""
    return [each for each in united(unknown) if each.seconds > BLIND * every]


def common(several: Iterable[Iterable[Interval]]) -> list[Interval]:
    """Return the stretches that are in each of several lists of intervals; the words of the last one stay."""
    first, *others = (united(intervals) for intervals in several)
    for intervals in others:
        first = [part for each in first for part in within(intervals, each.begin, each.end)]
    return first


def without(intervals: Iterable[Interval], cut: Sequence[Interval]) -> list[Interval]:
    """Return what is left of intervals outside those in `cut`."""
    left = list(intervals)
    for gone in cut:
        left = [part for each in left for part in _outside(each, gone)]
    return left


def within(intervals: Iterable[Interval], begin: float, end: float) -> list[Interval]:
    """Return the parts of intervals that lie between two moments."""
    parts = [replace(each, begin=max(each.begin, begin), end=min(each.end, end)) for each in intervals]
    return [part for part in parts if part.end > part.begin]


def total(intervals: Iterable[Interval]) -> float:
    """Return how many seconds intervals last together, each second counted once."""
    return sum(each.seconds for each in united(intervals))


def _outside(interval: Interval, gone: Interval) -> list[Interval]:
    if gone.end <= interval.begin or gone.begin >= interval.end:
        return [interval]
    before, after = replace(interval, end=gone.begin), replace(interval, begin=gone.end)
    return [part for part in (before, after) if part.end > part.begin]
