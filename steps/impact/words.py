"""How a criterion on the impact says what was recorded, and keeps it as evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports.causes import cause
from reports.evidence import Record
from reports.intervals import Interval, total
from reports.outages import Recording, Step, Track

MOST_TOLD = 3


def keep(recording: Recording, track: Track, record: Record) -> None:
    """Keep a track's interruptions, with the step that each comes from."""
    record.observe("impact.interruptions", len(track.outages))
    record.observe("impact.interrupted_seconds", round(total(track.away), 2))
    if track.away:
        record.text("interruptions", "\n".join(_line(recording, track, each) for each in track.away))


def keep_steps(recording: Recording, steps: Iterable[Step], record: Record) -> None:
    """Keep when each step began and ended."""
    lines = [
        f"{clock(recording, step.begin)} to {clock(recording, step.until(recording.end))}  {step}" for step in steps
    ]
    record.text("steps", "\n".join(lines))


def told(recording: Recording, intervals: Sequence[Interval]) -> str:
    """Say some interruptions in a line: when, for how long, how they failed."""
    shown = [f"{_span(recording, each)} ({_how(each)})" for each in intervals[:MOST_TOLD]]
    more = f" and {len(intervals) - MOST_TOLD} more" if len(intervals) > MOST_TOLD else ""
    return ", ".join(shown) + more


def clock(recording: Recording, at: float) -> str:
    """Say a moment of the watch by the wall clock."""
    return f"{recording.watch.wall(at):%H:%M:%S} UTC"


def _line(recording: Recording, track: Track, each: Interval) -> str:
    step = cause(recording.steps, track.watched, each)
    why = f"during the step {step}" if step else "no step explains it"
    over = ", over a kept connection" if each.kept else ""
    return f"{_span(recording, each)}{over}: {_how(each)} ({why})"


def _how(each: Interval) -> str:
    return f"{each.stage or each.state}: {each.text}" if each.text else f"{each.stage or each.state}"


def _span(recording: Recording, each: Interval) -> str:
    return f"from {clock(recording, each.begin)} for {each.seconds:.1f} s"
