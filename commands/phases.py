"""A phase is one pytest run: this starts it, and makes its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from pytest_recette.chapters import chapters
from pytest_recette.listening import Listener, Progress
from pytest_recette.questions import ask_at_terminal
from reports.baseline import Baseline, accept
from reports.page import render
from reports.records import Phase, Run
from reports.run import load
from reports.verdicts import RunVerdict

HOME = Path(__file__).resolve().parents[1]
OPTIONS_OF_OURS = ("-c", str(HOME / "pyproject.toml"), "--rootdir", str(HOME), "-p", "conftest")
QUIET = ("-p", "no:terminal")
TAKE_A_VALUE = ("-k", "-m", "-n", "-o", "-p", "-r", "-W")
"""pytest's short options whose value could be taken for a file."""


class PhaseError(Exception):
    """A phase did not run as it should; pytest has said why, or the message does."""


GOOD = (RunVerdict.GO, RunVerdict.GO_WITH_RESERVATIONS)


@dataclass(frozen=True)
class Outcome:
    """What a phase came to, and where its folder and report are."""

    run: Run
    folder: Path
    report: Path

    @property
    def verdict(self) -> RunVerdict:
        """The run's verdict; a run that could not be judged to its end has none."""
        return self.run.verdict or RunVerdict.NOT_JUDGED


def execute(
    phase: Phase,
    target: str,
    arguments: Sequence[str] = (),
    *,
    progress: Progress | None = None,
) -> Outcome:
    """Run a phase on a target; with `progress`, tell how far it has come instead of pytest's own words.

    What only a person can check is asked at the end, where a person sits at a terminal. Further arguments go to pytest.
    A baseline without failures becomes the accepted one. Raises PhaseError where the run did not come to its end, or
    without a feature that could not be read, RunError where its report cannot be written.
    """
    listener = Listener(progress)
    words = [*OPTIONS_OF_OURS, *(QUIET if progress else ()), "--target", target, "--phase", phase.value]
    paths = [] if _names_files(arguments) else [str(folder) for folder in chapters(phase)]
    status = pytest.main([*words, *paths, *arguments], plugins=[listener])
    if listener.errors or listener.run is None or listener.folder is None:
        raise PhaseError(
            "\n".join(listener.errors) or f"pytest ended with status {int(status)}, and the run is not whole"
        )
    if progress is None:
        ask_at_terminal(listener.folder)
    outcome = reported(listener.folder)
    accept_if_good(outcome.run, listener.folder)
    return outcome


def reported(folder: Path) -> Outcome:
    """Make the report of a run, with what people answered since; raise RunError where it cannot be read or written."""
    run = load(folder)
    return Outcome(run, folder, render(folder, baseline_of(run, folder)))


def baseline_of(run: Run, folder: Path) -> Baseline | None:
    """Return the baseline that a run was compared with, which lies beside it; raise RunError where it is gone."""
    if run.baseline is None:
        return None
    beside = folder.parent / run.baseline.run
    return Baseline(load(beside), beside, run.baseline)


def accept_if_good(run: Run, folder: Path) -> None:
    """Make a whole baseline without failures the accepted one; any other needs a person's decision."""
    if run.phase is Phase.BASELINE and not run.partial and run.verdict in GOOD:
        accept(folder)


def _names_files(arguments: Sequence[str]) -> bool:
    """Tell whether the arguments say which feature files to run; otherwise the phase's own chapters are.

    Any other file or folder is the value of an option: taken for tests, pytest would run all that it finds.
    """
    values = {after for option, after in pairwise(arguments) if option in TAKE_A_VALUE}
    words = [argument for argument in arguments if not argument.startswith("-") and argument not in values]
    return any(_holds_features(Path(word.partition("::")[0])) for word in words)


def _holds_features(path: Path) -> bool:
    return path.is_file() if path.suffix == ".feature" else any(path.glob("**/*.feature"))
