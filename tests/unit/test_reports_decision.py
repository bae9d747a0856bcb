"""What a qualification decides: release to those that a qualified pilot stands for, hold with the reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.decision import Word, decisions
from reports.page import page
from reports.records import BaselineReference, FleetKind, Phase, PilotMachine, Run
from reports.representation import represented, unrepresented
from reports.results import Result
from reports.verdict import judge
from reports.verdicts import Change, RunVerdict, Verdict
from tests.unit.reports_samples import a_result, a_run

CLIENT, AGENT = "client", "recording agent"
PILOTS = (
    PilotMachine(name="pilot1", component=CLIENT),
    PilotMachine(name="pilot2", component=CLIENT),
    PilotMachine(name="srv1", component=AGENT),
)


def kind(system: str, count: int, *pilots: str, component: str = CLIENT) -> FleetKind:
    traits = {"operating_system": system, "architecture": "amd64", "security_product": "none", "role": "desk"}
    return FleetKind(component=component, count=count, pilots=pilots, **traits)


def seen(name: str, criterion: str = "QUAL-01", **changes: object) -> Result:
    component = next(pilot.component for pilot in PILOTS if pilot.name == name)
    return a_result(criterion, name, machine=name, component=component, verdict_before=Verdict.PASSED, **changes)


def qualification(*results: Result, fleet: tuple[FleetKind, ...] = (), **changes: object) -> Run:
    baseline = BaselineReference(run="before", sha256="b" * 64, target_sha256="a" * 64)
    values = {"pilots": PILOTS, "fleet": fleet, "results": results, "complete": True, "baseline": baseline, **changes}
    run = a_run(Phase.QUALIFY, **values)
    return run.model_copy(update={"verdict": judge(run).verdict})


WELL = tuple(seen(pilot.name) for pilot in PILOTS)
BROKE = seen("pilot1", "QUAL-02", verdict=Verdict.FAILED, change=Change.REGRESSED, reason="it is inactive")


def test_a_share_counts_machines_not_kinds() -> None:
    fleet = (kind("Debian", 60, "pilot1"), kind("Windows", 120, "pilot2"), kind("other", 20))
    assert represented(fleet, CLIENT, {"pilot1"}).said == "60 of 200 machines (30 %)"
    assert [each.operating_system for each in unrepresented(fleet, CLIENT, {"pilot1"}).kinds] == ["Windows", "other"]


def test_a_part_is_never_rounded_to_the_whole_or_to_nothing() -> None:
    fleet = (kind("Debian", 9999, "pilot1"), kind("other", 1))
    assert represented(fleet, CLIENT, {"pilot1"}).said == "9999 of 10000 machines (99 %)"
    assert unrepresented(fleet, CLIENT, {"pilot1"}).said == "1 of 10000 machines (less than 1 %)"


def test_qualified_pilots_release_their_component() -> None:
    run = qualification(*WELL, fleet=(kind("Debian", 200, "pilot1", "pilot2"), kind("x", 1, "srv1", component=AGENT)))
    assert run.verdict is RunVerdict.GO
    assert [(each.component, each.word) for each in decisions(run)] == [(CLIENT, Word.RELEASE), (AGENT, Word.RELEASE)]
    assert (
        decisions(run)[0].said
        == "client: release: pilot1, pilot2 qualified, like 200 of 200 machines (100 %) of the fleet"
    )


def test_what_broke_on_a_pilot_holds_its_component_and_no_other() -> None:
    run = qualification(*WELL, BROKE)
    assert run.verdict is RunVerdict.NO_GO
    client, agent = decisions(run)
    assert (client.word, client.qualified) == (Word.HOLD, ("pilot2",))
    assert client.reasons == ("QUAL-02 on pilot1: it is inactive; passed before, failed now",)
    assert agent.word is Word.RELEASE


def test_a_kind_whose_look_alike_broke_is_not_qualified() -> None:
    run = qualification(*WELL, BROKE, fleet=(kind("Debian", 60, "pilot1"), kind("Windows", 140, "pilot2")))
    assert decisions(run)[0].represented.said == "140 of 200 machines (70 %)"


def test_what_nobody_could_judge_holds_too() -> None:
    run = qualification(*WELL, seen("pilot1", "QUAL-04", verdict=Verdict.UNKNOWN, reason="no journal"))
    assert run.verdict is RunVerdict.NOT_JUDGED
    assert decisions(run)[0].word is Word.HOLD


def test_kinds_without_a_look_alike_are_a_reservation_and_named() -> None:
    run = qualification(*WELL, fleet=(kind("Debian", 60, "pilot1"), kind("Windows 11", 140)))
    assert run.verdict is RunVerdict.GO_WITH_RESERVATIONS
    [reason] = judge(run).reasons
    assert reason == ("client: no pilot is like 140 of 200 machines (70 %) of the fleet: Windows 11, amd64, none, desk")
    assert decisions(run)[0].word is Word.RELEASE_IN_PART


def test_without_a_pilot_nothing_is_released() -> None:
    run = qualification(*WELL[2:], pilots=PILOTS[2:], fleet=(kind("Debian", 60),))
    client, _ = decisions(run)
    assert (client.word, client.reasons) == (Word.HOLD, ("the target file names no pilot of it",))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"baseline": None}, "the run could not be judged"), ({"partial": True}, "only a selection was run")],
)
def test_a_run_that_shows_too_little_releases_nothing(changes: dict[str, Any], reason: str) -> None:
    found = decisions(qualification(*WELL, **changes))
    assert {(each.word, each.reasons) for each in found} == {(Word.HOLD, (reason,))}


def test_a_waived_criterion_holds_nothing() -> None:
    waived = BROKE.model_copy(update={"verdict": Verdict.WAIVED, "unwaived": Verdict.FAILED})
    assert decisions(qualification(*WELL, waived))[0].word is Word.RELEASE


def test_other_phases_decide_nothing() -> None:
    assert decisions(a_run(Phase.VALIDATE, pilots=PILOTS)) == []


def test_the_page_shows_the_decision_and_every_kind(tmp_path: Path) -> None:
    fleet = (kind("Debian 12", 60, "pilot2"), kind("Windows <11>", 140))
    text = page(qualification(*WELL, BROKE, fleet=fleet), tmp_path, None)
    for words in ("Hold it back from the fleet", "Release it to the fleet", "60 of 200 machines (30 %)", "pilot2"):
        assert words in text
    assert "Windows &lt;11&gt;, amd64, none, desk" in text
