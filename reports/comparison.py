"""How a result compares with the accepted baseline: pure functions."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeGuard

from pydantic import JsonValue

from reports.records import Run
from reports.results import Difference, Observation, Result
from reports.rules import Operator, Rule
from reports.verdicts import Change, Verdict
from reports.wording import listed, said


@dataclass(frozen=True)
class Comparison:
    """Whether a rule holds, and what the difference means: empty where there is nothing to say."""

    holds: bool
    meaning: str = ""


def compare(rule: Rule, before: JsonValue, after: JsonValue) -> Comparison:
    """Apply a rule to a value and its value before. Values that a rule is not made for break it."""
    return _RULES[rule.operator](before, after, rule.percent)


def compared(before: Result | None, after: Result) -> Result:
    """Return `after` with what changed since `before`, None where the baseline does not have it."""
    if before is None:
        return after.model_copy(update={"verdict_before": None, "change": Change.NEW, "changes": ()})
    changes = tuple(_differences(before, after))
    change = _change(before, after, changes)
    return after.model_copy(update={"verdict_before": before.verdict, "change": change, "changes": changes})


def missing(before: Run, after: Run, elsewhere: Collection[str] = ()) -> list[Result]:
    """Return what the baseline had and this run has not: criteria on subjects. Nothing for a partial run.

    The criteria `elsewhere` (IDs) are left to another phase's run.
    """
    if after.partial:
        return []
    have = {result.key for result in after.results}
    return [
        _absent(result, after)
        for result in before.results
        if result.key not in have and result.verdict is not Verdict.NOT_APPLICABLE and result.criterion not in elsewhere
    ]


def broken(observation: Observation, before: Result) -> Difference | None:
    """Return how an observation breaks its rule against `before`; None where it holds or nothing can be compared."""
    found = _find(before, observation.name)
    if observation.rule is None or found is None:
        return None
    outcome = compare(observation.rule, found.value, observation.value)
    return None if outcome.holds else _difference(observation, found, outcome)


def sentence(difference: Difference) -> str:
    """Say a difference in one sentence."""
    was, now = said(difference.before), said(difference.after)
    return f"{difference.name} was {was} before and is {now} now: {difference.meaning}"


def _absent(result: Result, after: Run) -> Result:
    return result.model_copy(
        update={
            "verdict": Verdict.UNKNOWN,
            "verdict_before": result.verdict,
            "change": Change.MISSING,
            "changes": (),
            "reason": "The accepted baseline has it and this run does not",
            "advice": "Put back the criterion or its subject, or accept a new baseline without it",
            "started": after.started,
            "seconds": 0.0,
            "steps": (),
            "observations": (),
            "evidence": (),
        }
    )


def _differences(before: Result, after: Result) -> list[Difference]:
    """Say what differs in the values that have a rule; a rule that is broken comes first."""
    differing = []
    for observation in after.observations:
        found = _find(before, observation.name)
        if observation.rule is not None and found is not None:
            outcome = compare(observation.rule, found.value, observation.value)
            if outcome.meaning:
                differing.append((outcome.holds, _difference(observation, found, outcome)))
    ordered = [difference for _, difference in sorted(differing, key=lambda pair: pair[0])]
    return ordered + _no_longer_observed(before, after)


def _no_longer_observed(before: Result, after: Result) -> list[Difference]:
    """Say which values are looked at no more. A scenario that failed stopped early: that says nothing."""
    if after.verdict is not Verdict.PASSED:
        return []
    return [
        Difference(name=observation.name, before=observation.value, after=None, meaning="no longer observed")
        for observation in before.observations
        if observation.rule is not None and _find(after, observation.name) is None
    ]


def change_of(before: Verdict, after: Verdict) -> Change:
    """Say what the step from one verdict to another is."""
    if (before, after) == (Verdict.PASSED, Verdict.FAILED):
        return Change.REGRESSED
    if (before, after) == (Verdict.FAILED, Verdict.PASSED):
        return Change.FIXED
    return Change.UNCHANGED if before is after else Change.CHANGED


def _change(before: Result, after: Result, changes: tuple[Difference, ...]) -> Change:
    if any(broken(observation, before) for observation in after.observations):
        return Change.REGRESSED
    change = change_of(before.found, after.found)
    return Change.CHANGED if changes and change is Change.UNCHANGED else change


def _find(result: Result, name: str) -> Observation | None:
    return next((observation for observation in result.observations if observation.name == name), None)


def _difference(observation: Observation, before: Observation, outcome: Comparison) -> Difference:
    return Difference(name=observation.name, before=before.value, after=observation.value, meaning=outcome.meaning)


def _same(before: JsonValue, after: JsonValue, _: float | None) -> Comparison:
    if _canonical(before) == _canonical(after):
        return Comparison(holds=True)
    if isinstance(before, list) and isinstance(after, list):
        return Comparison(holds=False, meaning=_moved(before, after) or "in another order or number")
    return Comparison(holds=False, meaning="not the same")


def _lost_none(before: JsonValue, after: JsonValue, _: float | None) -> Comparison:
    if not (isinstance(before, list) and isinstance(after, list)):
        return _not_comparable("list")
    return Comparison(holds=not _without(before, after), meaning=_moved(before, after))


def _not_grown(before: JsonValue, after: JsonValue, _: float | None) -> Comparison:
    if isinstance(before, list) and isinstance(after, list):
        return Comparison(holds=not _without(after, before), meaning=_moved(before, after))
    if not (_is_number(before) and _is_number(after)):
        return _not_comparable("number or list")
    return Comparison(holds=after <= before, meaning=_share(before, after))


def _within(before: JsonValue, after: JsonValue, percent: float | None) -> Comparison:
    """Within is meant to absorb small differences, so it has nothing to say while it holds."""
    if percent is None or not (_is_number(before) and _is_number(after)):
        return _not_comparable("number")
    if abs(after - before) <= abs(before) * percent / 100:
        return Comparison(holds=True)
    return Comparison(holds=False, meaning=f"{_share(before, after)}, more than {percent:g} %")


def _not_above(before: JsonValue, after: JsonValue, percent: float | None) -> Comparison:
    """Being lower is what one hopes for, so it has nothing to say then."""
    if _is_number(before) and _is_number(after) and after <= before:
        return Comparison(holds=True)
    return _within(before, after, percent)


def _newer(before: JsonValue, after: JsonValue, _: float | None) -> Comparison:
    if _is_number(before) and _is_number(after):
        holds = after > before
    elif isinstance(before, str) and isinstance(after, str):
        holds = _release_order(after) > _release_order(before)
    else:
        return _not_comparable("release, date or number")
    return Comparison(holds=holds, meaning="newer" if holds else "not newer")


_RULES: dict[Operator, Callable[[JsonValue, JsonValue, float | None], Comparison]] = {
    Operator.SAME: _same,
    Operator.LOST_NONE: _lost_none,
    Operator.NOT_GROWN: _not_grown,
    Operator.WITHIN: _within,
    Operator.NOT_ABOVE: _not_above,
    Operator.NEWER: _newer,
}


def _is_number(value: JsonValue) -> TypeGuard[int | float]:
    """Tell numbers that can be reckoned with: an integer of 400 digits cannot be multiplied by a fraction."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _canonical(value: JsonValue) -> str:
    """Write a value so that equal means equal: in Python True == 1, in a report they are not the same."""
    return json.dumps(value, sort_keys=True)


