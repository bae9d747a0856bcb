"""Recordings of a watch of the lab, made up second by second, and the criteria's view of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from reports.evidence import Record
from reports.outages import Recording, read
from reports.samples import Mark, Sample, State, Watched
from targets.access.platform import Platform
from targets.model.target import Target
from targets.model.watch import Watch, Windows
from targets.subject import Subject
from targets.subjects import subjects
from tests.unit.reports_samples import unscrubbed
from tests.unit.watch_samples import STARTED, a_watch, mark, sample
from watch.watching import describe

LETTERS = {"o": State.OK, "a": State.AWAY, "u": State.UNKNOWN, "l": State.LOST}
CONTROLLER, GATEWAY, CLIENT = "mediation controller", "edge gateway", "client"
SECONDS = 100


def step(component: str, machine: str | None, begin: float, end: float | None = None) -> list[Mark]:
    """Give the marks of an upgrade step, in seconds; without an end, nobody said that it ended."""
    marks = [mark(begin, "begin", component, machine)]
    return marks if end is None else [*marks, mark(end, "end", component, machine)]


def release(at: float, machine: str, version: str) -> list[Mark]:
    return [mark(at, "release", CONTROLLER, machine, release=version)]


def recorded(folder: Path, lab: Target, *steps: Sequence[Mark], **tracks: str) -> Recording:
    """Record the portal, an intranet and what is named of the lab for 100 s; what nothing is said of answers.

    A name is written with `_` for each space, `__` for the colon of a console. Its text holds runs such as
    ``o10 a5``: letter and seconds (o answers, a away, l lost, u unknown, . no sample); it answers from then on.
    """
    said = {name.replace("__", ": ").replace("_", " "): text for name, text in tracks.items()}
    said = {"portal": "", "Intranet via eg1": ""} | said
    watched = [each for each in describe(lab, 1.0, STARTED, 0).watched if each.name in said]
    assert len(watched) == len(said)
    samples = [one for each in watched for one in _samples(each, said[each.name])]
    marks = sorted((each for several in steps for each in several), key=lambda each: each.at)
    return read(a_watch(folder, watched, sorted(samples, key=lambda each: each.at), marks))


def _samples(watched: Watched, text: str) -> list[Sample]:
    letters = "".join(run[0] * int(run[1:]) for run in text.split()).ljust(SECONDS, "o")[:SECONDS]
    return [
        sample(at, LETTERS[letters[at]], watched.name)
        for at in range(0, SECONDS, int(watched.every))
        if letters[at] != "."
    ]


def subject(lab: Target, kind: str, name: str = "") -> Subject:
    return next(each for each in subjects(lab, kind) if name in ("", each.name))


def platform(lab: Target, windows: Windows | None = None, **watch: float) -> Platform:
    """Give the lab as a platform, with limits of a site."""
    limits = Watch(windows=windows or Windows(), **watch)
    return cast(Platform, SimpleNamespace(target=lab.model_copy(update={"watch": limits}), watched=None))


def a_record(folder: Path) -> Record:
    return Record(folder, "IMPACT-01", "it", scrub=unscrubbed)
