"""Which chapters of the document a phase exercises, and where its run is kept."""

from __future__ import annotations

from pathlib import Path

from reports.records import Phase

HOME = Path(__file__).resolve().parent.parent
FEATURES = HOME / "features"
RUNS = HOME / "reports" / "runs"
CHAPTERS = {
    Phase.PREPARE: ("preparation",),
    # The pilots are judged at the baseline too: what they are compared with then has the same form, and a pilot that
    # did not work before shows as that.
    Phase.BASELINE: ("acceptance", "versions", "qualification"),
    Phase.QUALIFY: ("qualification",),
    Phase.WATCH: ("impact",),
    Phase.VALIDATE: ("acceptance", "versions"),
}


def chapters(phase: Phase) -> list[Path]:
    """Return the folders of the document that a phase exercises."""
    return [FEATURES / chapter for chapter in CHAPTERS[phase]]
