"""How a pilot's facts are judged, against what the baseline says of the same pilot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from reports.evidence import Differs, Record
from reports.results import Observation, Result
from steps.desktops import open_desktop
from steps.qualification import no_new_error, nothing_stopped, same_configuration
from targets.access.facts import Facts, LogEntry, PilotFacts
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.platform import Platform
from targets.model.services import RdpApplication
from targets.model.target import Target
from targets.subject import Subject
from targets.subjects import subjects
from tests.unit.reports_samples import a_result, unscrubbed

OLD, NEW = "a" * 64, "b" * 64
BEFORE, AFTER = (cast(Platform, SimpleNamespace(before_upgrade=before)) for before in (True, False))


def pilot(lab: Target, name: str) -> Subject:
    return next(subject for subject in subjects(lab, "pilot") if subject.name == name)


def answer(**values: object) -> Facts:
    facts = PilotFacts(**{"configuration": {}, "running": (), "errors": (), **values})  # type: ignore[arg-type]  # by test
    return Facts("pilot1", (), (), "", facts)


def record(folder: Path, **before: object) -> Record:
    """Return a record whose baseline has those observations; without any, the baseline does not know the pilot."""
    seen = tuple(
        Observation.model_validate({"name": name.replace("_", "."), "value": value}) for name, value in before.items()
    )
    past: Result | None = a_result("QUAL-01", "pilot1", observations=seen) if before else None
    return Record(folder, "QUAL-01", "pilot1", scrub=unscrubbed, before=past)


def test_configuration_that_changed_differs_and_what_is_gone_fails_even_before(lab: Target, tmp_path: Path) -> None:
    judge = (AFTER, pilot(lab, "pilot1"))
    same_configuration(answer(configuration={"/x": OLD}), *judge, record(tmp_path, configuration={"/x": OLD}))
    with pytest.raises(Differs, match="/x"):
        same_configuration(answer(configuration={"/x": NEW}), *judge, record(tmp_path, configuration={"/x": OLD}))
    with pytest.raises(PlatformFailed, match="/x: No such file"):
        gone = answer(configuration={"/x": "No such file or directory"})
        same_configuration(gone, BEFORE, pilot(lab, "pilot1"), record(tmp_path))


def test_configuration_that_we_may_not_read_is_unknown(lab: Target, tmp_path: Path) -> None:
    with pytest.raises(CannotJudgeError, match="may not read /x"):
        unreadable = answer(configuration={"/x": "Permission denied"})
        same_configuration(unreadable, BEFORE, pilot(lab, "pilot1"), record(tmp_path))


def test_a_pilot_that_the_baseline_does_not_know_is_unknown(lab: Target, tmp_path: Path) -> None:
    subject = pilot(lab, "pilot1")
    with pytest.raises(CannotJudgeError, match="baseline does not say"):
        same_configuration(answer(), AFTER, subject, record(tmp_path))
    with pytest.raises(CannotJudgeError, match="baseline does not say"):
        no_new_error(answer(), AFTER, subject, record(tmp_path))
    with pytest.raises(CannotJudgeError, match="baseline does not say"):
        nothing_stopped(answer(), AFTER, record(tmp_path))


ERRORS = (LogEntry("1.0", "old"), LogEntry("2.0", "typed secret"))


def test_only_errors_that_are_new_are_held_against_a_client(lab: Target, tmp_path: Path) -> None:
    subject = pilot(lab, "pilot1")
    no_new_error(answer(errors=ERRORS[:1]), AFTER, subject, record(tmp_path, log_errors=["1.0 old"]))
    with pytest.raises(PlatformFailed, match=r"1 new in the log on pilot1 .*: 2.0 typed secret; read it there"):
        no_new_error(answer(errors=ERRORS), AFTER, subject, record(tmp_path, log_errors=["1.0 old"]))


def test_of_an_agent_s_errors_only_the_time_is_told(lab: Target, tmp_path: Path) -> None:
    kept = record(tmp_path, log_errors=["1.0"])
    with pytest.raises(PlatformFailed) as failed:
        no_new_error(answer(errors=ERRORS), AFTER, pilot(lab, "srv1"), kept)
    assert "2.0" in str(failed.value)
    assert "typed secret" not in f"{failed.value}{kept.observations}"


def test_errors_before_the_upgrade_are_noted_and_held_against_nobody(lab: Target, tmp_path: Path) -> None:
    kept = record(tmp_path)
    no_new_error(answer(errors=ERRORS), BEFORE, pilot(lab, "pilot1"), kept)
    assert kept.observations[0].value == ["1.0 old", "2.0 typed secret"]


def test_a_log_that_cannot_be_read_is_unknown(lab: Target, tmp_path: Path) -> None:
    with pytest.raises(CannotJudgeError, match="no journal"):
        no_new_error(answer(log_unread="no journal"), BEFORE, pilot(lab, "pilot1"), record(tmp_path))


def test_a_desktop_on_windows_is_left_to_a_person(lab: Target) -> None:
    windows = [one.model_copy(update={"system": "windows"}) for one in lab.machines]
    target = lab.model_copy(update={"machines": tuple(windows)})
    subject = subjects(target, "client_pilot")[0]
    platform = cast(Platform, SimpleNamespace(target=target, once=lambda _, call: call()))
    unrecorded = replace(subject, payload=subject.a(RdpApplication).model_copy(update={"recorded": False}))
    with pytest.raises(CannotJudgeError, match="pilot1 runs Windows"):
        open_desktop(platform, unrecorded)


def test_what_ran_before_must_still_run_and_more_may(tmp_path: Path) -> None:
    before = {"services_running": ["a.service", "b.service"]}
    nothing_stopped(answer(running=("a.service", "b.service", "c.service")), AFTER, record(tmp_path, **before))
    with pytest.raises(Differs, match=r"lost b\.service"):
        nothing_stopped(answer(running=("a.service",)), AFTER, record(tmp_path, **before))


def test_a_machine_on_which_nothing_is_seen_to_run_is_unknown(tmp_path: Path) -> None:
    """Something runs on every machine: the account was not told."""
    with pytest.raises(CannotJudgeError, match="names no service that runs"):
        nothing_stopped(answer(running=()), AFTER, record(tmp_path, services_running=[]))
