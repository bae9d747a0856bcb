"""The phase watch: its run is there already, and what it recorded is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

OPTION = "--watched"


def folder_of(config: pytest.Config) -> Path:
    """Return the folder of the watch that is judged; raise UsageError where none is named."""
    folder: Path | None = config.getoption(OPTION)
    if folder is None:
        raise pytest.UsageError(f"the impact is judged by what a watch recorded: add {OPTION} RUN")
    return folder
