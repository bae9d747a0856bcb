"""Steps and evidence in Allure (allure-pytest and allure-pytest-bdd cannot be installed together)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import allure
from pytest_bdd.parser import Feature, Scenario

from reports.results import Evidence


def describe(criterion: str, subject: str, feature: Feature, scenario: Scenario) -> None:
    """Name the current test in the document's words."""
    allure.dynamic.title(f"{criterion} {scenario.name} [{subject}]")
    allure.dynamic.feature(feature.name or "")
    allure.dynamic.story(scenario.name)
    allure.dynamic.parameter("subject", subject)


class AllureStep:
    """The step that is under way, with the evidence that it leaves beneath it."""

    def __init__(self, words: str) -> None:
        self._step = allure.step(words)
        self._step.__enter__()

    def end(self, folder: Path, evidence: Sequence[Evidence], error: BaseException | None) -> None:
        """Attach what the step left, and close it."""
        for kept in evidence:
            allure.attach.file(str(folder / kept.file), name=kept.title, extension=Path(kept.file).suffix[1:])
        self._step.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
