"""What services lost to the upgrade, judged on made-up recordings: within its window, explained, and back for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.evidence import Record
from reports.outages import Recording
from steps.impact.interruptions import came_back, explained, never_away, not_by_clients, stayed
from steps.impact.windows import interruptions_in_window, steps_in_window, vip_answers, whole_in_window
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.model.components import Component
from targets.model.target import Target
from targets.model.watch import Windows
from targets.subject import Subject
from tests.unit.impact_samples import (
    CLIENT,
    CONTROLLER,
    GATEWAY,
    a_record,
    platform,
    recorded,
    step,
    subject,
)

WEB = "Intranet via eg1"


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return a_record(tmp_path)


def component(lab: Target, name: str) -> Subject:
    return subject(lab, "upgraded_component", name)


def service(lab: Target, name: str) -> Subject:
    return subject(lab, "watched_service", name)


def observed(record: Record, name: str) -> object:
    return next(each.value for each in record.observations if each.name == name)


def test_a_step_may_take_its_window_and_no_more(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, step(GATEWAY, "eg1", 10, 40), step(GATEWAY, "eg2", 50, 70))
    judged = (answer, platform(lab, Windows(edge_gateway=30)), component(lab, GATEWAY))
    steps_in_window(*judged, record)
    assert observed(record, "impact.steps") == [["edge gateway on eg1", 30], ["edge gateway on eg2", 20]]
    with pytest.raises(PlatformFailed, match=r"edge gateway on eg1 took 30 s: the window is 29 s"):
        steps_in_window(answer, platform(lab, Windows(edge_gateway=29)), component(lab, GATEWAY), a_record(tmp_path))


def test_a_machine_that_was_done_again_is_judged_each_time(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, step(GATEWAY, "eg1", 10, 60), step(GATEWAY, "eg1", 70, 71))
    with pytest.raises(PlatformFailed, match="took 50 s"):
        steps_in_window(answer, platform(lab, Windows(edge_gateway=30)), component(lab, GATEWAY), record)


def test_a_step_that_never_ended_fails(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, step(GATEWAY, "eg1", 10))
    with pytest.raises(PlatformFailed, match="never said to have ended: edge gateway on eg1"):
        steps_in_window(answer, platform(lab), component(lab, GATEWAY), record)


def test_a_component_without_marks_is_unknown(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, step(GATEWAY, "eg1", 10, 20))
    with pytest.raises(CannotJudgeError, match="no step of the component client was marked"):
        steps_in_window(answer, platform(lab), component(lab, CLIENT), record)


def test_what_a_service_lost_to_a_component_is_added_up(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, step(GATEWAY, "eg1", 10, 60), Intranet_via_eg1="o15 a10 o10 a10")
    interruptions_in_window(answer, platform(lab, Windows(edge_gateway=21)), component(lab, GATEWAY), record)
    assert observed(record, "impact.interrupted") == {WEB: pytest.approx(20.2)}
    with pytest.raises(PlatformFailed, match=r"Intranet via eg1 was away for 20 s: the window is 20 s"):
        strict = platform(lab, Windows(edge_gateway=20))
        interruptions_in_window(answer, strict, component(lab, GATEWAY), a_record(tmp_path))


def test_what_another_component_interrupted_is_not_added(lab: Target, tmp_path: Path, record: Record) -> None:
    steps = step(GATEWAY, "eg1", 10, 20), step(CONTROLLER, "mc1", 50, 70)
    answer = recorded(tmp_path, lab, *steps, Intranet_via_eg1="o55 a10")
    interruptions_in_window(answer, platform(lab, Windows(edge_gateway=1)), component(lab, GATEWAY), record)


def test_what_nobody_saw_matters_where_it_may_exceed_the_window(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, step(GATEWAY, "eg1", 10, 60), Intranet_via_eg1="o15 a10 u10")
    interruptions_in_window(answer, platform(lab, Windows(edge_gateway=21)), component(lab, GATEWAY), record)
    with pytest.raises(CannotJudgeError, match="could not be seen for 10"):
        strict = platform(lab, Windows(edge_gateway=19))
        interruptions_in_window(answer, strict, component(lab, GATEWAY), a_record(tmp_path))


def test_what_nobody_saw_of_a_service_that_the_step_does_not_interrupt_is_no_matter(
    lab: Target, tmp_path: Path, record: Record
) -> None:
    answer = recorded(tmp_path, lab, step(GATEWAY, "eg1", 10, 60), portal="o15 u30")
    interruptions_in_window(answer, platform(lab, Windows(edge_gateway=20)), component(lab, GATEWAY), record)


def test_the_upgrade_lasts_until_the_last_service_that_it_took_is_back(
    lab: Target, tmp_path: Path, record: Record
) -> None:
    steps = step(CONTROLLER, "mc2", 10, 20), step(GATEWAY, "eg1", 30, 40)
    answer = recorded(tmp_path, lab, *steps, Intranet_via_eg1="o35 a25", db__PostgreSQL="o36 a60")
    whole_in_window(answer, platform(lab, Windows(whole=51)), record)
    assert observed(record, "impact.seconds") == 50.1
    with pytest.raises(PlatformFailed, match="the upgrade took 50 s: the window is 49 s"):
        whole_in_window(answer, platform(lab, Windows(whole=49)), a_record(tmp_path))


def test_without_any_step_nobody_knows_how_long_the_upgrade_took(lab: Target, tmp_path: Path, record: Record) -> None:
    with pytest.raises(CannotJudgeError, match="no upgrade step was marked"):
        whole_in_window(recorded(tmp_path, lab), platform(lab), record)


def test_the_portal_may_be_away_for_a_failover_again_and_again(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, step(CONTROLLER, "mc1", 10, 60), portal="o15 a3 o5 a3 o5 a4")
    vip_answers(answer, platform(lab, failover=4.2), record)
    assert observed(record, "impact.longest_interruption") == 4.1
    with pytest.raises(PlatformFailed, match=r"the portal was away for longer than 4.0 s: from 21:00:31 UTC for 4.1 s"):
        vip_answers(answer, platform(lab, failover=4), a_record(tmp_path))


def test_an_outage_of_the_portal_that_may_have_been_longer_is_unknown(
    lab: Target, tmp_path: Path, record: Record
) -> None:
    answer = recorded(tmp_path, lab, step(CONTROLLER, "mc1", 10, 60), portal="o15 a4 u1 a4")
    vip_answers(answer, platform(lab, failover=10), record)
    with pytest.raises(CannotJudgeError, match=r"may have been away for longer than 8.0 s"):
        vip_answers(answer, platform(lab, failover=8), a_record(tmp_path))


def test_what_nobody_saw_hides_no_outage_that_was_too_long(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, portal="o15 a9 u9 o9 u9")
    with pytest.raises(PlatformFailed, match=r"away for longer than 8.0 s"):
        vip_answers(answer, platform(lab, failover=8), record)


def clients_upgraded(folder: Path, lab: Target, web: str) -> Recording:
    steps = step(CLIENT, "pilot1", 10, 30), step(GATEWAY, "eg1", 50, 60)
    return recorded(folder, lab, *steps, Intranet_via_eg1=web)


@pytest.mark.parametrize("web", ["", "o5 a3", "o52 a3", "o50 u9", "o10 u2"])
def test_web_applications_may_be_away_when_no_client_is_upgraded(
    lab: Target, tmp_path: Path, record: Record, web: str
) -> None:
    not_by_clients(clients_upgraded(tmp_path, lab, web), subject(lab, "clientless_service", WEB), record)


@pytest.mark.parametrize("web", ["o15 a3", "o33 a3", "o15 a3 u9"])
def test_a_web_application_that_is_away_while_clients_are_upgraded_fails(
    lab: Target, tmp_path: Path, record: Record, web: str
) -> None:
    with pytest.raises(PlatformFailed, match="was away while clients were upgraded"):
        not_by_clients(clients_upgraded(tmp_path, lab, web), subject(lab, "clientless_service", WEB), record)


def test_a_web_application_that_nobody_saw_while_clients_were_upgraded_is_unknown(
    lab: Target, tmp_path: Path, record: Record
) -> None:
    with pytest.raises(CannotJudgeError, match=r"could not be seen all the time: from 21:00:12 UTC for 9.0 s"):
        not_by_clients(clients_upgraded(tmp_path, lab, "o12 u9"), subject(lab, "clientless_service", WEB), record)


def test_another_step_at_the_same_time_explains_it(lab: Target, tmp_path: Path, record: Record) -> None:
    steps = step(CLIENT, "pilot1", 10, 30), step(CONTROLLER, "mc2", 14, 30)
    answer = recorded(tmp_path, lab, *steps, Intranet_via_eg1="o15 a3")
    not_by_clients(answer, subject(lab, "clientless_service", WEB), record)


@pytest.mark.parametrize("web", ["", "o52 a3", "o50 u15", "o65 a3", "o20 u2", "o49 a20"])
def test_what_a_step_of_its_own_gateway_interrupts_is_explained(
    lab: Target, tmp_path: Path, record: Record, web: str
) -> None:
    explained(clients_upgraded(tmp_path, lab, web), service(lab, WEB), record)


@pytest.mark.parametrize("web", ["o20 a1", "o15 a3", "o80 a3", "o20 a3 u60"])
def test_what_no_step_explains_fails(lab: Target, tmp_path: Path, record: Record, web: str) -> None:
    with pytest.raises(PlatformFailed, match="no step explains it: from 21:0"):
        explained(clients_upgraded(tmp_path, lab, web), service(lab, WEB), record)
    assert any(each.title == "interruptions" for each in record.evidence)


@pytest.mark.parametrize("name", ["Intranet via eg2", "eg2: recordings", "mc1: console", "db: PostgreSQL"])
def test_the_step_of_another_machine_or_component_is_no_explanation(
    lab: Target, tmp_path: Path, record: Record, name: str
) -> None:
    away = {name.replace(": ", "__").replace(" ", "_"): "o52 a3"}
    answer = recorded(tmp_path, lab, step(GATEWAY, "eg1", 50, 60), **away)
    with pytest.raises(PlatformFailed, match="no step explains it"):
        explained(answer, service(lab, name), record)


@pytest.mark.parametrize("web", ["o20 u9", "o50 u40", "o20 .9"])
def test_what_nobody_saw_outside_the_steps_is_unknown(lab: Target, tmp_path: Path, record: Record, web: str) -> None:
    with pytest.raises(CannotJudgeError, match="could not be seen all the time"):
        explained(clients_upgraded(tmp_path, lab, web), service(lab, WEB), record)


def test_a_service_that_was_not_watched_is_unknown(lab: Target, tmp_path: Path, record: Record) -> None:
    answer = recorded(tmp_path, lab, step(GATEWAY, "eg1", 50, 60), Intranet_via_eg1=".100")
    with pytest.raises(CannotJudgeError, match="Intranet via eg1 was not watched"):
        explained(answer, service(lab, WEB), record)


def test_a_service_must_answer_at_the_end(lab: Target, tmp_path: Path, record: Record) -> None:
    came_back(clients_upgraded(tmp_path, lab, "o52 a30"), service(lab, WEB), record)
    with pytest.raises(PlatformFailed, match=r"still away: from 21:00:52 UTC for 47.1 s \(connect: refused\)"):
        came_back(clients_upgraded(tmp_path, lab, "o52 a60"), service(lab, WEB), a_record(tmp_path))


@pytest.mark.parametrize("web", ["o90 u10", "o52 a10 u40", "o60 .40"])
def test_where_nobody_saw_the_end_it_is_unknown(lab: Target, tmp_path: Path, record: Record, web: str) -> None:
    with pytest.raises(CannotJudgeError, match="nobody could see at the end"):
        came_back(clients_upgraded(tmp_path, lab, web), service(lab, WEB), record)


@pytest.mark.parametrize("web", ["o20 a3", "o59 a30", "o69 a3", "o20 u30"])
def test_before_the_end_of_the_last_step_and_in_its_aftermath_services_come_and_go(
    lab: Target, tmp_path: Path, web: str
) -> None:
    stayed(clients_upgraded(tmp_path, lab, web), service(lab, WEB))


def test_what_goes_away_after_the_last_step_fails(lab: Target, tmp_path: Path) -> None:
    with pytest.raises(PlatformFailed, match=r"away again after the upgrade: from 21:01:15 UTC"):
        stayed(clients_upgraded(tmp_path, lab, "o75 a1"), service(lab, WEB))


def test_what_nobody_saw_after_the_last_step_is_unknown(lab: Target, tmp_path: Path) -> None:
    with pytest.raises(CannotJudgeError, match="could not be seen all the time"):
        stayed(clients_upgraded(tmp_path, lab, "o75 u9"), service(lab, WEB))


def test_a_service_must_be_reached_by_one_of_its_ways_at_any_time(lab: Target, tmp_path: Path, record: Record) -> None:
    one, both = ("o10 a8", "o18 a8"), ("o10 a8", "o17 a8")
    intranet = subject(lab, "continuous_service", "Intranet")
    never_away(by_both(tmp_path / "one", lab, *one), intranet, record)
    with pytest.raises(PlatformFailed, match=r"no Edge Gateway led to Intranet: from 21:00:17 UTC for 1.1 s"):
        never_away(by_both(tmp_path / "both", lab, *both), intranet, a_record(tmp_path))


def test_ways_of_which_nobody_saw_one_prove_nothing(lab: Target, tmp_path: Path, record: Record) -> None:
    with pytest.raises(CannotJudgeError, match="nobody saw whether an Edge Gateway led to Intranet"):
        never_away(by_both(tmp_path, lab, "o10 a8", "o5 u20"), subject(lab, "continuous_service", "Intranet"), record)


def by_both(folder: Path, lab: Target, eg1: str, eg2: str) -> Recording:
    folder.mkdir(exist_ok=True)
    return recorded(folder, lab, Intranet_via_eg1=eg1, Intranet_via_eg2=eg2)


def test_every_component_has_a_window_of_its_own() -> None:
    assert {each.value: Windows().of(each) for each in Component} == {
        "client": 300,
        "recording agent": 300,
        "mediation controller": 3600,
        "edge gateway": 3600,
        "HTML5 gateway": 3600,
    }
