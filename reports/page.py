"""The page that people read: one self-contained file."""

from __future__ import annotations

from pathlib import Path

from reports.run import Baseline


def render(folder: Path, baseline: Baseline | None = None) -> Path:
    """Write report.html into the folder of a run and return its path. Raises RunError."""
    raise NotImplementedError
