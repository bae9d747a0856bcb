"""What the command line says to people: kindly what they can mend, and in the last line the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from commands.phases import Outcome, PhaseError
from reports.decision import decisions
from reports.records import Phase
from reports.storage import RunError
from reports.verdicts import RunVerdict
from targets.lab.command import LabError
from targets.problems import TargetError

WRONG = 2

console = Console()
errors = Console(stderr=True)

Target = Annotated[str, typer.Argument(help="Target file, or the name of one in targets/, such as lab.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]


def tell(text: str) -> None:
    """Say a line as it is, however long."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def conclude(outcome: Outcome) -> None:
    """Say why, then where the report is, and in the last line the verdict; end with its exit code."""
    for reason in outcome.run.reasons[:5]:
        tell(f"- {reason}")
    for decision in decisions(outcome.run):
        tell(decision.said)
    if outcome.run.verdict is RunVerdict.NO_GO and outcome.run.phase is Phase.BASELINE:
        tell(f"To go on knowingly: recette accept {outcome.folder}")
    tell(f"Report: {outcome.report}")
    tell(outcome.verdict.value)
    raise typer.Exit(outcome.verdict.exit_code)


@contextmanager
def kindly() -> Iterator[None]:
    """Turn what a user can mend into a message and exit code 2."""
    try:
        yield
    except (TargetError, RunError, LabError, PhaseError) as error:
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(WRONG) from None
