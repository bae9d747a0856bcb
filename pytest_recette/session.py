"""What the parts of the plugin share: one target in one pytest session, its run, and the way to the platform."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_recette.run import baseline_of, begin_run
from pytest_recette.watching import OPTION, folder_of
from reports.records import Phase
from reports.run_store import RunStore
from targets.access.platform import Platform
from targets.loader import LoadedTarget

COMPARED = (Phase.QUALIFY, Phase.VALIDATE)
"""The phases that are compared with the accepted baseline."""


class TargetSession:
    """One target in one pytest session; in an xdist worker, without the run, which the process above keeps.

    Making it begins the run, and raises RunError where that cannot be written, or has no baseline to compare with.
    """

    def __init__(self, config: pytest.Config, loaded: LoadedTarget) -> None:
        self.config = config
        self.loaded = loaded
        self.phase = Phase(config.getoption("--phase"))
        compared = self.phase in COMPARED
        self.baseline = baseline_of(config.getoption("--runs"), loaded) if compared else None
        self._worker: Mapping[str, Any] | None = getattr(config, "workerinput", None)
        self.store = self._begin()
        self._platform: Platform | None = None
        config.option.showlocals = False  # pytest shortens them, and half a secret is not recognised

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        if self.store is not None:
            return self.store.folder
        return Path(self._worker["recette_folder"]) if self._worker else self.config.rootpath

    @property
    def runs_a_part(self) -> bool:
        """Tell whether this is an xdist worker."""
        return self._worker is not None

    @property
    def platform(self) -> Platform:
        """The target within reach, opened when first wanted."""
        if self._platform is None:
            before = self.phase is Phase.BASELINE
            self._platform = Platform(self.loaded.target, self.loaded.secrets, before_upgrade=before).__enter__()
            self._platform.watched = self.config.getoption(OPTION)
        return self._platform

    def scrub(self, text: str) -> str:
        """Return a text with stars for the target's secrets."""
        return self.loaded.redactor.scrub(text)

    def close(self) -> None:
        """Close what was opened on the way to the platform."""
        if self._platform is not None:
            self._platform.__exit__(None, None, None)

    def _begin(self) -> RunStore | None:
        """Begin the run, in the process that keeps it, and say where pytest's own reports go."""
        if self._worker is not None or self.config.getoption("collectonly"):
            return None
        store = self._new_store()
        option = self.config.option
        option.xmlpath = option.xmlpath or str(store.folder / "junit.xml")
        option.allure_report_dir = option.allure_report_dir or str(store.folder / "allure-results")
        return store

    def _new_store(self) -> RunStore:
        if self.phase is Phase.WATCH:
            return RunStore.again(folder_of(self.config), scrub=self.scrub)
        return begin_run(self.config.getoption("--runs"), self.phase, self.loaded, self.baseline)
