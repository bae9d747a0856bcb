"""The watch as it goes, for whoever sits at the terminal: a live table, or plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import TypeVar

from pydantic import BaseModel
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from reports.outages import steps_of
from reports.samples import CONTROL, MARKS_FILE, SAMPLES_FILE, Mark, Sample, State, WatchFile, parsed, read_watch
from reports.wording import duration, shortened
from watch.journal import MOST_WAITING
from watch.watching import LOG_FILE

REFRESH = 0.5
MARKS_SHOWN = 8
STYLES = {State.OK: "blue", State.AWAY: "bold red", State.LOST: "bold red", State.UNKNOWN: "yellow"}
SIGNS = {State.OK: "✓ answers", State.AWAY: "✗ away", State.LOST: "✗ lost", State.UNKNOWN: "? unknown"}
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass
class Row:
    """What is shown of one service."""

    state: State = State.UNKNOWN
    since: float = 0.0
    outages: int = 0
    text: str = "no sample yet"


class Tail:
    """Reads what is added to a file of JSON lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new(self, model: type[_Model]) -> Iterator[_Model]:
        """Yield what was added since the last look; half a line waits for its end."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                added = file.read(MOST_WAITING)
        except FileNotFoundError:
            return
        whole = added[: added.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            if (found := parsed(line, model)) is not None:
                yield found


class Picture:
    """The state of everything, from the samples so far."""

    def __init__(self, watch: WatchFile) -> None:
        self.watch = watch
        self.rows = {each.name: Row() for each in watch.watched}
        self.marks: list[Mark] = []
        if watch.control:
            self.rows[CONTROL] = Row()

    def take(self, sample: Sample) -> str | None:
        """Take a sample; return a line for people where it changes something. New connections are what is shown."""
        row = self.rows.get(sample.service)
        if row is None or sample.kept or row.state is sample.state:
            return None
        before, row.state, row.since, row.text = row.state, sample.state, sample.at, self._why(sample)
        row.outages += sample.state in {State.AWAY, State.LOST} and before not in {State.AWAY, State.LOST}
        if before is State.UNKNOWN and sample.state is State.OK:
            return None
        return f"{self.clock(sample.at)}  {sample.service}: {SIGNS[sample.state]} {row.text}".rstrip()

    def mark(self, mark: Mark) -> str:
        """Take a mark; return it as a line for people."""
        self.marks.append(mark)
        return said(self.watch, mark)

    def clock(self, at: float) -> str:
        """Return the wall-clock time of a moment, here."""
        return f"{self.watch.wall(at).astimezone():%H:%M:%S}"

    @staticmethod
    def _why(sample: Sample) -> str:
        return f"{sample.stage}: {sample.text}" if sample.stage else sample.text


def said(watch: WatchFile, mark: Mark) -> str:
    """Return a mark as a line for people."""
    whom = " on ".join(filter(None, (mark.component, mark.machine)))
    what = {"begin": "begins", "end": "ends", "release": f"is at {mark.release}", "note": ""}[mark.what]
    words = " ".join(filter(None, (whom, what, f"({mark.text})" if mark.text and whom else mark.text)))
    return f"{watch.wall(mark.at).astimezone():%H:%M:%S}  {words}"


def follow(folder: Path, sampler: Popen[bytes], console: Console) -> None:
    """Show a watch until its sampler ends."""
    picture = Picture(read_watch(folder))
    samples, marks = Tail(folder / SAMPLES_FILE), Tail(folder / MARKS_FILE)
    if not console.is_terminal:
        _follow_in_lines(picture, samples, marks, sampler, console)
        return
    with Live(console=console, auto_refresh=False, screen=False) as live:
        ended = False
        while not ended:
            ended = _has_ended(sampler)
            _take_all(picture, samples, marks)
            live.update(table(picture, folder), refresh=True)


def _follow_in_lines(picture: Picture, samples: Tail, marks: Tail, sampler: Popen[bytes], console: Console) -> None:
    ended = False
    while not ended:
        ended = _has_ended(sampler)
        for line in _take_all(picture, samples, marks):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _take_all(picture: Picture, samples: Tail, marks: Tail) -> list[str]:
    lines = [picture.mark(mark) for mark in marks.new(Mark)]
    return lines + [line for sample in samples.new(Sample) if (line := picture.take(sample))]


def _has_ended(sampler: Popen[bytes]) -> bool:
    """Wait a moment, and tell whether the sampler has ended."""
    ends = time.monotonic() + REFRESH
    while sampler.poll() is None and time.monotonic() < ends:
        time.sleep(0.05)  # bounded by `ends`: the moment between two looks at the files
    return sampler.returncode is not None


def table(picture: Picture, folder: Path) -> Group:
    """Return what the screen shows: the services, and the last marks."""
    watch = picture.watch
    now = time.monotonic() - watch.origin
    shown = Table("service", "state", "since", "outages", "what it says", expand=True)
    for name, row in picture.rows.items():
        style = STYLES[row.state]
        outages = Text(str(row.outages) if row.outages else "-", style="bold red" if row.outages else "dim")
        since = f"{picture.clock(row.since)} ({duration(max(0.0, now - row.since))})"
        words = "" if row.state is State.OK else shortened(row.text, 80)
        shown.add_row(Text(name), Text(SIGNS[row.state], style=style), since, outages, Text(words))
    head = Text(f"Watching since {watch.started.astimezone():%H:%M:%S} ({duration(max(0.0, now))}), ", style="bold")
    head.append(f"{_open_steps(picture)}. Ctrl-C stops and judges. {folder}", style="not bold")
    return Group(head, shown, *_notices(picture, folder))


def _open_steps(picture: Picture) -> str:
    going = [str(step) for step in steps_of(picture.marks) if step.end is None]
    return f"under way: {', '.join(going)}" if going else "no upgrade step under way"


def _notices(picture: Picture, folder: Path) -> Iterator[Text]:
    for mark in picture.marks[-MARKS_SHOWN:]:
        yield Text(said(picture.watch, mark), style="dim" if mark.what == "release" else "")
    try:
        trouble = (folder / LOG_FILE).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        trouble = []
    if trouble:
        yield Text(shortened(trouble[-1]), style="bold red")
