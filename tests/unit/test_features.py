"""The acceptance-criteria document itself."""

from __future__ import annotations

import importlib
import re
from collections import Counter

import pytest
from pytest_bdd.feature import get_feature
from pytest_bdd.parser import ScenarioTemplate, Step
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry
from pytest_bdd.types import THEN, WHEN

import conftest
from pytest_recette.chapters import CHAPTERS, FEATURES, chapters
from pytest_recette.collection import CRITERION, criterion_of, kind_of
from pytest_recette.manual import MANUAL, is_manual
from reports.records import Phase
from steps.exchange import DEFINITIONS
from targets.subjects import KINDS

FILES = sorted(FEATURES.rglob("*.feature"))
SCENARIOS: list[ScenarioTemplate] = [
    scenario for file in FILES for scenario in get_feature(str(file.parent), file.name).scenarios.values()
]
STEPS = [step for scenario in SCENARIOS if not is_manual(scenario) for step in scenario.steps]
MODULES = [importlib.import_module(name) for name in conftest.pytest_plugins if name.startswith("steps.")]


def definitions() -> list[StepFunctionContext]:
    """Return every step definition that the document may use."""
    values = [getattr(value, "_fixture_function", value) for module in MODULES for value in vars(module).values()]
    found = [step_function_context_registry[value] for value in values if _is_definition(value)]
    assert len(found) > 20, "the step definitions are looked for in the wrong place"
    return found


def _is_definition(value: object) -> bool:
    try:
        return value in step_function_context_registry
    except TypeError:
        return False


def matching(step: Step) -> list[StepFunctionContext]:
    return [d for d in definitions() if d.type in {None, step.type} and d.parser.is_matching(step.name)]


def test_every_scenario_of_the_document_is_read() -> None:
    """The parser keeps one scenario of a name: two of the same name would be one fewer than there are."""
    headings = [line for file in FILES for line in file.read_text().splitlines() if re.match(r" *Scenario:", line)]
    assert len(headings) == len(SCENARIOS) > 20
    assert not [file for file in FILES if re.search(r"Scenario (Outline|Template)|Examples:", file.read_text())]


def test_every_criterion_has_a_permanent_id_of_its_own() -> None:
    found = Counter(criterion_of(scenario) for scenario in SCENARIOS)
    assert [criterion for criterion, count in found.items() if count > 1] == []
    assert all(CRITERION.fullmatch(criterion) for criterion in found)


def test_every_criterion_is_repeated_over_a_kind_of_subject_that_there_is() -> None:
    assert {kind_of(scenario) for scenario in SCENARIOS} <= set(KINDS)


def test_no_tag_of_the_document_is_unknown() -> None:
    """A misspelt tag would be a check that silently does not happen."""
    unknown = {t for s in SCENARIOS for t in s.tags if not CRITERION.fullmatch(t) and not t.startswith("each:")}
    assert unknown <= {MANUAL}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_sentence_has_one_definition(step: Step) -> None:
    assert len(matching(step)) == 1


def test_every_definition_serves_the_document() -> None:
    used = {id(found) for step in STEPS for found in matching(step)}
    assert [d.parser.name for d in definitions() if id(d) not in used] == []


def test_every_when_is_an_exchange_that_can_run_ahead() -> None:
    assert [step.name for step in STEPS if step.type == WHEN and step.name not in DEFINITIONS] == []


def test_every_scenario_is_one_exchange_and_what_is_judged_of_it() -> None:
    for scenario in SCENARIOS:
        kinds = [step.type for step in scenario.steps]
        assert kinds[0] == WHEN, scenario.name
        assert set(kinds[1:]) == {THEN}, scenario.name


def test_every_chapter_s_criteria_belong_to_a_phase_that_there_is() -> None:
    exercised = {file for phase in CHAPTERS for c in chapters(phase) for file in c.rglob("*")}
    assert set(FILES) <= exercised


def test_what_was_judged_before_the_upgrade_is_judged_after_it() -> None:
    """The pilots are judged again once they have the new release, all else once everybody has."""
    after = {*chapters(Phase.QUALIFY), *chapters(Phase.VALIDATE)}
    assert set(chapters(Phase.BASELINE)) == after
    assert all(chapter.is_dir() for chapter in after)


def test_features_are_the_same_for_every_site() -> None:
    """The document names nothing of a platform; the target file does."""
    words = re.compile(
        r"cleanroom\.test|\b(mc|eg|srv|pilot)[0-9]\b|\b(alice|bob|carol|dave|erin|frank|mallory)\b|10\.77"
    )
    assert [file for file in FILES if words.search(file.read_text())] == []
