"""Feature files are test files, and a tag says over which subjects a scenario is repeated."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from pytest_bdd import scenario
from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.feature import get_feature
from pytest_bdd.gherkin_parser import get_gherkin_document
from pytest_bdd.parser import ScenarioTemplate
from pytest_bdd.scenario import scenario_wrapper_template_registry

from targets.model.target import Target
from targets.subject import Subject
from targets.subjects import UnknownKindError, subjects

EACH = "each:"
NO_SUBJECT = "none"
NO_PARAMETER = "NOTSET"
"""What pytest calls the one test of an empty list of subjects."""
CRITERION = re.compile(r"[A-Z][A-Z0-9]*-[0-9]{2,}")
NODE = re.compile(r"(?P<file>.+\.feature)::(?P<function>\w+)\[(?P<subject>[^]]*)\](@.*)?")
CLAIMS = pytest.StashKey[dict[str, str]]()
"""Which scenario has a criterion's ID."""


class FeatureFile(pytest.Module):
    """A feature file, collected as a module with one test function for each of its scenarios."""

    def _getobj(self) -> ModuleType:
        module = ModuleType(self.path.stem)
        try:
            _refuse_same_names(self.path)
            for template in get_feature(str(self.path.parent), self.path.name).scenarios.values():
                _claim(self.session, self.path, template)
                setattr(module, _function_name(template.name), _test_of(self.path, template))
        except GherkinParseError as error:
            raise self.CollectError(str(error)) from None
        return module


class HomelessFeature(pytest.File):
    """A feature file without a target to hold for: nothing is collected of it."""

    def collect(self) -> list[pytest.Item]:
        """Return no test."""
        return []


def _refuse_same_names(path: Path) -> None:
    """Raise CollectError where a scenario would silently take another one's place: tests are told apart by name."""
    feature = get_gherkin_document(str(path)).feature
    children = [inner for child in feature.children for inner in (child.rule.children if child.rule else [child])]
    names: dict[str, str] = {}
    for title in (child.scenario.name for child in children if child.scenario):
        if other := names.get(_function_name(title)):
            raise pytest.Collector.CollectError(
                f"{path}: the scenarios “{other}” and “{title}” cannot be told apart: give one of them another name"
            )
        names[_function_name(title)] = title


def _claim(session: pytest.Session, path: Path, template: ScenarioTemplate) -> None:
    """Raise CollectError where another scenario of the session has the same ID: each has one of its own, for ever."""
    claims = session.stash.setdefault(CLAIMS, {})
    criterion = criterion_of(template)
    mine = f"“{template.name}” of {path}"
    if (other := claims.setdefault(criterion, mine)) != mine:
        raise pytest.Collector.CollectError(f"{other} and {mine} are both {criterion}: give one of them another ID")


def _test_of(path: Path, template: ScenarioTemplate) -> Callable[..., object]:
    def scenario_holds() -> None:
        """Nothing is left to do when all steps have passed."""

    kind_of(template)
    return scenario(path.name, template.name, features_base_dir=str(path.parent))(scenario_holds)


def _function_name(title: str) -> str:
    return "test_" + re.sub(r"\W+", "_", title.lower()).strip("_")


def template_of(item: pytest.Item) -> ScenarioTemplate | None:
    """Return the scenario of a test, or None where the test is none of a feature file."""
    if isinstance(item, pytest.Function) and isinstance(item.parent, FeatureFile):
        return scenario_wrapper_template_registry.get(item.function)
    return None


def subject_of(item: pytest.Item) -> Subject | None:
    """Return the subject that a test of a feature file is about; None where the target declares none."""
    callspec = getattr(item, "callspec", None)
    subject = callspec.params.get("subject") if callspec else None
    return subject if isinstance(subject, Subject) else None


def key_of(item: pytest.Item) -> tuple[str, str] | None:
    """Return criterion ID and subject's name of a test of a feature file; None for any other test."""
    template, subject = template_of(item), subject_of(item)
    return (criterion_of(template), subject.name if subject else NO_SUBJECT) if template else None


def key_of_id(node: str, root: Path) -> tuple[str, str] | None:
    """Return the same by a test's node ID, with `root` as pytest's root folder (xdist tells no more of a test)."""
    found = NODE.fullmatch(node)
    if found is None:
        return None
    path = root / found["file"]
    names = {_function_name(t.name): t for t in get_feature(str(path.parent), path.name).scenarios.values()}
    subject = found["subject"]
    return criterion_of(names[found["function"]]), NO_SUBJECT if subject == NO_PARAMETER else subject


def criterion_of(template: ScenarioTemplate) -> str:
    """Return a scenario's permanent ID; raise CollectError where it has not exactly one."""
    found = sorted(tag for tag in template.tags if CRITERION.fullmatch(tag))
    if len(found) != 1:
        raise pytest.Collector.CollectError(
            f"{template.feature.filename}:{template.line_number}: the scenario “{template.name}” needs exactly one "
            f"permanent ID as a tag, such as @WEB-01; it has: {', '.join(found) or 'none'}"
        )
    return found[0]


def kind_of(template: ScenarioTemplate) -> str:
    """Return the kind of subject that a scenario is repeated over; raise CollectError where it names none."""
    found = [tag.removeprefix(EACH) for tag in template.tags if tag.startswith(EACH)]
    if len(found) != 1:
        raise pytest.Collector.CollectError(
            f"{template.feature.filename}:{template.line_number}: the scenario “{template.name}” needs exactly one "
            f"tag that says what it is repeated over, such as @each:web_application"
        )
    return found[0]


def repeat_over_subjects(metafunc: pytest.Metafunc, target: Target) -> None:
    """Give a scenario one test for each subject that the target declares."""
    template = scenario_wrapper_template_registry.get(metafunc.function)
    if template is not None and "subject" in metafunc.fixturenames:
        found = _subjects(target, template)
        metafunc.parametrize("subject", found, ids=[subject.name for subject in found])


def _subjects(target: Target, template: ScenarioTemplate) -> list[Subject]:
    try:
        return subjects(target, kind_of(template))
    except UnknownKindError as error:
        raise pytest.Collector.CollectError(f"{template.feature.filename}:{template.line_number}: {error}") from None
