"""A waiver turns a failure into a reservation, until its day is over; nothing that it does is hidden."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from reports.comparison import compared
from reports.page import page
from reports.records import Phase, Run
from reports.results import Waiver
from reports.run import load
from reports.run_store import RunStore
from reports.verdicts import Change, RunVerdict, Verdict
from reports.waivers import standing, waived
from tests.unit.reports_samples import STARTED, a_result, a_run, unscrubbed
from tests.unit.scene_samples import Scene, accepted_baseline, exercise

TODAY = STARTED.date()
SCENE = Scene("WEB-01", "It opens", "Web", "Intranet", ("Then it opens",), "edge gateway")
FAILING = Scene("WEB-01", "It opens", "Web", "Intranet", ("Then it opens",), "edge gateway", fails="It shows an error")


def a_waiver(until: date = TODAY, **changes: str) -> Waiver:
    waiver = Waiver(criterion="WEB-01", subject="Intranet", reason="It moves in May", who="Jane Doe", until=until)
    return waiver.model_copy(update=changes)


def a_run_of(root: Path, scene: Scene, waiver: Waiver) -> Run:
    store = RunStore.begin(root, a_run(waivers=(waiver,)), scrub=unscrubbed)
    exercise(store, scene)
    store.finish()
    return load(store.folder)


@pytest.mark.parametrize("bad", [Verdict.FAILED, Verdict.UNKNOWN])
def test_what_did_not_pass_is_waived_and_keeps_what_it_was(bad: Verdict) -> None:
    result = waived(a_result(verdict=bad), [a_waiver()], TODAY)
    assert (result.verdict, result.found, result.waiver) == (Verdict.WAIVED, bad, a_waiver())


@pytest.mark.parametrize("well", [Verdict.PASSED, Verdict.NOT_APPLICABLE])
def test_what_needs_no_waiver_gets_none(well: Verdict) -> None:
    assert waived(a_result(verdict=well), [a_waiver()], TODAY) == a_result(verdict=well)


@pytest.mark.parametrize("other", [{"criterion": "WEB-02"}, {"subject": "Admin notes"}])
def test_a_waiver_counts_for_its_own_criterion_and_subject_only(other: dict[str, str]) -> None:
    assert waived(a_result(verdict=Verdict.FAILED), [a_waiver(TODAY, **other)], TODAY).verdict is Verdict.FAILED


def test_a_waiver_counts_on_its_last_day_and_no_longer(tmp_path: Path) -> None:
    assert a_run_of(tmp_path, FAILING, a_waiver(TODAY)).verdict is RunVerdict.GO_WITH_RESERVATIONS
    assert a_run_of(tmp_path, FAILING, a_waiver(TODAY - timedelta(days=1))).verdict is RunVerdict.NO_GO


def test_the_day_is_that_of_where_the_run_is_made(tmp_path: Path) -> None:
    """21:04 UTC on the 23rd is the 24th in Tokyo."""
    environment = a_run().environment.model_copy(update={"time_zone": "Asia/Tokyo"})
    store = RunStore.begin(tmp_path, a_run(waivers=(a_waiver(TODAY),), environment=environment), scrub=unscrubbed)
    assert exercise(store, FAILING).verdict is Verdict.FAILED


def test_a_waived_failure_is_a_reservation_that_says_who_why_and_until_when(tmp_path: Path) -> None:
    [reason] = a_run_of(tmp_path, FAILING, a_waiver()).reasons
    assert reason.startswith("Waived: edge gateway: It opens (WEB-01, Intranet): It shows an error")
    assert "waived by Jane Doe until 23 November 2026: It moves in May" in reason


def test_an_expired_waiver_says_so_in_the_reason(tmp_path: Path) -> None:
    [reason] = a_run_of(tmp_path, FAILING, a_waiver(TODAY - timedelta(days=1))).reasons
    assert "its waiver by Jane Doe expired on 22 November 2026 and counts no more" in reason


def test_a_waived_regression_is_no_longer_a_no_go_but_still_called_one(tmp_path: Path) -> None:
    baseline = accepted_baseline(tmp_path, [SCENE])
    store = RunStore.begin(tmp_path, a_run(Phase.VALIDATE, waivers=(a_waiver(),)), scrub=unscrubbed, baseline=baseline)
    result = exercise(store, FAILING)
    assert (result.verdict, result.change) == (Verdict.WAIVED, Change.REGRESSED)
    assert store.finish().verdict is RunVerdict.GO_WITH_RESERVATIONS


def test_a_failure_waived_before_and_now_did_not_change(tmp_path: Path) -> None:
    store = RunStore.begin(tmp_path, a_run(waivers=(a_waiver(),)), scrub=unscrubbed)
    before = exercise(store, FAILING)
    assert before.verdict is Verdict.WAIVED
    assert compared(before, a_result(verdict=Verdict.FAILED)).change is Change.UNCHANGED


def test_what_is_missing_may_be_waived(tmp_path: Path) -> None:
    other = Scene("WEB-01", "It opens", "Web", "Admin notes", ("Then it opens",))
    baseline = accepted_baseline(tmp_path, [SCENE, other])
    run = a_run(Phase.VALIDATE, waivers=(a_waiver(),))
    store = RunStore.begin(tmp_path, run, scrub=unscrubbed, baseline=baseline)
    exercise(store, other)
    assert store.finish().verdict is RunVerdict.GO_WITH_RESERVATIONS


@pytest.mark.parametrize(
    ("waiver", "scene", "words"),
    [
        (a_waiver(), FAILING, "counts: it did not pass"),
        (a_waiver(), SCENE, "not needed: it passed"),
        (a_waiver(TODAY - timedelta(days=1)), SCENE, "expired on 22 November 2026: counts no more"),
        (a_waiver(subject="Nowhere"), SCENE, "counts until 23 November 2026"),
    ],
)
def test_the_page_lists_every_waiver_and_what_it_did(tmp_path: Path, waiver: Waiver, scene: Scene, words: str) -> None:
    run = a_run_of(tmp_path, scene, waiver)
    assert standing(waiver, run.day, [run]) == words
    assert words in page(run, tmp_path, None)
    assert "It moves in May" in page(run, tmp_path, None)
