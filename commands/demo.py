"""The main job, end to end, on the embedded lab."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commands import watches
from commands.phases import GOOD, Outcome, execute
from pytest_recette.chapters import RUNS
from reports.records import Phase, Verdict
from targets.lab import faults, lab, prerequisites
from targets.lab import upgrade as live_upgrade
from targets.lab.commands import progress
from targets.lab.store import Store
from targets.loader import load

TARGET = "lab"
AFTERWARDS = 3.0
"""Seconds of watching after everything is back: it has to stay."""


def run(console: Console, *, fault: str | None, keep: bool, arguments: Sequence[str] = ()) -> Outcome:
    """Bring a fresh lab up, measure, upgrade, validate, and take it down again unless it is to be kept.

    `fault` names a way in which the upgrade goes wrong; further arguments go to pytest, in both phases. Returns what
    the validation came to, or the baseline where that is not fit to compare with. Raises LabError where the lab cannot
    run, PhaseError or RunError where a phase cannot.
    """
    prerequisites.check()
    wrong = faults.named(fault) if fault else None
    store = Store()
    try:
        with _timed(console, "lab", "is up"):
            lab.down(store)
            with progress() as tell:
                lab.up(store, tell)
        before = _phase(console, Phase.BASELINE, arguments)
        if before.verdict not in GOOD:
            return before
        done = f"done, with a fault: {wrong.story}" if wrong else "done"
        with _watched(console, arguments), _timed(console, "upgrade", done), progress() as tell:
            live_upgrade.upgrade(store, tell, wrong)
        return _phase(console, Phase.VALIDATE, arguments)
    finally:
        if not keep:
            lab.down(store)


@contextmanager
def _watched(console: Console, arguments: Sequence[str]) -> Iterator[None]:
    """Watch the platform meanwhile, and tell what that came to; runs are kept where pytest's arguments say."""
    parser = ArgumentParser()
    parser.add_argument("--runs", type=Path, default=RUNS)
    folder, sampler = watches.started(load(TARGET), runs=parser.parse_known_args(arguments)[0].runs)
    try:
        with console.status("watch: begins"):
            watches.wait_until_well(folder)
        yield
        with console.status("watch: until everything is back"):
            watches.wait_until_well(folder)
            sleep(AFTERWARDS)
    finally:
        watches.ended(folder, sampler)
    _phase(console, Phase.WATCH, watches.judging(folder))


def _phase(console: Console, phase: Phase, arguments: Sequence[str]) -> Outcome:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    began = monotonic()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"{phase}: starting", total=None)

        def tell(done: int, planned: int, last: str) -> None:
            bar.update(task, completed=done, total=planned, description=f"{phase}: {last}")

        outcome = execute(phase, TARGET, arguments, progress=tell)
    _line(console, phase, f"{outcome.verdict}: {_counted(outcome)}", began)
    return outcome


def _counted(outcome: Outcome) -> str:
    verdicts = [result.verdict for result in outcome.run.results]
    counts = {verdict: verdicts.count(verdict) for verdict in Verdict}
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)


@contextmanager
def _timed(console: Console, name: str, done: str) -> Iterator[None]:
    began = monotonic()
    yield
    _line(console, name, done, began)


def _line(console: Console, name: str, text: str, began: float) -> None:
    console.print(f"{name:<9} {text} ({monotonic() - began:.0f} s)", highlight=False, markup=False)
