"""How a result compares with the accepted baseline: pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from reports.records import Result, Rule, Run


@dataclass(frozen=True)
class Comparison:
    """Whether a rule holds, and what the difference means; None where there is nothing to say."""

    holds: bool
    meaning: str | None


def compare(rule: Rule, before: JsonValue, after: JsonValue) -> Comparison:
    """Apply a rule to a value and its value before."""
    raise NotImplementedError


def compared(before: Result | None, after: Result) -> Result:
    """`after` with what changed since `before`."""
    raise NotImplementedError


def missing(before: Run, after: Run) -> list[Result]:
    """Criteria × subjects that the baseline had and this run has not; none for a partial run."""
    raise NotImplementedError
