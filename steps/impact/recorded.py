"""The record of a watch, and what of it every criterion looks up."""

from __future__ import annotations

from collections.abc import Sequence

from reports.intervals import Interval, blind
from reports.outages import Recording, Step, Track, read
from steps.exchange import exchange
from steps.impact.words import told
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.model.components import Component
from targets.subject import Subject


@exchange("the record of the watch is read")
def read_record(platform: Platform, _: Subject) -> Recording:
    """Compute the intervals of the watch, once for all criteria."""
    if platform.watched is None:
        raise CannotJudgeError("there is no record of a watch", "run it by: recette watch TARGET")
    folder = platform.watched
    return platform.once(("recording", str(folder)), lambda: read(folder))


def track_of(recording: Recording, name: str) -> Track:
    """Return the track of a service or session; raise CannotJudgeError where nobody looked at it."""
    found = recording.track(name)
    if found is None or not found.samples:
        raise CannotJudgeError(f"{name} was not watched: the watch was too short, or the target changed since")
    return found


def services(recording: Recording) -> list[Track]:
    """Return the tracks of the services, without the sessions that were held."""
    return [track for track in recording.tracks if not track.watched.held]


def all_steps(recording: Recording) -> Sequence[Step]:
    """Return the upgrade's steps by their begin; raise CannotJudgeError where none was marked."""
    if not recording.steps:
        raise CannotJudgeError(
            "no upgrade step was marked during the watch", 'mark them: recette mark TARGET "…" --machine NAME --begin'
        )
    return recording.steps


def steps_of(recording: Recording, component: Component) -> list[Step]:
    """Return a component's steps by their begin; raise CannotJudgeError where none was marked."""
    found = [step for step in recording.steps if step.component == component]
    if not found:
        raise CannotJudgeError(
            f"no step of the component {component} was marked during the watch",
            "mark each step: recette mark TARGET … --machine NAME --begin, and --end",
        )
    return found


def must_have_seen(recording: Recording, track: Track, unknown: Sequence[Interval]) -> None:
    """Raise CannotJudgeError where one of these stretches could hide an outage: unknown is never a pass."""
    if hiding := blind(unknown, track.watched.every):
        raise CannotJudgeError(f"{track.watched.name} could not be seen all the time: {told(recording, hiding)}")
