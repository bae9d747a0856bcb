"""The main job, end to end, on the embedded lab."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commands import watches
from commands.phases import GOOD, Outcome, execute
from pytest_recette.chapters import RUNS
from reports.records import Phase
from reports.verdicts import RunVerdict, Verdict
from targets.lab import breaking, faults, lab, prerequisites
from targets.lab import upgrade as live_upgrade
from targets.lab.commands import progress
from targets.lab.faults.fault import Fault
from targets.lab.role import Component
from targets.lab.store import Store
from targets.loader import load

TARGET = "lab"
FLEET: tuple[Component, ...] = ("client", "recording agent")
"""What the vendor has upgraded first; the lab's workstations and its one server are pilots and fleet in one."""
AFTERWARDS = 3.0
"""Seconds of watching after everything is back: it has to stay."""
BEHIND_THE_WATCH = 10
"""Niceness of a phase that is run meanwhile: browser and desktops must not take the processor from the beat."""


def run(console: Console, *, fault: str | None, keep: bool, arguments: Sequence[str] = ()) -> Outcome:
    """Bring a fresh lab up, go through the vendor's procedure, and take it down again unless it is to be kept.

    `fault` names a way in which the upgrade goes wrong; further arguments go to pytest, in every phase but the watch.
    Returns what the last phase came to: the validation, or the one after which there was no reason to go on. Raises
    LabError where the lab cannot run, PhaseError or RunError where a phase cannot.
    """
    prerequisites.check()
    demo = _Demo(console, Store(), faults.named(fault) if fault else None, arguments)
    try:
        return demo.outcome()
    finally:
        if not keep:
            lab.down(demo.store)


@dataclass(frozen=True)
class _Demo:
    """One main job: the vendor's procedure, on a fresh lab."""

    console: Console
    store: Store
    fault: Fault | None
    arguments: Sequence[str]

    def outcome(self) -> Outcome:
        """Go from phase to phase as long as there is reason to; return what the last one came to."""
        self._lab_up()
        for phase in (Phase.PREPARE, Phase.BASELINE):
            before = self._phase(phase)
            if self._ends_with(before):
                return before
        with self._watched() as watch:
            self._upgrade("clients", fleet=True)
            with _behind_the_watch():
                qualified = self._phase(Phase.QUALIFY)
            if not self._ends_with(qualified):
                self._upgrade("servers", fleet=False)
        impact = _phase(self.console, Phase.WATCH, watches.judging(watch))
        if self._ends_with(qualified):
            return qualified
        return impact if self._ends_with(impact) else self._phase(Phase.VALIDATE)

    def _ends_with(self, outcome: Outcome) -> bool:
        """Tell whether there is no reason to go on, or nothing to show any more."""
        shown_by = self.fault.phase if self.fault else None
        if outcome.run.phase is Phase.BASELINE:
            return outcome.verdict not in GOOD
        if outcome.run.phase is Phase.WATCH:  # whatever users lost, the platform wants validating
            return shown_by == "watch"
        return outcome.verdict is RunVerdict.NO_GO and shown_by != "validate"

    def _lab_up(self) -> None:
        with _timed(self.console, "lab", "is up"), progress() as tell:
            lab.down(self.store)
            lab.up(self.store, tell)
            if self.fault and self.fault.phase == "prepare":
                breaking.break_now(self.store, self.fault)

    def _phase(self, phase: Phase) -> Outcome:
        return _phase(self.console, phase, self.arguments)

    def _upgrade(self, name: str, *, fleet: bool) -> None:
        running = [one.machine for one in lab.status(self.store) if one.running]
        part = [one.name for one in running if (one.component in FLEET) is fleet]
        with _timed(self.console, name, "are upgraded"), progress() as tell:
            live_upgrade.upgrade(self.store, tell, self.fault, part)

    @contextmanager
    def _watched(self) -> Iterator[Path]:
        """Watch the platform meanwhile, in a run of its own, and yield its folder."""
        with ExitStack() as watch:
            with self.console.status("watch: begins"):
                folder = watch.enter_context(watches.watched(load(TARGET), runs=self._runs()))
            yield folder
            with self.console.status("watch: until everything is back"):
                watches.wait_until_well(folder)
                sleep(AFTERWARDS)

    def _runs(self) -> Path:
        """Return the folder where pytest's arguments say that runs are kept."""
        parser = ArgumentParser()
        parser.add_argument("--runs", type=Path, default=RUNS)
        runs: Path = parser.parse_known_args(self.arguments)[0].runs
        return runs


@contextmanager
def _behind_the_watch() -> Iterator[None]:
    """Let this thread, and all that it starts, stand back; root, whom the lab needs, may go back to where it was."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, max(before, BEHIND_THE_WATCH))
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)


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
