"""The lab as a platform under test, with a folder of runs of its own."""

from __future__ import annotations

from pathlib import Path

from commands.phases import Outcome, execute
from reports.records import Phase

TARGET = Path(__file__).parents[2] / "targets/lab.yaml"


class Site:
    """Runs phases on the lab, or what a target file says of it, as the command line does, with the limits of users."""

    def __init__(self, folder: Path, target: Path = TARGET) -> None:
        self._folder = folder
        self._target = target

    def run(self, phase: Phase, selection: str = "", hurried: str = "") -> Outcome:
        """Run a phase, or what `pytest -k` selects of it.

        `hurried` shortens limits, such as "recording: 2": for what is waited for in vain, and for nothing that is well,
        since machines that run tests may be slow.
        """
        target = self._hurried(hurried) if hurried else self._target
        selected = ["-k", selection] if selection else []
        return execute(phase, str(target), [f"--runs={self._folder / 'runs'}", *selected], progress=lambda *_: None)

    def _hurried(self, limits: str) -> Path:
        copy = self._folder / "lab.yaml"
        head, _, own = self._target.read_text().partition("\nlimits: {")
        copy.write_text(f"{head}\nlimits: {{{limits}, {own or '}'}\n")
        return copy
