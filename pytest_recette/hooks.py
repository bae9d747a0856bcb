"""What Recette tells others of a run."""

from __future__ import annotations

from pathlib import Path

from reports.records import Run


def pytest_recette_finished(folder: Path, run: Run) -> None:
    """Hear of a run that has ended: its folder, and the run as judged. Its report is not written yet."""
