"""A run on disk: a folder with run.json and its evidence; and the baseline that was accepted for a target."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reports.evidence import Scrub
from reports.records import BaselineReference, Result, Run, TargetFile


class RunError(Exception):
    """A run cannot be written, read or used: what, where, and what to do."""


@dataclass(frozen=True)
class Baseline:
    """The accepted run of a target."""

    run: Run
    folder: Path
    reference: BaselineReference


class RunStore:
    """A run that is being made."""

    folder: Path
    run: Run

    @classmethod
    def begin(cls, root: Path, run: Run, *, scrub: Scrub, baseline: Baseline | None = None) -> RunStore:
        """Make root/<target>/<UTC time>-<phase>/, never an existing one, and write the run as it stands.

        The run's `baseline` is set from the accepted one. Raises RunError.
        """
        raise NotImplementedError

    def before(self, criterion: str, subject: str) -> Result | None:
        """The result of that criterion on that subject in the baseline."""
        raise NotImplementedError

    def add(self, result: Result) -> Result:
        """Compare a result with the baseline, keep it and write the run. Returns it as kept. Raises RunError."""
        raise NotImplementedError

    def finish(self) -> Run:
        """Add what is missing against the baseline, judge, and write the run for the last time. Raises RunError."""
        raise NotImplementedError


def load(folder: Path) -> Run:
    """Read the run in a folder. Raises RunError for a damaged or foreign file."""
    raise NotImplementedError


def verify(folder: Path, run: Run) -> list[str]:
    """What is wrong with the evidence of a run: one sentence for each file that is gone or differs from its hash."""
    raise NotImplementedError


def accept(folder: Path, *, despite_failures: bool = False) -> BaselineReference:
    """Make the run in a folder the baseline of its target, and its files read-only.

    Raises RunError for a run that is not a baseline, incomplete, partial, not judged, or NO-GO where the
    administrator does not accept it `despite_failures`.
    """
    raise NotImplementedError


def accepted(root: Path, target: TargetFile) -> Baseline:
    """The accepted baseline of a target.

    Raises RunError: none accepted, damaged or edited since, of another target (name or portal), incomplete, partial.
    """
    raise NotImplementedError
