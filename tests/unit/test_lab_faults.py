"""The catalogue of faults, as far as it can be held to its rules without a lab."""

from __future__ import annotations

import re

import pytest

from pytest_recette.collection import criterion_of
from pytest_recette.plan import scenarios
from reports.records import Phase
from targets.lab.faults import AREAS, FAULTS
from targets.lab.faults.fault import Fault
from targets.lab.machines import machines
from targets.lab.upgrade import planned, steps

MACHINES = {one.name: one for one in machines()}
OUTSIDE_THE_PLATFORM = {"idp": "identity provider", "db": "database", "repo": "repository"}
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
