"""How values and results compare with the accepted baseline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from reports.comparison import compared, missing, sentence
from reports.results import Difference, Observation, Result
from reports.rules import Operator, Rule
from reports.values import compare
from reports.verdicts import Change, Verdict
from tests.unit.reports_samples import a_result, a_run

P, F, U, W, N = Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("rule", "before", "after", "holds", "meaning"),
    [
        (Rule.same(), 200, 200, True, ""),
        (Rule.same(), {"a": 1, "b": 2}, {"b": 2, "a": 1}, True, ""),
        (Rule.same(), "Intranet", "Error", False, "not the same"),
        (Rule.same(), True, 1, False, "not the same"),
        (Rule.same(), None, "", False, "not the same"),
        (Rule.same(), ["A", "B"], ["A"], False, "lost B"),
        (Rule.same(), ["A"], ["A", "B"], False, "gained B"),
        (Rule.same(), ["A", "B"], ["B", "A"], False, "in another order or number"),
        (Rule.same(), ["A", "A"], ["A"], False, "in another order or number"),
        (Rule.lost_none(), ["A", "B"], ["B", "A"], True, ""),
        (Rule.lost_none(), ["A"], ["A", "B"], True, "gained B"),
        (Rule.lost_none(), ["A", "B"], ["A"], False, "lost B"),
        (Rule.lost_none(), ["A", "B"], ["A", "C"], False, "lost B and gained C"),
        (Rule.lost_none(), [], [], True, ""),
        (Rule.lost_none(), ["A"], "A", False, "cannot be compared: not a list both times"),
        (Rule.lost_none(), ["A"], None, False, "cannot be compared: not a list both times"),
        (Rule.not_grown(), 5, 5, True, ""),
        (Rule.not_grown(), 5, 4, True, "20% lower"),
        (Rule.not_grown(), 5, 6, False, "20% higher"),
        (Rule.not_grown(), 0, 3, False, "3 higher"),
        (Rule.not_grown(), [22, 443], [443], True, "lost 22"),
        (Rule.not_grown(), [443], [443, 8080], False, "gained 8080"),
        (Rule.not_grown(), "5", 5, False, "cannot be compared: not a number or list both times"),
        (Rule.within(50), 0.4, 0.6, True, ""),
        (Rule.within(50), 0.4, 0.61, False, "52% higher, more than 50 %"),
        (Rule.within(50), 100, 49, False, "51% lower, more than 50 %"),
        (Rule.within(200), 0.4, 0.001, True, ""),
        (Rule.within(10), -10, -11, True, ""),
        (Rule.within(10), 0, 0, True, ""),
        (Rule.within(10), 0, 1, False, "1 higher, more than 10 %"),
        (Rule.within(10), True, True, False, "cannot be compared: not a number both times"),
        (Rule.within(10), 10**400, 10**400, False, "cannot be compared: not a number both times"),
        (Rule.not_above(50), 0.4, 0.6, True, ""),
        (Rule.not_above(50), 0.4, 0.01, True, ""),
        (Rule.not_above(50), 0.4, 0.61, False, "52% higher, more than 50 %"),
        (Rule.not_above(50), "fast", 0.1, False, "cannot be compared: not a number both times"),
        (Rule.newer(), "4.5.0", "4.6.0", True, "newer"),
        (Rule.newer(), "4.9", "4.10", True, "newer"),
        (Rule.newer(), "4.5.0", "4.5.0", False, "not newer"),
        (Rule.newer(), "4.6.0", "4.6.0~rc1", False, "not newer"),
        (Rule.newer(), "4.6.0~rc1", "4.6.0", True, "newer"),
        (Rule.newer(), "4.5.0", "4.5.0-1", True, "newer"),
        (Rule.newer(), "2026-11-23T04:00:00+00:00", "2027-01-01T00:00:00+00:00", True, "newer"),
        (Rule.newer(), 7, 8, True, "newer"),
        (Rule.newer(), "", "4", True, "newer"),
        (Rule.newer(), "4", 5, False, "cannot be compared: not a release, date or number both times"),
    ],
)
def test_rule(rule: Rule, before: JsonValue, after: JsonValue, holds: bool, meaning: str) -> None:
    outcome = compare(rule, before, after)
    assert (outcome.holds, outcome.meaning) == (holds, meaning)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(), values, max_size=4),
    max_leaves=8,
)
rules = st.sampled_from(
    [Rule.same(), Rule.lost_none(), Rule.not_grown(), Rule.within(10), Rule.not_above(10), Rule.newer()]
)


@given(rules, json_values, json_values)
def test_no_pair_of_values_breaks_the_comparison_and_a_broken_rule_always_says_why(
    rule: Rule, before: JsonValue, after: JsonValue
) -> None:
    outcome = compare(rule, before, after)
    assert outcome.holds or outcome.meaning


@given(json_values)
def test_a_value_is_the_same_as_itself(value: JsonValue) -> None:
    assert compare(Rule.same(), value, value).holds


@pytest.mark.parametrize("fields", [{"operator": Operator.WITHIN}, {"operator": Operator.SAME, "percent": 3.0}])
def test_only_rules_about_shares_have_a_percentage(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="percent goes with"):
        Rule.model_validate(fields)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (P, P, Change.UNCHANGED),
        (P, F, Change.REGRESSED),
        (P, U, Change.CHANGED),
        (P, W, Change.CHANGED),
        (P, N, Change.CHANGED),
        (F, P, Change.FIXED),
        (F, F, Change.UNCHANGED),
        (F, U, Change.CHANGED),
        (U, P, Change.CHANGED),
        (U, F, Change.CHANGED),
        (U, U, Change.UNCHANGED),
        (N, P, Change.CHANGED),
        (W, F, Change.CHANGED),
    ],
)
def test_change_of_verdict(before: Verdict, after: Verdict, change: Change) -> None:
    result = compared(a_result(verdict=before), a_result(verdict=after))
    assert (result.change, result.verdict_before) == (change, before)


def test_a_result_that_the_baseline_does_not_have_is_new() -> None:
    assert compared(None, a_result()).change is Change.NEW


def seeing(value: JsonValue, rule: Rule | None, verdict: Verdict = P) -> Result:
    return a_result(verdict=verdict, observations=(Observation(name="portal.applications", value=value, rule=rule),))


def test_a_difference_that_the_rule_allows_is_a_change_with_both_values() -> None:
    result = compared(seeing(["A"], Rule.lost_none()), seeing(["A", "B"], Rule.lost_none()))
    [difference] = result.changes
    assert (result.change, difference.before, difference.after) == (Change.CHANGED, ["A"], ["A", "B"])


@pytest.mark.parametrize("before", [P, F])
@pytest.mark.parametrize("after", [P, F])
def test_a_broken_rule_is_a_regression_whatever_the_verdicts(before: Verdict, after: Verdict) -> None:
    result = compared(seeing(["A"], Rule.lost_none(), before), seeing([], Rule.lost_none(), after))
    assert result.change is Change.REGRESSED


def test_a_value_without_a_rule_is_not_compared() -> None:
    assert compared(seeing(1, None), seeing(2, None)).change is Change.UNCHANGED


def test_a_value_that_is_looked_at_no_more_is_a_change() -> None:
    result = compared(seeing(1, Rule.same()), a_result())
    assert (result.change, result.changes[0].meaning) == (Change.CHANGED, "no longer observed")


def test_a_scenario_that_failed_early_is_not_blamed_for_what_it_did_not_reach() -> None:
    assert compared(seeing(1, Rule.same()), a_result(verdict=F)).changes == ()


def test_what_the_baseline_had_and_the_run_has_not_is_missing() -> None:
    gone = a_result(subject="gone")
    before = a_run(results=(a_result(), gone, a_result(subject="never", verdict=N)))
    [result] = missing(before, a_run(results=(a_result(),)))
    assert (result.key, result.verdict, result.verdict_before, result.change) == (gone.key, U, P, Change.MISSING)


def test_nothing_is_missing_from_a_partial_run() -> None:
    assert missing(a_run(results=(a_result(),)), a_run(partial=True)) == []


def test_what_another_phase_judges_is_not_missing() -> None:
    before = a_run(results=(a_result("WEB-01"), a_result("QUAL-01", "pilot1")))
    assert [result.criterion for result in missing(before, a_run(), elsewhere={"WEB-01"})] == ["QUAL-01"]


def test_of_long_lists_a_sentence_says_what_they_lost() -> None:
    before: list[JsonValue] = [f"20261005T1648{n:02}Z-ssh-carol" for n in range(20)]
    lost = Difference(name="recordings.kept", before=before, after=before[1:], meaning=f"lost {before[0]}")
    assert sentence(lost) == f"recordings.kept lost {before[0]}"
