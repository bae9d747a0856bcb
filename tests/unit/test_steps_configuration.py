"""How a site's settings are judged against what they were before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from reports.evidence import Differs, Record
from reports.results import Observation
from steps.configuration import same_access, same_addresses, same_files
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.settings import SiteFile
from targets.model.target import Target
from targets.subject import Subject
from targets.subjects import subjects
from tests.unit.reports_samples import a_result, unscrubbed

OLD, NEW = "a" * 64, "b" * 64
UNSEEN = "Permission denied"


@pytest.fixture
def mc1(lab: Target) -> Subject:
    return subjects(lab, "configured_machine")[0]


def record(folder: Path, before: Mapping[str, object] = MappingProxyType({})) -> Record:
    """Return a record with these observations in its baseline."""
    seen = tuple(Observation.model_validate({"name": name, "value": value}) for name, value in before.items())
    past = a_result("CONFIG-01", "mc1", observations=seen) if before else None
    return Record(folder, "CONFIG-01", "mc1", scrub=unscrubbed, before=past)


def test_another_content_differs(mc1: Subject, tmp_path: Path) -> None:
    same_files({"/x": SiteFile(OLD, "640 root:root")}, mc1, record(tmp_path, {"/x": OLD}))
    with pytest.raises(Differs, match="/x"):
        same_files({"/x": SiteFile(NEW, "640 root:root")}, mc1, record(tmp_path, {"/x": OLD}))


def test_another_owner_or_mode_differs(tmp_path: Path) -> None:
    same_access({"/x": SiteFile(OLD, "640 root:root")}, record(tmp_path, {"access to /x": "640 root:root"}))
    with pytest.raises(Differs, match="access to /x was 640 root:root before and is 644 root:root now"):
        same_access({"/x": SiteFile(OLD, "644 root:root")}, record(tmp_path, {"access to /x": "640 root:root"}))


def test_what_is_gone_fails_even_before_the_upgrade(mc1: Subject, tmp_path: Path) -> None:
    nothing = "No such file or directory"
    with pytest.raises(PlatformFailed, match="gone from mc1, or no file any more: /x"):
        same_files({"/x": SiteFile(nothing, nothing)}, mc1, record(tmp_path))


def test_a_file_that_cannot_be_read_is_judged_by_its_access_alone(mc1: Subject, tmp_path: Path) -> None:
    same_files({"/x": SiteFile(UNSEEN, "600 root:root")}, mc1, record(tmp_path, {"/x": UNSEEN}))
    with pytest.raises(CannotJudgeError, match="may not look at /x on mc1"):
        same_files({"/x": SiteFile(UNSEEN, UNSEEN)}, mc1, record(tmp_path))


def test_a_name_that_leads_nowhere_any_more_differs(mc1: Subject, tmp_path: Path) -> None:
    before = {"addresses of db.test": ["192.0.2.1"], "addresses of eg.test": []}
    same_addresses({"db.test": ("192.0.2.1",), "eg.test": ()}, mc1, record(tmp_path, before))
    with pytest.raises(Differs, match=r"db\.test"):
        same_addresses({"db.test": (), "eg.test": ()}, mc1, record(tmp_path, before))


def test_a_machine_that_finds_no_name_at_all_is_unknown(mc1: Subject, tmp_path: Path) -> None:
    with pytest.raises(CannotJudgeError, match="mc1 finds no name"):
        same_addresses({"db.test": ()}, mc1, record(tmp_path))
