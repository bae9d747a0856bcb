"""Which chapters of the document a phase exercises."""

from __future__ import annotations

from pathlib import Path

from reports.records import Phase

FEATURES = Path(__file__).resolve().parent.parent / "features"
CHAPTERS = {
    Phase.BASELINE: ("acceptance", "versions"),
    Phase.WATCH: ("impact",),
    Phase.VALIDATE: ("acceptance", "versions"),
}


def chapters(phase: Phase) -> list[Path]:
    """Return the folders of the document that a phase exercises."""
    return [FEATURES / chapter for chapter in CHAPTERS[phase]]
