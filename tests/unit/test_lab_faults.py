"""The catalogue of faults, as far as it can be held to its rules without a lab."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_recette.collection import criterion_of
from pytest_recette.plan import scenarios
from reports.records import Phase
from targets.lab import breaking, machine
from targets.lab.faults import AREAS, FAULTS
from targets.lab.faults.change import script
from targets.lab.faults.fault import Fault
from targets.lab.machines import machines
from targets.lab.store import Store
from targets.lab.upgrade import planned, steps

MACHINES = {one.name: one for one in machines()}
OUTSIDE_THE_PLATFORM = {"idp": "identity provider", "db": "database", "repo": "repository"}
STORE = Store(Path("/nowhere"))
EACH = pytest.mark.parametrize("fault", FAULTS.values(), ids=str)


def test_the_issue_s_areas_are_all_there() -> None:
    assert list(AREAS) == [
        "versions and packages", "configuration", "portal", "SAML", "TLS", "direct access", "RDP and HTML5",
        "recording", "cluster", "preparation", "clients and agents", "impact",
    ]  # fmt: skip


@EACH
def test_a_fault_has_a_name_to_type_and_a_story_of_one_sentence(fault: Fault) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", fault.name)
    assert re.fullmatch(r"[A-Z][^.]+(\.\d[^.]*)*\.", fault.story)


@EACH
def test_the_machines_at_fault_are_of_its_component(fault: Fault) -> None:
    found = {MACHINES[name].component or OUTSIDE_THE_PLATFORM[name] for name in fault.machines}
    assert found == {fault.component}
    assert set(fault.touched) <= set(MACHINES)


@EACH
def test_a_fault_is_seen_by_criteria_of_its_phase(fault: Fault) -> None:
    assert fault.seen_by
    assert set(fault.seen_by) <= {criterion_of(template) for template in scenarios(Phase(fault.phase))}


@EACH
def test_a_fault_makes_a_difference(fault: Fault) -> None:
    assert fault.changed or fault.needs_an_upgrade


def test_no_two_faults_tell_the_same_story() -> None:
    stories = [fault.story for fault in FAULTS.values()]
    assert sorted(set(stories)) == sorted(stories)


def test_what_is_left_behind_has_no_step() -> None:
    done = planned(list(MACHINES.values()), FAULTS["slave-left-behind"])
    assert done == [step for step in steps(list(MACHINES.values())) if step != [MACHINES["mc2"]]]


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the machines whose scripts would be run."""
    names: list[str] = []
    monkeypatch.setattr(machine, "inside", lambda place, *_: names.append(place.name))
    return names


def through(fault: Fault) -> list[str]:
    """Go through the steps of an upgrade with a fault, and give the machines of all steps."""
    steps_done = [one for step in planned(list(MACHINES.values()), fault) for one in step]
    for one in steps_done:
        breaking.in_step(STORE, fault, one)
    breaking.at_the_end(STORE, fault)
    return [one.name for one in steps_done]


@EACH
def test_each_machine_of_a_fault_is_changed_once_in_an_upgrade(fault: Fault, changed: list[str]) -> None:
    through(replace(fault, change=script("true", "true")) if fault.changed else fault)
    assert sorted(changed) == sorted(() if fault.comes_before else fault.changed)


def test_what_happens_during_a_step_happens_to_all_its_machines_then(changed: list[str]) -> None:
    fault = replace(FAULTS["service-disabled"], machines=("srv1", "db"), during="mc1")
    for name in ("srv1", "mc2"):
        breaking.in_step(STORE, fault, MACHINES[name])
    assert changed == []
    breaking.in_step(STORE, fault, MACHINES["mc1"])
    assert sorted(changed) == ["db", "srv1"]
