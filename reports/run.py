"""A run on disk: a folder with run.json and its evidence."""

from __future__ import annotations

from pathlib import Path

from reports.answer_file import with_answers
from reports.files import sha256
from reports.records import Run
from reports.storage import parsed, read

RUN_FILE = "run.json"


def load(folder: Path) -> Run:
    """Read the run in a folder, with what people answered since. Raises RunError for a damaged or foreign file."""
    path = folder / RUN_FILE
    run = parsed(Run, path, read(path, f"{folder} does not hold a run: name the folder of one"))
    return with_answers(folder, run)


def verify(folder: Path, run: Run) -> list[str]:
    """Say what is wrong with the evidence of a run: a sentence for each file that is gone or differs from its hash."""
    return [
        f"{folder / evidence.file} {wrong}"
        for result in run.results
        for evidence in result.evidence
        if (wrong := _wrong(folder / evidence.file, evidence.sha256))
    ]


def _wrong(path: Path, digest: str) -> str | None:
    try:
        return None if sha256(path.read_bytes()) == digest else "is not what was recorded"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