def _without(values: list[JsonValue], others: list[JsonValue]) -> list[JsonValue]:
    """Return the values that are not among the others."""
    known = {_canonical(other) for other in others}
    return [value for value in values if _canonical(value) not in known]


def _moved(before: list[JsonValue], after: list[JsonValue]) -> str:
    """Say what a list lost and gained."""
    lost, gained = _without(before, after), _without(after, before)
    said_of = [f"lost {listed(lost)}"] if lost else []
    said_of += [f"gained {listed(gained)}"] if gained else []
    return " and ".join(said_of)


def _share(before: float, after: float) -> str:
    """Say by how much a number rose or fell."""
    if after == before:
        return ""
    direction = "higher" if after > before else "lower"
    return f"{abs(after - before) / abs(before):.0%} {direction}" if before else f"{said(after)} {direction}"


def _not_comparable(wanted: str) -> Comparison:
    return Comparison(holds=False, meaning=f"cannot be compared: not a {wanted} both times")


def _release_order(text: str) -> list[tuple[int, int, str]]:
    """Order releases and ISO dates: digits by their value, and as in Debian a ~ before the end of the text."""
    pieces = re.findall(r"[0-9]+|~[^0-9]*|[^0-9~]+", text)
    return [*map(_piece_order, pieces), (0, 0, "")]


def _piece_order(piece: str) -> tuple[int, int, str]:
    if piece[0] == "~":
        return -1, 0, piece
    return (2, int(piece), "") if piece[0].isdigit() else (1, 0, piece)
