"""In which order the upgrade went, which releases ran, and what became of sessions, judged on made-up recordings."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from reports.evidence import Record
from steps.impact.order import in_order, slave_first
from steps.impact.recorded import read_record
from steps.impact.releases import not_mixed_for_long
from steps.impact.sessions import session_lives
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.platform import Platform
from targets.model.target import Target
from tests.unit.impact_samples import (
    CLIENT,
    CONTROLLER,
    GATEWAY,
    a_record,
    platform,
    recorded,
    release,
    step,
    subject,
)

AGENT, HTML5 = "recording agent", "HTML5 gateway"


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return a_record(tmp_path)


def test_the_vendor_s_order_holds_with_machines_in_parallel(lab: Target, tmp_path: Path, record: Record) -> None:
    steps = [
        step(AGENT, "srv1", 1, 9), step(CLIENT, "pilot1", 2, 8), step(CONTROLLER, "mc2", 10, 20),
        step(CONTROLLER, "mc1", 15, 25), step(GATEWAY, "eg1", 25, 40), step(GATEWAY, "eg2", 25, 30),
        step(HTML5, "html5", 40, 50),
    ]  # fmt: skip
    in_order(recorded(tmp_path, lab, *steps), record)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([(CONTROLLER, "mc2", 1, 5), (CLIENT, "pilot1", 6, 9)], "controller on mc2 began before client on pilot1"),
        ([(CONTROLLER, "mc2", 1, 5), (AGENT, "srv1", 6, 9)], "controller on mc2 began before recording agent on srv1"),
        ([(GATEWAY, "eg1", 1, 5), (CONTROLLER, "mc1", 6, 9)], "edge gateway on eg1 began before mediation"),
        ([(CONTROLLER, "mc1", 1, 5), (GATEWAY, "eg1", 4, 9)], "edge gateway on eg1 began before mediation"),
        ([(HTML5, "html5", 1, 5), (GATEWAY, "eg1", 6, 9)], "HTML5 gateway on html5 began before edge gateway on eg1"),
        ([(CLIENT, "pilot1", 1), (GATEWAY, "eg1", 6, 9)], "began before client on pilot1 had ended"),
    ],
)
def test_another_order_fails(
    lab: Target, tmp_path: Path, record: Record, steps: list[tuple[str, str, float]], words: str
) -> None:
    with pytest.raises(PlatformFailed, match=words):
        in_order(recorded(tmp_path, lab, *(step(*each) for each in steps)), record)


def test_without_marks_the_order_is_unknown(lab: Target, tmp_path: Path, record: Record) -> None:
    with pytest.raises(CannotJudgeError, match="no upgrade step was marked"):
        in_order(recorded(tmp_path, lab), record)
    with pytest.raises(CannotJudgeError, match="no upgrade step was marked"):
        slave_first(recorded(tmp_path, lab), platform(lab))


@pytest.mark.parametrize(
    "steps",
    [
        [("mc2", 1, 5), ("mc1", 5, 9)],
        [("mc1", 1, 5), ("mc2", 1.1, 5)],
        [("mc2", 1, 5), ("mc1", 6, 9), ("mc2", 20, 25)],
        [("mc2", 1, 5)],
    ],
    ids=["one by one", "in parallel", "the slave done again", "the slave alone"],
)
def test_a_slave_comes_first_or_in_parallel(lab: Target, tmp_path: Path, steps: list[tuple[str, float, float]]) -> None:
    slave_first(recorded(tmp_path, lab, *(step(CONTROLLER, *each) for each in steps)), platform(lab))


def test_a_master_that_was_done_before_its_slave_fails(lab: Target, tmp_path: Path) -> None:
    answer = recorded(tmp_path, lab, step(CONTROLLER, "mc1", 1, 5), step(CONTROLLER, "mc2", 5, 9))
    with pytest.raises(PlatformFailed, match="controller on mc1 was done before mediation controller on mc2 began"):
        slave_first(answer, platform(lab))


def test_a_master_without_its_slave_is_unknown(lab: Target, tmp_path: Path) -> None:
    with pytest.raises(CannotJudgeError, match="no step of its slave"):
        slave_first(recorded(tmp_path, lab, step(CONTROLLER, "mc1", 1, 5)), platform(lab))


BEFORE = release(0, "mc1", "4.5.0"), release(0.5, "mc2", "4.5.0")


def test_controllers_may_differ_for_as_long_as_the_target_allows(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, *BEFORE, release(10, "mc2", "4.6.0"), release(40, "mc1", "4.6.0"))
    cluster = subject(lab, "cluster")
    not_mixed_for_long(answer, platform(lab, mixed_releases=30), cluster, record)
    with pytest.raises(PlatformFailed, match="they ran different releases for 30 s: 29 s is allowed"):
        not_mixed_for_long(answer, platform(lab, mixed_releases=29), cluster, a_record(tmp_path))


def test_a_slave_that_is_left_behind_fails_however_short_it_was(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, *BEFORE, release(99, "mc1", "4.6.0"))
    with pytest.raises(PlatformFailed, match=r"still run different releases: mc1 4\.6\.0, mc2 4\.5\.0"):
        not_mixed_for_long(answer, platform(lab), subject(lab, "cluster"), record)


def test_a_controller_that_nobody_looked_into_is_unknown(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, release(0, "mc1", "4.5.0"))
    with pytest.raises(CannotJudgeError, match="the release was never seen on mc2"):
        not_mixed_for_long(answer, platform(lab), subject(lab, "cluster"), record)


@pytest.mark.parametrize("session", ["", "o40 l20", "u10", "o40 u9 o9 l9 u9"])
def test_a_session_may_be_lost_where_a_new_one_can_be_opened(
    lab: Target, tmp_path: Path, record: Record, session: str
) -> None:
    session_lives(
        recorded(tmp_path, lab, portal_session=session), subject(lab, "held_session", "portal session"), record
    )


@pytest.mark.parametrize("session", ["o40 l60", "o40 a60"])
def test_a_session_that_cannot_be_opened_again_fails(lab: Target, tmp_path: Path, record: Record, session: str) -> None:
    answer = recorded(tmp_path, lab, portal_session=session)
    with pytest.raises(PlatformFailed, match="portal session could not be opened again: from 21:00:40 UTC"):
        session_lives(answer, subject(lab, "held_session", "portal session"), record)


@pytest.mark.parametrize("session", ["u100", "o90 u10", "o40 l9 u51"])
def test_a_session_that_nobody_saw_at_the_end_is_unknown(
    lab: Target, tmp_path: Path, record: Record, session: str
) -> None:
    answer = recorded(tmp_path, lab, portal_session=session)
    with pytest.raises(CannotJudgeError, match="never open, or not seen at the end"):
        session_lives(answer, subject(lab, "held_session", "portal session"), record)


def test_when_a_session_died_is_observed(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, portal_session="o40 l20")
    session_lives(answer, subject(lab, "held_session", "portal session"), record)
    assert [each.value for each in record.observations if each.name == "impact.session_lost"] == [["21:00:40 UTC"]]


def test_without_a_watch_nothing_can_be_judged(lab: Target) -> None:
    unwatched = cast(Platform, SimpleNamespace(watched=None))
    with pytest.raises(CannotJudgeError, match="there is no record of a watch"):
        read_record(unwatched, subject(lab, "upgrade"))
