"""The picture of a watch, laid out: a row a service, its outages, the upgrade steps above, the held sessions below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from reports.causes import cause
from reports.intervals import Interval
from reports.outages import Recording, Step, Track
from reports.samples import State
from reports.wording import duration

WIDTH, LEFT, RIGHT = 1200, 232, 20
ROW, STEP_ROW, GAP, AXIS = 22, 24, 30, 26
TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
"""Seconds from one line of the scale to the next: whole units, as on a clock."""
MOST_TICKS = 10
HALF_A_CLOCK = 28
"""Pixels: nearer to an end, a moment's clock would be cut off."""
LETTER, AROUND_A_LABEL = 6.6, 12
"""Pixels that a letter of a label is wide, and that are left free beside it."""
SHORTEST = 2.5
"""Pixels: an outage of a moment in a watch of hours must still be seen."""


@dataclass(frozen=True)
class Bar:
    """A stretch on the picture; `about` is said where the pointer rests."""

    begin: float
    end: float
    kind: str
    about: str
    label: str = ""


@dataclass(frozen=True)
class Line:
    """A row: some upgrade steps, or a service or session that was seen from `begin` on; `top` in pixels."""

    name: str
    top: float
    height: float
    bars: tuple[Bar, ...]
    note: str = ""
    begin: float = 0.0


@dataclass(frozen=True)
class Heading:
    """What a group of rows is called."""

    text: str
    top: float


@dataclass(frozen=True)
class Picture:
    """A watch, laid out; `end` in seconds since it began, `height` in pixels."""

    recording: Recording
    zone: ZoneInfo
    steps: tuple[Line, ...]
    services: tuple[Line, ...]
    sessions: tuple[Line, ...]
    headings: tuple[Heading, ...]
    height: float

    @property
    def end(self) -> float:
        """How long the watch was, in seconds; never nothing, so that it can be a scale."""
        return max(self.recording.end, 1.0)

    def x(self, at: float) -> float:
        """Return where a moment is on the picture."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * at / self.end, 2)

    def width(self, bar: Bar) -> float:
        """Return how wide a bar is drawn."""
        return round(max(SHORTEST, self.x(bar.end) - self.x(bar.begin)), 2)

    def needs(self, bar: Bar) -> float:
        """Return how wide a bar must be drawn for its label to be read."""
        return AROUND_A_LABEL + LETTER * len(bar.label)

    @property
    def clock(self) -> float:
        """Return the time of day at which the watch began, in seconds."""
        began = self.recording.watch.wall(0).astimezone(self.zone)
        return (began - began.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield the moments of the scale, with their wall-clock time."""
        step = next((each for each in TICKS if self.end / each <= MOST_TICKS), TICKS[-1])
        began = self.recording.watch.wall(0).astimezone(self.zone)
        first = -began.timestamp() % step
        for number in range(int((self.end - first) // step) + 1):
            at = first + number * step
            if LEFT + HALF_A_CLOCK <= self.x(at) <= WIDTH - RIGHT - HALF_A_CLOCK:
                yield at, f"{began + timedelta(seconds=at):%H:%M:%S}"


def picture(recording: Recording, zone: ZoneInfo) -> Picture:
    """Lay out a watch."""
    top = float(AXIS + GAP)
    steps, top = _step_lines(recording, zone, top)
    headings = [Heading("Upgrade steps", AXIS + GAP - 10)]
    headings.append(Heading("Services", top + GAP - 10))
    services, top = _track_lines(recording, zone, [t for t in recording.tracks if not t.watched.held], top + GAP)
    held = [track for track in recording.tracks if track.watched.held]
    if held:
        headings.append(Heading("Sessions held through the upgrade", top + GAP - 10))
    sessions, top = _track_lines(recording, zone, held, top + GAP) if held else ((), top)
    return Picture(recording, zone, steps, services, sessions, tuple(headings), top + 12)


def _step_lines(recording: Recording, zone: ZoneInfo, top: float) -> tuple[tuple[Line, ...], float]:
    """Put steps into as few rows as can be, none over another."""
    rows: list[list[Step]] = []
    for step in recording.steps:
        row = next((each for each in rows if each[-1].until(recording.end) <= step.begin), None)
        if row is None:
            rows.append([step])
        else:
            row.append(step)
    lines = [
        Line("", top + number * STEP_ROW, STEP_ROW - 4, tuple(_step_bar(recording, zone, step) for step in row))
        for number, row in enumerate(rows)
    ]
    return tuple(lines), top + max(1, len(rows)) * STEP_ROW


def _step_bar(recording: Recording, zone: ZoneInfo, step: Step) -> Bar:
    end = step.until(recording.end)
    open_ = "" if step.end is not None else ", never said to have ended"
    about = f"{step}: {_when(recording, zone, step.begin, end)}{open_}"
    return Bar(
        step.begin, end, f"step {step.component.lower().replace(' ', '-')}", about, step.machine or step.component
    )


def _track_lines(
    recording: Recording, zone: ZoneInfo, tracks: Sequence[Track], top: float
) -> tuple[tuple[Line, ...], float]:
    lines = [
        Line(
            track.watched.name,
            top + number * ROW,
            ROW - 6,
            tuple(_bars(recording, zone, track)),
            _note(track),
            track.begin,
        )
        for number, track in enumerate(tracks)
    ]
    return tuple(lines), top + len(lines) * ROW


def _note(track: Track) -> str:
    seconds = sum(each.seconds for each in track.outages)
    return duration(seconds) if seconds else ""


def _bars(recording: Recording, zone: ZoneInfo, track: Track) -> Iterable[Bar]:
    for each in sorted((*track.unknown, *track.away), key=lambda one: (one.state is not State.UNKNOWN, one.begin)):
        when = _when(recording, zone, each.begin, each.end)
        step = cause(recording.steps, track.watched, each) if each.state is not State.UNKNOWN else None
        during = f" · during {step}" if step else ""
        kind = "kept" if each.kept and each.state is State.AWAY else each.state.value
        yield Bar(each.begin, each.end, kind, f"{track.watched.name}: {when} · {how(each)}{during}")


def how(each: Interval) -> str:
    """Say how an interruption showed."""
    where = " (kept connection)" if each.kept else ""
    return f"{each.stage or each.state}{where}: {each.text}" if each.text else f"{each.stage or each.state}{where}"


def _when(recording: Recording, zone: ZoneInfo, begin: float, end: float) -> str:
    first, last = (recording.watch.wall(at).astimezone(zone) for at in (begin, end))
    return f"{first:%H:%M:%S} to {last:%H:%M:%S} ({duration(end - begin)})"
