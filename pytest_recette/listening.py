"""Hears of a run while it goes, for the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reports.records import Run

Progress = Callable[[int, int, str], None]


class Listener:
    """A pytest plugin that keeps where the run is, and tells how far it has come.

    `progress` is called with the number of results, the number planned, and the last one in words.
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self.folder: Path | None = None
        self.run: Run | None = None
        self.errors: list[str] = []
        self._progress = progress
        self._planned = 0
        self._done = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how much is planned."""
        self._planned = len(session.items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what kept a file from being collected."""
        if report.failed and report.longreprtext not in self.errors:  # every xdist worker says it
            self.errors.append(report.longreprtext)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell of each result."""
        result = getattr(report, "recette_result", None)
        if result and self._progress:
            self._done += 1
            self._progress(self._done, self._planned, f"{result['criterion']} {result['subject']}: {result['verdict']}")

    def pytest_recette_finished(self, folder: Path, run: Run) -> None:
        """Keep what the run came to."""
        self.folder, self.run = folder, run
