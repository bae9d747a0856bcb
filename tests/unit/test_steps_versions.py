"""How servers and gateways are judged by what they say of their packages, services and recordings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reports.evidence import Differs, Record
from reports.results import Observation
from steps import kept_recordings, versions
from targets.access.facts import Facts, Package, Service
from targets.access.kept import Kept
from targets.access.outcomes import PlatformFailed
from targets.model.target import Target
from targets.subject import Subject
from targets.subjects import subjects
from tests.unit.reports_samples import a_result, unscrubbed

GOOD = Service("ipdiva-edge-gateway.service", "active", "enabled", restarts=2)


@pytest.fixture
def eg1(lab: Target) -> Subject:
    return next(subject for subject in subjects(lab, "recording_gateway") if subject.name == "eg1")


def facts(*services: Service, packages: tuple[Package, ...] = ()) -> Facts:
    return Facts("eg1", packages, services, "")


def record(folder: Path, *before: str) -> Record:
    value = Observation(name=kept_recordings.NAME, value=[*before])
    past = a_result().model_copy(update={"observations": (value,)}) if before else None
    return Record(folder, "REC-04", "eg1", scrub=unscrubbed, before=past)


def test_a_service_may_have_waited_for_another_and_must_not_end_over_and_over(eg1: Subject, tmp_path: Path) -> None:
    versions.services_stay(facts(GOOD), eg1, record(tmp_path))
    looping = Service(GOOD.name, "active", "enabled", restarts=3)
    with pytest.raises(PlatformFailed, match=r"on eg1: ipdiva-edge-gateway\.service was started again 3 times"):
        versions.services_stay(facts(looping), eg1, record(tmp_path))


def test_a_service_that_is_older_than_its_package_is_named_with_what_to_do(eg1: Subject) -> None:
    versions.services_are_new(facts(GOOD), eg1)
    old = Service(GOOD.name, "active", "enabled", outdated=True)
    with pytest.raises(PlatformFailed, match=r"systemctl restart ipdiva-edge-gateway\.service"):
        versions.services_are_new(facts(old), eg1)


def test_a_package_for_another_architecture_is_named_with_it(eg1: Subject) -> None:
    native = Package("ipdiva-edge-gateway", "4.6.0", "installed", False)
    foreign = replace(native, foreign="i386")
    versions.of_its_architecture(facts(packages=(native,)), eg1)
    with pytest.raises(PlatformFailed, match="ipdiva-edge-gateway is for i386"):
        versions.of_its_architecture(facts(packages=(foreign,)), eg1)


def test_a_gateway_needs_the_room_that_the_target_asks_for(eg1: Subject, tmp_path: Path) -> None:
    kept_recordings.has_room(Kept((), 1000), eg1, record(tmp_path))
    with pytest.raises(PlatformFailed, match="eg1 has 999 MB for recordings, 1000 are needed"):
        kept_recordings.has_room(Kept((), 999), eg1, record(tmp_path))


def test_a_baseline_remembers_the_newest_recordings_only(tmp_path: Path) -> None:
    many = tuple(f"{number}, 1 bytes" for number in range(kept_recordings.REMEMBERED + 5))
    made = record(tmp_path)
    kept_recordings.none_gone(Kept(many, 1), made)
    assert made.observations[0].value == [*many[: kept_recordings.REMEMBERED]]


def test_newer_recordings_hide_none_that_is_still_there_and_none_that_is_gone(tmp_path: Path) -> None:
    newer = tuple(f"new {number}, 1 bytes" for number in range(kept_recordings.REMEMBERED + 5))
    kept_recordings.none_gone(
        Kept((*newer, "a, 1 bytes", "b, 1 bytes"), 1), record(tmp_path, "a, 1 bytes", "b, 1 bytes")
    )
    with pytest.raises(Differs, match="b, 1 bytes"):
        kept_recordings.none_gone(Kept((*newer, "a, 1 bytes"), 1), record(tmp_path, "a, 1 bytes", "b, 1 bytes"))


def test_a_recording_that_shrank_is_not_the_one_that_was_there(tmp_path: Path) -> None:
    with pytest.raises(Differs):
        kept_recordings.none_gone(Kept(("a, 1 bytes",), 1), record(tmp_path, "a, 9 bytes"))
