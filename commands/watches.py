"""``recette watch`` and ``recette mark``: the upgrade watched from the command line."""

from __future__ import annotations

import fcntl
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Annotated

import typer

from commands.phases import HOME, Outcome, baseline_of, execute
from commands.terminal import Target, conclude, console, kindly, tell
from pytest_recette.chapters import RUNS
from pytest_recette.run import begin_run
from pytest_recette.watching import OPTION
from reports.page import render
from reports.records import Phase
from reports.run import load
from reports.samples import Mark, State, read_watch, samples
from reports.storage import RunError
from targets.loader import LoadedTarget
from targets.loader import load as load_target
from watch import screen, watching
from watch.marking import MarkError, mark_by_hand
from watch.watching import WatchError

Runs = Annotated[Path, typer.Option("--runs", metavar="FOLDER", help="Where runs are kept.")]

UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600}
FOR_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(s|m|min|h)?")
LONGEST_TEXT = 500
PATIENCE = 60.0
"""Seconds. Whoever holds a desktop may wait 30 of them for one that never shows, and then opens another."""
FINISHER_LOG = "finisher.log"


def started(
    loaded: LoadedTarget, *, every: float | None = None, seconds: float | None = None, runs: Path = RUNS
) -> tuple[Path, Popen[bytes]]:
    """Begin a run of the phase watch and its sampler; return the run's folder and the process.

    `runs` is where runs are kept, `every` the beat (the target's own without it), `seconds` how long it lasts. Raises
    WatchError where the target is being watched already, RunError where nothing can be written.
    """
    watching.refuse_second(runs / loaded.target.name)
    store = begin_run(runs, Phase.WATCH, loaded, None)
    beat = every or loaded.target.watch.every
    return store.folder, watching.begin(store.folder, loaded.target, loaded.secrets, every=beat, seconds=seconds)


def wait_until_well(folder: Path) -> None:
    """Wait until everything answers from now on, sessions held included; give up after a while."""
    watch, now = read_watch(folder), time.monotonic()
    wanted, since, ends = {each.name for each in watch.watched}, now - watch.origin, now + PATIENCE
    while wanted - {each.service for each in samples(folder) if each.state is State.OK and each.at >= since}:
        if time.monotonic() > ends:
            return  # what does not answer is for the watch to say
        time.sleep(0.5)  # bounded by `ends`: the sampler writes twice a second


@contextmanager
def watched(loaded: LoadedTarget, *, every: float | None = None, runs: Path = RUNS) -> Iterator[Path]:
    """Watch from where everything answers to the end of the block; yield the folder of the run.

    Takes and raises what `started` does.
    """
    folder, sampler = started(loaded, every=every, runs=runs)
    try:
        wait_until_well(folder)
        yield folder
    finally:
        ended(folder, sampler)


def judging(folder: Path) -> list[str]:
    """Return the arguments with which the phase watch judges what was recorded in a folder."""
    return [f"{OPTION}={folder}"]


def judged(folder: Path, target: str) -> Outcome:
    """Judge what a watch recorded, once: whoever comes second gets what the first one found."""
    with _alone(folder):
        run = load(folder)
        if run.complete:
            return Outcome(run, folder, render(folder, baseline_of(run, folder)))
        return execute(Phase.WATCH, target, judging(folder))


def watch(  # noqa: PLR0913, PLR0917 -- each is an option of the command line
    target: Target,
    every: Annotated[float | None, typer.Option(min=0.1, max=60, help="The beat, in seconds.")] = None,
    for_time: Annotated[str | None, typer.Option("--for", metavar="TIME", help="Such as 90s, 30min or 4h.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the watch that goes on, and judge it.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Go on, and judge, without this terminal.")] = False,
    runs: Runs = RUNS,
) -> None:
    """During the upgrade: sample every service, and judge the impact."""
    with kindly():
        loaded = load_target(target)
        if stop:
            folder = _stopped(runs / loaded.target.name)
        else:
            folder, sampler = started(loaded, every=every, seconds=_seconds(for_time), runs=runs)
            _leave(loaded, folder, sampler) if detach else _follow(folder, sampler)
        outcome = judged(folder, target) if stop or not detach else None
    if outcome:
        conclude(outcome)


