"""Which upgrade step an interruption comes from. Pure functions.

What a step may interrupt is the vendor's word (seed); each watched service carries the components whose upgrade
interrupts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports.intervals import Interval
from reports.outages import Step
from reports.samples import State, Watched

AFTERMATH = 10.0
"""Seconds after a step in which what goes wrong is still its doing: services settle, a floating address moves back."""


def explains(step: Step, watched: Watched) -> bool:
    """Tell whether a step may interrupt a service: another machine of the service's own component is no reason."""
    if step.component not in watched.interrupted_by:
        return False
    elsewhere = step.component == watched.component and None not in (step.machine, watched.machine)
    return not elsewhere or step.machine == watched.machine


def under_way(steps: Iterable[Step], interruption: Interval, every: float) -> list[Step]:
    """Return the steps that were under way, or just over, when an interruption began; `every` is the beat."""
    return [step for step in steps if _covers(step, interruption.begin, every)]


def cause(steps: Sequence[Step], watched: Watched, interruption: Interval) -> Step | None:
    """Return the step that an interruption of a service comes from: the last one begun of those that explain it."""
    found = [step for step in under_way(steps, interruption, watched.every) if explains(step, watched)]
    return max(found, key=lambda step: step.begin, default=None)


def explained_by(steps: Iterable[Step], watched: Watched, end: float) -> list[Interval]:
    """Return the stretches in which an interruption of a service is explained; `end` is that of the watch."""
    spans = (with_aftermath(step, end) for step in steps if explains(step, watched))
    return [Interval(begin - watched.every, until, State.UNKNOWN) for begin, until in spans]


def with_aftermath(step: Step, end: float) -> tuple[float, float]:
    """Return a step's begin, and until when what goes wrong is still its doing; `end` is that of the watch."""
    return step.begin, step.until(end) + AFTERMATH


def _covers(step: Step, moment: float, every: float) -> bool:
    """Tell whether a step covers a moment; the sample may have been on its way when the step began."""
    begin, until = with_aftermath(step, moment)
    return begin - every <= moment <= until
