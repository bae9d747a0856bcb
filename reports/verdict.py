"""The verdict of a run: pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from reports.records import Run, RunVerdict


@dataclass(frozen=True)
class Judgement:
    """A run's verdict and why, the root cause first."""

    verdict: RunVerdict
    reasons: tuple[str, ...]


def judge(run: Run) -> Judgement:
    """Judge a run by its results and what changed in them since the baseline."""
    raise NotImplementedError
