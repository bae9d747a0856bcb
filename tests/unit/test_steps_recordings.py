"""Whether Edge Gateways still take the recordings that they took before."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from reports.evidence import Record
from reports.results import Observation
from steps.direct_access import taken_as_before
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.access.recordings import Recording
from tests.unit.reports_samples import a_result, unscrubbed


def record(folder: Path, before: str | None) -> Record:
    seen = (Observation(name="recording.gateway", value=before),)
    past = a_result("REC-01", "srv1-ssh via eg1", observations=seen) if before else None
    return Record(folder, "REC-01", "srv1-ssh via eg1", scrub=unscrubbed, before=past)


def judge(folder: Path, before: str | None, *, taking: frozenset[str] = frozenset()) -> None:
    """Judge a recording that is on eg2, where some gateways have taken others meanwhile."""
    platform = cast(Platform, SimpleNamespace(has_taken_recordings=taking.__contains__))
    taken_as_before(Recording("eg2", "/x", 1), platform, record(folder, before))


@pytest.mark.parametrize("before", [None, "eg2"])
def test_a_recording_where_it_was_before_needs_no_other_proof(before: str | None, tmp_path: Path) -> None:
    judge(tmp_path, before)


def test_a_recording_elsewhere_is_well_where_the_former_gateway_takes_others(tmp_path: Path) -> None:
    judge(tmp_path, "eg1", taking=frozenset({"eg1"}))


def test_a_gateway_that_takes_none_any_more_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    with pytest.raises(CannotJudgeError, match="to eg1 before the upgrade, which has taken none since this run began"):
        judge(tmp_path, "eg1")
