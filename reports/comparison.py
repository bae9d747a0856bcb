"""How a result compares with the accepted baseline: pure functions."""

from __future__ import annotations

from collections.abc import Collection

from reports.records import Run
from reports.results import Difference, Observation, Result
from reports.values import Comparison, compare
from reports.verdicts import Change, Verdict
from reports.wording import said

MOVED = ("lost ", "gained ")
READABLE = 120
"""Characters of both values up to which showing them whole helps."""


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
    """Say a difference in one sentence; of long lists only what they lost and gained."""
    was, now = said(difference.before), said(difference.after)
    if difference.meaning.startswith(MOVED) and len(was) + len(now) > READABLE:
        return f"{difference.name} {difference.meaning}"
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
