"""What people answered to a run, in a file beside it: the run itself stays as it was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reports.answers import answered, strays
from reports.files import sha256, write_whole
from reports.records import Run
from reports.results import Answer
from reports.storage import RunError, parsed, read, unwritable

ANSWERS_FILE = "answers.jsonl"


def with_answers(folder: Path, run: Run) -> Run:
    """Return the run of a folder with what people answered; raise RunError where an answer is damaged or a stray."""
    path = folder / ANSWERS_FILE
    answers = [parsed(Answer, path, line) for line in _written(folder).splitlines()]
    _check_asked(folder, run, answers)
    return answered(run, answers)


def keep(folder: Path, run: Run, answer: Answer) -> None:
    """Write an answer behind those before it; raise RunError where the run does not ask, or it cannot be written."""
    _check_asked(folder, run, [answer])
    path = folder / ANSWERS_FILE
    try:
        write_whole(path, _written(folder) + answer.model_dump_json().encode() + b"\n")
    except OSError as error:
        raise unwritable(path, error) from error


def answers_hash(folder: Path) -> str | None:
    """Return the hash of a run's answers (SHA-256, hexadecimal), None where there are none."""
    answers = _written(folder)
    return sha256(answers) if answers else None


def _check_asked(folder: Path, run: Run, answers: Sequence[Answer]) -> None:
    for stray in strays(run, answers):
        raise RunError(
            f"{folder} does not leave {stray.criterion} on {stray.subject} to a person: only criteria tagged @manual "
            "that the run holds can be answered"
        )


def _written(folder: Path) -> bytes:
    path = folder / ANSWERS_FILE
    return read(path, "") if path.exists() else b""
