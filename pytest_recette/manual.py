"""Criteria that only a person can check: their scenarios are tagged `@manual`, and nothing of them is run."""

from __future__ import annotations

from pytest_bdd.parser import ScenarioTemplate

from targets.access.outcomes import CannotJudgeError
from targets.subject import Subject

MANUAL = "manual"


def is_manual(template: ScenarioTemplate) -> bool:
    """Tell whether only a person can check a scenario."""
    return MANUAL in template.tags


def unanswered(subject: Subject) -> CannotJudgeError:
    """Return why a criterion has no verdict before a person has answered: with where to look."""
    look = f"look at {subject.where}; " if subject.where else ""
    return CannotJudgeError("Only a person can check this", f"{look}then answer by recette answer RUN")
