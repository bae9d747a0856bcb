"""What a report shows of a watch: its picture, for the page and as a file, and its interruptions in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from markupsafe import Markup

from reports.causes import cause
from reports.outages import Recording, read
from reports.templating import environment, style
from reports.timeline import AXIS, HALF_A_CLOCK, LEFT, MOST_TICKS, RIGHT, TICKS, WIDTH, Picture, how, picture
from reports.wording import duration

NOTHING = Markup("")
LEGEND = {
    "well": "answers",
    "span away": "away",
    "span kept": "kept connection lost",
    "span lost": "session lost",
    "span unknown": "not seen",
}


@dataclass(frozen=True)
class WatchedPart:
    """What is shown of a watch: the picture, for the page and as a file by itself, and every interruption in words."""

    drawing: Markup
    file: str
    interruptions: list[tuple[str, str, str, str, str]]


def watched(folder: Path, zone: ZoneInfo) -> WatchedPart:
    """Return what is shown of the watch in a folder, whose samples are read once. Raises RunError."""
    recording = read(folder)
    found = picture(recording, zone)
    own_style: Markup = style("timeline.css")["style"]
    return WatchedPart(_drawn(found), _drawn(found, own_style), interruptions(recording, zone))


def _drawn(found: Picture, own_style: Markup = NOTHING) -> Markup:
    size: dict[str, float] = {"width": WIDTH, "left": LEFT, "right": RIGHT, "axis": AXIS, "half_a_clock": HALF_A_CLOCK}
    size |= {"height": found.height + (AXIS if own_style else 0)}
    scale = {"ticks": TICKS, "most": MOST_TICKS}
    template = environment(found.zone, {}).get_template("timeline.svg")
    return Markup(template.render(picture=found, size=size, scale=scale, legend=LEGEND, own_style=own_style))  # noqa: S704 - the template escapes


def interruptions(recording: Recording, zone: ZoneInfo) -> list[tuple[str, str, str, str, str]]:
    """Return every interruption in words: what, when, for how long, how it failed, during which step."""
    found = [(each.begin, track, each) for track in recording.tracks for each in track.outages]
    return [
        (
            track.watched.name,
            f"{recording.watch.wall(each.begin).astimezone(zone):%H:%M:%S}",
            duration(each.seconds),
            how(each),
            str(cause(recording.steps, track.watched, each) or "no step explains it"),
        )
        for _, track, each in sorted(found, key=lambda one: (one[0], one[1].watched.name))
    ]
