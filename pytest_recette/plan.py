"""What a whole run of a phase exercises, so that a run of less says so."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_bdd.feature import get_feature
from pytest_bdd.parser import ScenarioTemplate

from pytest_recette.chapters import chapters
from pytest_recette.collection import criterion_of, kind_of
from reports.records import Phase
from targets.model.target import Target
from targets.subjects import subjects


def scenarios(phase: Phase) -> Iterator[ScenarioTemplate]:
    """Yield every scenario of a phase."""
    for chapter in chapters(phase):
        for file in sorted(chapter.rglob("*.feature")):
            yield from get_feature(str(file.parent), file.name).scenarios.values()


def elsewhere(phase: Phase) -> set[str]:
    """Return the IDs of the criteria that a baseline judges and this phase leaves to another."""
    there, here = ({criterion_of(template) for template in scenarios(each)} for each in (Phase.BASELINE, phase))
    return there - here


def whole(phase: Phase, target: Target) -> set[tuple[str, str]]:
    """Return every criterion ID with every subject's name that a phase exercises on a target."""
    return {
        (criterion_of(template), subject.name)
        for template in scenarios(phase)
        for subject in subjects(target, kind_of(template))
    }
