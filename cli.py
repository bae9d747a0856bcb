"""The command line of Recette."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text

from commands import demo as demonstration
from commands import detect, documents, watches
from commands.phases import HOME, execute, reported
from commands.terminal import RunFolder, Target, conclude, console, errors, kindly, tell
from pytest_recette.waivers import strays
from reports.baseline import accept
from reports.records import Phase
from targets.lab.commands import app as lab
from targets.loader import LoadedTarget
from targets.loader import load as load_target
from targets.reachability import check_rows

FURTHER = {"allow_extra_args": True, "ignore_unknown_options": True}
SUITES = {"unit": ["tests/unit"], "lab": ["tests/lab"], "all": ["tests/unit", "tests/lab"]}
HABITS = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy", "."])

app = typer.Typer(
    help="Acceptance tests for live upgrades of the cyberelements Cleanroom platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.add_typer(lab, name="lab")


@app.command()
def check(target: Target) -> None:
    """Check a target file, and what of it answers from here."""
    with kindly():
        loaded = load_target(target)
        rows = check_rows(loaded)
    tell(_head(loaded))
    table = Table("", "service", Column("address", overflow="fold"), "what it says", "after")
    for row in rows:
        mark = "[blue]✓ answers[/]" if row.answers else "[bold red]✗ does not[/]"
        table.add_row(mark, *map(Text, (row.what, row.address, row.said, f"{row.seconds * 1000:.0f} ms")))
    console.print(table)
    stray = list(strays(loaded.target))
    for text in stray:
        tell(text)
    if stray or not all(row.answers for row in rows):
        raise typer.Exit(1)


app.command()(documents.document)


@app.command(context_settings=FURTHER)
def prepare(context: typer.Context, target: Target) -> None:
    """Before anything is upgraded: judge repositories, downloads, backups, and what the servers stand on."""
    _phase(Phase.PREPARE, target, context.args)


@app.command(context_settings=FURTHER)
def baseline(context: typer.Context, target: Target) -> None:
    """Before the upgrade: measure what the platform does."""
    _phase(Phase.BASELINE, target, context.args)


@app.command(context_settings=FURTHER)
def qualify(context: typer.Context, target: Target) -> None:
    """After the new client or agent is on the pilots: judge whether the fleet may have it."""
    _phase(Phase.QUALIFY, target, context.args)


@app.command(context_settings=FURTHER)
def validate(context: typer.Context, target: Target) -> None:
    """After the upgrade: judge against the baseline."""
    _phase(Phase.VALIDATE, target, context.args)


app.command()(watches.watch)
app.command()(watches.mark)


@app.command(name="accept")
def accept_run(run: RunFolder) -> None:
    """Accept a baseline knowingly, despite its failures."""
    with kindly():
        accept(run, despite_failures=True)
    console.print(f"{run} is the accepted baseline of its target now.")


@app.command()
def report(run: RunFolder) -> None:
    """Make the report of a run again, and say its verdict."""
    with kindly():
        outcome = reported(run)
    conclude(outcome)


app.command()(documents.answer)


@app.command(context_settings=FURTHER)
def demo(
    context: typer.Context,
    fault: Annotated[str | None, typer.Option(metavar="NAME", help="Let the upgrade go wrong in this way.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the lab up afterwards.")] = False,
) -> None:
    """Show the main job, end to end, on the embedded lab; more arguments go to pytest."""
    with kindly():
        outcome = demonstration.run(errors, fault=fault, keep=keep, arguments=context.args)
    conclude(outcome)


app.command()(detect.detect)


@app.command(context_settings=FURTHER)
def test(
    context: typer.Context,
    suite: Annotated[str, typer.Argument(help="unit (seconds, no lab), lab, or all.")] = "all",
) -> None:
    """Test Recette itself; more arguments go to pytest."""
    if suite not in SUITES:
        context.args.insert(0, suite)
        suite = "all"
    style = [] if suite == "lab" else [_run("-m", *words) for words in HABITS]
    tests = _run("-m", "pytest", "-W", "error", *SUITES[suite], *context.args)
    raise typer.Exit(max([*style, tests]))


def _phase(phase: Phase, target: str, arguments: list[str]) -> None:
    with kindly():
        outcome = execute(phase, target, arguments)
    conclude(outcome)


def _head(loaded: LoadedTarget) -> str:
    target = loaded.target
    return (
        f"{loaded.path}: {target.title or target.name}, from {target.releases.from_} to {target.releases.to}; "
        f"{len(target.machines)} machines, {len(target.users)} users. The file is in order."
    )


def _run(*words: str) -> int:
    return subprocess.run([sys.executable, *words], cwd=HOME, check=False).returncode


if __name__ == "__main__":
    app(prog_name="recette")
