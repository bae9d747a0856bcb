"""Keeps each result in the run as soon as it is there, and ends the run with the session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pytest_recette.session import TargetSession
from reports.results import Result
from reports.storage import RunError

CANNOT_WRITE = 2


@contextmanager
def or_exit() -> Iterator[None]:
    """End the session kindly where the run cannot be written: what is done without a record is done in vain."""
    try:
        yield
    except RunError as error:
        pytest.exit(str(error), returncode=CANNOT_WRITE)


class Keeping:
    """The part of the plugin that writes the run, where there is one."""

    def __init__(self, session: TargetSession) -> None:
        self._session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a result, which a report carries from an xdist worker too."""
        found = getattr(report, "recette_result", None)
        if self._session.store is not None and found is not None:
            with or_exit():
                self._session.store.add(Result.model_validate(found, strict=False))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Close what was opened, judge, and tell those who listen."""
        try:
            self._session.close()
        finally:
            if (store := self._session.store) is not None:
                with or_exit():
                    run = store.finish()
                self._session.config.hook.pytest_recette_finished(folder=store.folder, run=run)