def mark(  # noqa: PLR0913, PLR0917 -- each is an option of the command line
    target: Target,
    text: Annotated[str, typer.Argument(help="What happens, in your words.")] = "",
    component: Annotated[str | None, typer.Option(help="The component that it is about.")] = None,
    machine: Annotated[str | None, typer.Option(help="The machine that it is about.")] = None,
    begin: Annotated[bool, typer.Option("--begin", help="An upgrade step begins.")] = False,
    end: Annotated[bool, typer.Option("--end", help="An upgrade step ends.")] = False,
    runs: Runs = RUNS,
) -> None:
    """Note a step of the upgrade on the watch that goes on."""
    with kindly():
        wanted = {"what": _what(text, begin=begin, end=end), "text": text[:LONGEST_TEXT]}
        tell(marked(target, runs, wanted | {"component": component, "machine": machine}))


def marked(target: str, runs: Path, wanted: Mapping[str, str | None]) -> str:
    """Add a mark, of the values in `wanted`, to the watch of a target that goes on; return it in words.

    Raises WatchError where nobody watches, MarkError for what the target does not have.
    """
    loaded = load_target(target)
    found = watching.active(runs / loaded.target.name)
    if found is None:
        raise WatchError(f"{loaded.target.name} is not being watched: begin with `recette watch {target}`")
    mark = Mark.model_validate({"at": 0, "wall": datetime.now(UTC), **wanted})
    return screen.said(read_watch(found.folder), mark_by_hand(found.folder, loaded.target, mark))


def ended(folder: Path, sampler: Popen[bytes]) -> None:
    """End a watch whose sampler we started, and wait until it has written all."""
    if found := watching.active(folder.parent):
        watching.end(found)
    sampler.wait(watching.ENDING)


def _follow(folder: Path, sampler: Popen[bytes]) -> None:
    """Show a watch until it is stopped, or its time is over."""
    with suppress(KeyboardInterrupt):
        screen.follow(folder, sampler, console)
    ended(folder, sampler)


def _leave(loaded: LoadedTarget, folder: Path, sampler: Popen[bytes]) -> None:
    """Leave a watch to itself, with a process in a session of its own that judges it in the end."""
    with (folder / FINISHER_LOG).open("ab") as log:
        Popen(
            [sys.executable, "-m", "commands.finisher", folder.resolve(), loaded.path.resolve(), str(sampler.pid)],
            cwd=HOME,
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    tell(
        f"Watching: {folder}\nIt is judged when it ends, and the report is there then. "
        f"To end it: recette watch {loaded.target.name} --stop"
    )


def _what(text: str, *, begin: bool, end: bool) -> str:
    if begin and end:
        raise MarkError("a mark is the begin of a step or its end, not both")
    if not (begin or end or text.strip()):
        raise MarkError("say what happens, or --begin or --end with --machine or --component")
    return "begin" if begin else "end" if end else "note"


def _stopped(runs: Path) -> Path:
    """Stop the watch that goes on; return its folder, or that of the last one, which ended by itself."""
    if found := watching.active(runs):
        watching.end(found)
        return found.folder
    last = max(runs.glob(f"*-{Phase.WATCH}*/"), default=None)
    if last is None:
        raise WatchError(f"{runs.name} is not being watched, and never was")
    return last


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    found = FOR_TIME.fullmatch(text.strip())
    if not found or not float(found[1]):
        raise WatchError(f"“{text}” is no time: say for example 90s, 30min or 4h")
    return float(found[1]) * UNITS[found[2] or "s"]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time judge a watch."""
    try:
        with (folder / watching.LOG_FILE).open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            yield
    except FileNotFoundError:
        raise RunError(f"{folder} holds no watch: name the folder of a run of the phase watch") from None
