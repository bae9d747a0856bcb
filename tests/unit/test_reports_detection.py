"""What counts as detected, and what a campaign comes to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports import detection, matrix
from reports.detection import Campaign, CleanUpgrade, Found, Place, Trial
from reports.records import Phase
from reports.storage import RunError
from reports.verdicts import RunVerdict
from tests.unit.reports_samples import a_run, broke

EG1 = Place(component="edge gateway", machines=("eg1",))
NAMED = Place(component="edge gateway", machines=("eg1",))
SEEN = Found(verdict=RunVerdict.NO_GO, run="r", broke=("WEB-04", "WEB-01"), named=NAMED, reason="edge gateway: <b>")
WELL = Found(verdict=RunVerdict.GO, run="r", broke=(), named=None, reason="All passed")


def trial(**changes: object) -> Trial:
    made = Trial(
        fault="gateway-certificate-self-signed", area="TLS", story="A story.", phase=Phase.VALIDATE, at_fault=EG1,
        seen_by=("WEB-04",), found=SEEN, seconds=20.0,
    )  # fmt: skip
    return made.model_copy(update=changes)


def found(**changes: object) -> Found:
    return SEEN.model_copy(update=changes)


def campaign(*trials: Trial, clean: tuple[CleanUpgrade, ...] = ()) -> Campaign:
    planned = len(trials) + len(clean)
    return Campaign(started=datetime.now(UTC), computer="2 cores", planned=planned, trials=trials, clean=clean)


def test_a_fault_is_detected_when_what_must_see_it_broke() -> None:
    assert trial().detected


@pytest.mark.parametrize(
    "nothing",
    [
        None,
        WELL,
        found(broke=("WEB-01",)),
        found(verdict=RunVerdict.NOT_JUDGED),
        found(verdict=RunVerdict.GO_WITH_RESERVATIONS),
    ],
)
def test_a_fault_is_not_detected_by_something_else_that_broke_or_by_doubt(nothing: Found | None) -> None:
    assert not trial(found=nothing).detected


@pytest.mark.parametrize(
    ("named", "placed"),
    [
        (NAMED, True),
        (Place(component="edge gateway"), True),
        (Place(component="edge gateway", machines=("eg2",)), False),
        (Place(component="mediation controller"), False),
        (None, False),
    ],
)
def test_the_right_component_is_named_and_no_wrong_machine(named: Place | None, placed: bool) -> None:
    assert trial(found=found(named=named)).placed is placed


def test_what_a_run_found_is_its_first_cause_and_all_that_broke() -> None:
    results = (broke("Intranet via eg1", "edge gateway", "eg1"), broke("portal", "mediation controller", None))
    run = a_run(Phase.VALIDATE, results=results, verdict=RunVerdict.NO_GO, reasons=("first",))
    seen = detection.found(run, Path("/runs/2026-validate"))
    assert (seen.run, seen.broke, str(seen.named), seen.reason) == (
        "2026-validate", ("WEB-01",), "mediation controller", "first",
    )  # fmt: skip


def test_a_campaign_is_good_when_all_was_tried_seen_placed_and_nothing_cried_wolf() -> None:
    silent = CleanUpgrade(number=1, found=WELL, seconds=30.0)
    alarm = CleanUpgrade(number=2, found=SEEN, seconds=30.0)
    assert campaign(trial(), clean=(silent,)).good
    assert not campaign(trial(), clean=(silent, alarm)).good
    assert not campaign(trial(), trial(found=WELL)).good
    assert not campaign(trial()).model_copy(update={"planned": 2}).good
    assert not campaign(trial(found=found(named=None))).good


def test_a_campaign_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = campaign(trial(), trial(found=None, trouble="srv1: it said nothing"))
    detection.write(tmp_path, made)
    assert detection.read(tmp_path) == made


@pytest.mark.parametrize("content", [None, b"{}", b"\xff"])
def test_a_folder_without_a_campaign_is_refused(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / detection.DETECTION_FILE).write_bytes(content)
    with pytest.raises(RunError, match="campaign"):
        detection.read(tmp_path)


def test_what_was_missed_misplaced_or_a_false_alarm_is_said_with_the_figures() -> None:
    missed = trial(fault="missed", found=WELL)
    misplaced = trial(fault="misplaced", found=found(named=None))
    alarm = CleanUpgrade(number=3, found=SEEN, seconds=30.0)
    lines = list(matrix.sentences(campaign(trial(), missed, misplaced, clean=(alarm,))))
    assert [line.split(":")[0] for line in lines[:3]] == ["!! missed", "!! misplaced", "!! clean upgrade 3"]
    assert "3 faults: 2 detected, the right component named first in 1. 1 clean upgrade: 1 false alarm." in lines[3]


def test_the_page_says_it_all_and_escapes_what_the_platform_said() -> None:
    text = matrix.page(campaign(trial(), clean=(CleanUpgrade(number=1, found=WELL, seconds=30.0),)))
    assert "1 of 1 faults detected" in text
    assert all(
        word in text for word in ("gateway-certificate-self-signed", "WEB-04", "edge gateway on eg1", "A story.")
    )
    assert "<b>" not in text
