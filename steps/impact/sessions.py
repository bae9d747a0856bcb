"""What became of the sessions that were opened before the upgrade and held through it."""

from __future__ import annotations

from pytest_bdd import then

from reports.evidence import Record
from reports.outages import Recording
from reports.samples import State
from steps.impact.recorded import track_of
from steps.impact.words import clock, keep, told
from steps.judging import must
from targets.access.outcomes import CannotJudgeError
from targets.subject import Subject


@then("the session lives at the end of the watch, the first one or a new one")
def session_lives(answer: Recording, subject: Subject, record: Record) -> None:
    """Tell when the session died, and judge whether a new one could be opened."""
    track = track_of(answer, subject.name)
    keep(answer, track, record)
    died = [each for each in track.away if each.state is State.LOST]
    record.observe("impact.session_lost", [clock(answer, each.begin) for each in died])
    if track.last is State.UNKNOWN:
        why = next((each.text for each in reversed(track.unknown)), "")
        raise CannotJudgeError(f"the session was never open, or not seen at the end: {why}")
    must(track.last is State.OK, f"{subject.name} could not be opened again: {told(answer, track.outages[-1:])}")
