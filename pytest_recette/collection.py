"""Feature files are test files, and a tag says over which subjects a scenario is repeated."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from pytest_bdd import scenario
from pytest_bdd.feature import get_feature
from pytest_bdd.parser import ScenarioTemplate
from pytest_bdd.scenario import scenario_wrapper_template_registry

from targets.model import Target
from targets.subjects import Subject, subjects

EACH = "each:"
NO_SUBJECT = "none"
CRITERION = re.compile(r"[A-Z][A-Z0-9]*-[0-9]{2,}")


class FeatureFile(pytest.Module):
    """A feature file, collected as a module with one test function for each of its scenarios."""

    def _getobj(self) -> ModuleType:
        module = ModuleType(self.path.stem)
        for template in get_feature(str(self.path.parent), self.path.name).scenarios.values():
            setattr(module, _function_name(template.name), _test_of(self.path, template))
        return module


def _test_of(path: Path, template: ScenarioTemplate) -> Callable[..., object]:
    def scenario_holds() -> None:
        """Nothing is left to do when all steps have passed."""

    criterion_of(template)
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


def criterion_of(template: ScenarioTemplate) -> str:
    """Return a scenario's permanent ID; raise UsageError where it has not exactly one."""
    found = [tag for tag in template.tags if CRITERION.fullmatch(tag)]
    if len(found) != 1:
        raise pytest.UsageError(
            f"{template.feature.filename}:{template.line_number}: the scenario “{template.name}” needs exactly one "
            f"permanent ID as a tag, such as @WEB-01; it has: {', '.join(found) or 'none'}"
        )
    return found[0]


def kind_of(template: ScenarioTemplate) -> str:
    """Return the kind of subject that a scenario is repeated over; raise UsageError where it names none."""
    found = [tag.removeprefix(EACH) for tag in template.tags if tag.startswith(EACH)]
    if len(found) != 1:
        raise pytest.UsageError(
            f"{template.feature.filename}:{template.line_number}: the scenario “{template.name}” needs exactly one "
            f"tag that says what it is repeated over, such as @each:web_application"
        )
    return found[0]


def repeat_over_subjects(metafunc: pytest.Metafunc, target: Target) -> None:
    """Give a scenario one test for each subject that the target declares."""
    template = scenario_wrapper_template_registry.get(metafunc.function)
    if template is not None and "subject" in metafunc.fixturenames:
        found = subjects(target, kind_of(template))
        metafunc.parametrize("subject", found, ids=[subject.name for subject in found])
