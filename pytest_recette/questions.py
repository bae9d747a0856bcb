"""Asks a person what only a person can check, and keeps each answer beside its run as soon as it is given."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.prompt import Prompt
from rich.text import Text

from reports.answering import add_answer
from reports.answers import waiting
from reports.evidence import EvidenceError, Record
from reports.records import Run
from reports.results import Answer, Result, Said
from reports.run import load
from reports.scrubbing import Scrub, scrubbed
from reports.wording import counted, visible
from targets.loader import redactor_at_hand
from targets.problems import TargetError

CHOICES = {
    "h": Said.HELD,
    "n": Said.DID_NOT_HOLD,
    "c": Said.COULD_NOT_BE_CHECKED,
}
LATER = "l"


def ask_at_terminal(folder: Path) -> None:
    """Ask what a run leaves to a person, where one sits at a terminal; elsewhere it stays unknown."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        ask(folder, Console())


def ask(folder: Path, console: Console, *, again: bool = False) -> None:
    """Ask for each criterion of a run that waits for a person, or `again` for each one that a person answers.

    What was answered is kept, wherever the person stops. Raises RunError.
    """
    run = load(folder)
    asked = [result for result in run.results if result.manual] if again else waiting(run)
    if not asked:
        return
    scrub = _scrub_of(run, console)
    try:
        who = _introduced(run, asked, console)
        for result in asked:
            _one(folder, result, who, scrub, console)
    except (EOFError, KeyboardInterrupt):
        console.print(f"\nThe rest stays unknown until you answer it: recette answer {folder}", markup=False)


def _scrub_of(run: Run, console: Console) -> Scrub:
    try:
        return redactor_at_hand(run.target.file).scrub
    except TargetError as error:
        console.print(
            f"{error}\nSo passwords are not recognised in what you write, and in the files that you give: look first.",
            markup=False,
            highlight=False,
        )
        return str


def _introduced(run: Run, asked: list[Result], console: Console) -> str:
    console.print(
        f"\n{counted(len(asked), 'point')} that only a person can check. "
        f"Upgrade {run.releases.from_} → {run.releases.to}, {run.phase}.",
        markup=False,
        highlight=False,
    )
    return _line("Your name", console, default=getpass.getuser())


def _one(folder: Path, result: Result, who: str, scrub: Scrub, console: Console) -> None:
    """Ask for one criterion on one subject, and keep the answer."""
    console.print(Text(visible(f"\n{result.criterion}  {result.title}: {result.subject}"), style="bold"))
    for step in result.steps:
        console.print(Text(visible(f"  {step.text}")))
    if result.advice and result.answer is None:
        console.print(Text(visible(f"  To do: {result.advice}"), style="dim"))
    choice = Prompt.ask(
        "[bold]h[/]eld, did [bold]n[/]ot hold, [bold]c[/]ould not be checked, [bold]l[/]ater",
        choices=[*CHOICES, LATER],
        console=console,
    )
    if choice != LATER:
        remark = scrubbed(_line("Remark (Enter for none)", console), scrub)
        record = Record(folder, *result.key, scrub=scrub)
        _take_evidence(record, console)
        add_answer(folder, _answer(result, CHOICES[choice], who, remark, record))


def _take_evidence(record: Record, console: Console) -> None:
    while given := _line("Evidence, a picture or a text file (Enter for none)", console):
        try:
            record.given(Path(given).expanduser())
        except EvidenceError as error:
            console.print(Text(visible(str(error)), style="red"))


def _answer(result: Result, said: Said, who: str, remark: str, record: Record) -> Answer:
    return Answer(
        criterion=result.criterion,
        subject=result.subject,
        said=said,
        remark=remark or None,
        evidence=tuple(record.evidence),
        who=who,
        at=datetime.now(UTC),
    )


def _line(question: str, console: Console, default: str = "") -> str:
    return (Prompt.ask(question, console=console, default=default, show_default=bool(default)) or default).strip()
