"""The verdict of a run, as a table of what decides it."""

from __future__ import annotations

import pytest

from reports.records import BaselineReference, Phase, Run
from reports.results import Difference, Result
from reports.verdict import judge
from reports.verdicts import Change, RunVerdict, Verdict
from tests.unit.reports_samples import a_result, a_run, broke

GO, NO_GO = RunVerdict.GO, RunVerdict.NO_GO
NOT_JUDGED, RESERVATIONS = RunVerdict.NOT_JUDGED, RunVerdict.GO_WITH_RESERVATIONS
P, F, U, W, N = Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.NOT_APPLICABLE
REFERENCE = BaselineReference(run="r", sha256="b" * 64, target_sha256="a" * 64)


def validated(*results: Result, **changes: object) -> Run:
    fine = a_result(subject="fine", verdict_before=P, change=Change.UNCHANGED)
    defaults: dict[str, object] = {"baseline": REFERENCE, "complete": True, "results": (fine, *results)}
    return a_run(Phase.VALIDATE, **(defaults | changes))


@pytest.mark.parametrize(
    ("verdict", "before", "change", "expected"),
    [
        (P, P, Change.UNCHANGED, GO),
        (P, P, Change.CHANGED, GO),
        (P, F, Change.FIXED, GO),
        (P, U, Change.CHANGED, GO),
        (P, None, Change.NEW, GO),
        (P, P, Change.REGRESSED, NO_GO),
        (F, P, Change.REGRESSED, NO_GO),
        (F, F, Change.REGRESSED, NO_GO),
        (F, None, Change.NEW, NO_GO),
        (F, U, Change.CHANGED, NO_GO),
        (F, W, Change.CHANGED, NO_GO),
        (F, N, Change.CHANGED, NO_GO),
        (F, F, Change.UNCHANGED, RESERVATIONS),
        (F, F, Change.CHANGED, RESERVATIONS),
        (U, P, Change.MISSING, NO_GO),
        (U, U, Change.MISSING, NO_GO),
        (U, F, Change.MISSING, RESERVATIONS),
        (U, P, Change.CHANGED, NOT_JUDGED),
        (U, F, Change.CHANGED, NOT_JUDGED),
        (U, U, Change.UNCHANGED, RESERVATIONS),
        (U, None, Change.NEW, RESERVATIONS),
        (W, P, Change.CHANGED, RESERVATIONS),
        (W, W, Change.UNCHANGED, RESERVATIONS),
        (N, P, Change.CHANGED, RESERVATIONS),
        (N, N, Change.UNCHANGED, GO),
        (N, None, Change.NEW, GO),
    ],
)
def test_one_result_among_good_ones_decides(
    verdict: Verdict, before: Verdict | None, change: Change, expected: RunVerdict
) -> None:
    run = validated(a_result(verdict=verdict, verdict_before=before, change=change))
    assert judge(run).verdict is expected


@pytest.mark.parametrize(("verdict", "expected"), [(P, GO), (F, NO_GO), (U, RESERVATIONS), (W, RESERVATIONS), (N, GO)])
def test_a_baseline_has_no_past_to_excuse_it(verdict: Verdict, expected: RunVerdict) -> None:
    run = a_run(Phase.BASELINE, complete=True, results=(a_result(subject="fine"), a_result(verdict=verdict)))
    assert judge(run).verdict is expected


@pytest.mark.parametrize(
    ("run", "expected", "reason"),
    [
        (validated(results=()), NOT_JUDGED, "Nothing was judged"),
        (validated(results=(a_result(verdict=U, verdict_before=U),)), NOT_JUDGED, "Nothing was judged"),
        (validated(complete=False), NOT_JUDGED, "incomplete"),
        (validated(baseline=None), NOT_JUDGED, "no accepted baseline"),
        (validated(partial=True), RESERVATIONS, "Only a selection"),
        (validated(baseline=REFERENCE.model_copy(update={"target_sha256": "c" * 64})), RESERVATIONS, "target file"),
    ],
)
def test_the_run_itself_decides(run: Run, expected: RunVerdict, reason: str) -> None:
    judgement = judge(run)
    assert judgement.verdict is expected
    assert reason in judgement.reasons[0]


def test_what_broke_outweighs_what_could_not_be_judged() -> None:
    run = validated(a_result(verdict=F, verdict_before=P, change=Change.REGRESSED), complete=False)
    judgement = judge(run)
    assert judgement.verdict is NO_GO
    assert any("incomplete" in reason for reason in judgement.reasons)


def test_exit_codes() -> None:
    assert {verdict: verdict.exit_code for verdict in RunVerdict} == {GO: 0, NO_GO: 1, NOT_JUDGED: 2, RESERVATIONS: 3}


def test_the_first_line_names_component_machine_before_and_after() -> None:
    behind = broke(
        "mc2",
        "mediation controller",
        "mc2",
        reason="mc2 shows 4.5.0, and 4.6.0 is expected",
        changes=(Difference(name="version", before="4.5.0", after="4.5.0", meaning="not newer"),),
    )
    service = broke("portal", "mediation controller", None, reason="no answer")
    first, *others = judge(validated(service, behind)).reasons
    assert first.startswith("mediation controller on mc2: ")
    assert "4.6.0 is expected; version was 4.5.0 before and is 4.5.0 now: not newer" in first
    assert first.endswith("(1 more failure behind it)")
    assert others == []


def test_good_runs_say_how_much_passed() -> None:
    assert judge(validated()).reasons == ("All 1 results that apply passed and nothing regressed since the baseline",)
