"""``recette lab``: the embedded platform from the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from targets.lab import breaking, faults, lab, machine, prerequisites, traces
from targets.lab import upgrade as live_upgrade
from targets.lab.command import LabError
from targets.lab.image import Tell
from targets.lab.lab import MachineStatus
from targets.lab.machines import MOST_PILOTS
from targets.lab.store import Store

app = typer.Typer(help="The embedded platform: real machines, right here.", no_args_is_help=True)
console = Console(stderr=True)
MEBIBYTE = 2**20
MISUSED = 2

Names = Annotated[list[str] | None, typer.Argument(metavar="[MACHINE]...", help="These machines only.")]


@app.command()
def up(
    names: Names = None,
    pilots: Annotated[int, typer.Option(min=0, max=MOST_PILOTS, help="How many workstations.")] = 2,
    with_windows: Annotated[
        bool, typer.Option("--with-windows", help="Add pilot-win, a pilot with Windows' commands (Wine).")
    ] = False,
) -> None:
    """Bring the lab up and wait until everything serves; what runs already stays as it is."""
    with _kindly(), progress() as tell:
        prerequisites.check()
        lab.up(Store(), tell, pilots, names or [], with_windows)
    console.print(f"The lab is up; it lies in {Store().path}.")


@app.command()
def down(
    names: Names = None,
    purge: Annotated[bool, typer.Option("--purge", help="Delete its image, keys and secrets too.")] = False,
) -> None:
    """Take the lab down, also after a crash; the image is kept for the next time."""
    with _kindly():
        lab.down(Store(), names or [], purge)
    console.print(f"The lab is down{', its store deleted' if purge else f'; its image is kept in {Store().path}'}.")


@app.command()
def status() -> None:
    """Show the machines, what they run and the memory they use; exit 1 unless all that were started run."""
    with _kindly():
        states = lab.status(Store())
    Console().print(_table(states) if states else "The lab is down.")
    if not states or not all(state.running for state in states):
        raise typer.Exit(1)


@app.command()
def upgrade(
    names: Names = None,
    fault: Annotated[str | None, typer.Option(metavar="NAME", help="Go wrong as this fault does.")] = None,
) -> None:
    """Upgrade the running lab from 4.5 to 4.6 in the vendor's order."""
    with _kindly(), progress() as tell:
        chosen = faults.named(fault) if fault else None
        if chosen and chosen.comes_before:
            raise LabError(
                f"{fault} is there before an upgrade: `recette lab break {fault}`, then `recette prepare lab`."
            )
        live_upgrade.upgrade(Store(), tell, chosen, names or [])
    console.print("The lab is upgraded." if chosen is None else f"The lab is upgraded, with a fault: {chosen.story}")


@app.command(name="faults")
def list_faults() -> None:
    """List the ways in which an upgrade of the lab can go wrong."""
    table = Table("fault", "what happened, and what must see it", show_header=True)
    table.columns[0].no_wrap = True
    for area, entries in faults.AREAS.items():
        table.add_section()
        table.add_row("", f"[bold]{area}[/]")
        for fault in entries:
            at = f"{fault.component} ({', '.join(fault.machines)}); {fault.phase}: {', '.join(fault.seen_by)}"
            table.add_row(fault.name, f"{fault.story}\n[dim]{at}[/]")
    Console().print(table)


FaultName = Annotated[str, typer.Argument(metavar="NAME", help="A fault, as `recette lab faults` calls it.")]


@app.command(name="break")
def break_machines(name: FaultName) -> None:
    """Break the machines of the running lab as an upgrade with this fault leaves them."""
    with _kindly():
        breaking.break_now(Store(), faults.named(name))
    console.print(f"Broken: {faults.named(name).story}")


@app.command()
def mend(name: FaultName) -> None:
    """Mend what a fault broke, and wait until the machines serve again."""
    with _kindly():
        breaking.mend(Store(), faults.named(name))
    console.print("Mended.")


@app.command()
def shell(name: Annotated[str, typer.Argument(metavar="MACHINE")]) -> None:
    """Open a root shell on a machine; exit with its status."""
    with _kindly():
        leader = traces.leader(lab.place_of(Store(), name))
        if leader is None:
            raise LabError(f"{name} does not run: `recette lab status` shows what does, `recette lab up` starts it.")
    words = [*machine.entrance(leader), f"TERM={os.environ.get('TERM', 'dumb')}", "bash", "--login"]
    os.execvp(words[0], words)  # noqa: S606 - a list of arguments, no shell is wanted


@contextmanager
def progress() -> Iterator[Tell]:
    """Show the lab's progress: a line for what is at work, and a line left behind for what is done."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    lock = Lock()
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(subject: str, state: str) -> None:
            with lock:
                if subject in tasks:
                    bar.remove_task(tasks.pop(subject))
                    bar.console.print(f"  {subject}: {state}", highlight=False)
                else:
                    tasks[subject] = bar.add_task(f"{subject}: {state}", total=None)

        yield tell


@contextmanager
def _kindly() -> Iterator[None]:
    try:
        yield
    except LabError as error:
        console.print(f"lab: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(MISUSED) from None


def _table(states: list[MachineStatus]) -> Table:
    table = Table("machine", "address", "component", "state", "release", "memory")
    for state in states:
        one = state.machine
        component = " ".join(filter(None, (one.component, one.rank))) or one.role
        shown = "running" if state.running else "stopped"
        table.add_row(one.name, one.address, component, shown, state.release, f"{state.memory // MEBIBYTE} MiB")
    total = sum(state.memory for state in states)
    table.add_row("all", "", "", "", "", f"{total // MEBIBYTE} MiB", style="bold")
    return table
