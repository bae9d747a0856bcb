"""A person's answer joins its run."""

from __future__ import annotations

from pathlib import Path

from reports.answer_file import keep
from reports.baseline import accept_answers
from reports.results import Answer
from reports.run import load


def add_answer(folder: Path, answer: Answer) -> None:
    """Keep a person's answer beside the run, which stays as it was written; an accepted baseline stays accepted.

    Raises RunError where the run does not wait for it, or it cannot be written.
    """
    keep(folder, load(folder), answer)
    accept_answers(folder)
