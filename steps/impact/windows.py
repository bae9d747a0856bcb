"""How long steps and interruptions lasted, against the windows that the target allows."""

from __future__ import annotations

from pytest_bdd import then

from reports.causes import cause, explains, with_aftermath
from reports.evidence import Record
from reports.intervals import total, united, within
from reports.outages import Recording, Track
from reports.wording import duration
from steps.impact.recorded import all_steps, services, steps_of, track_of
from steps.impact.words import keep, keep_steps, told
from steps.judging import must
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.model.components import Component
from targets.subject import Subject


@then("each step of the component took no longer than its window")
def steps_in_window(answer: Recording, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge each machine's step by itself; servers may be done in parallel."""
    window, steps = platform.target.watch.windows.of(subject.component), steps_of(answer, subject.component)
    keep_steps(answer, steps, record)
    took = [(str(step), step.until(answer.end) - step.begin) for step in steps]
    record.observe("impact.steps", [[name, round(seconds, 1)] for name, seconds in took])
    late = [f"{name} took {duration(seconds)}" for name, seconds in took if seconds > window]
    must(not late, f"{', '.join(late)}: the window is {duration(window)}")
    open_ = [str(step) for step in steps if step.end is None]
    must(not open_, f"never said to have ended: {', '.join(open_)}")


@then("no service was interrupted for longer than the window because of it")
def interruptions_in_window(answer: Recording, platform: Platform, subject: Subject, record: Record) -> None:
    """Add up what each service lost to the component's steps, and what it may have lost where nobody saw."""
    window = platform.target.watch.windows.of(subject.component)
    lost = {track.watched.name: _lost_to(answer, track, subject.component) for track in services(answer)}
    record.observe("impact.interrupted", {name: round(seconds, 1) for name, seconds in lost.items() if seconds})
    long = [f"{name} was away for {duration(seconds)}" for name, seconds in lost.items() if seconds > window]
    must(not long, f"{', '.join(long)}: the window is {duration(window)}")
    for track in services(answer):
        unseen = _unseen_in(answer, track, subject.component)
        if lost[track.watched.name] + unseen > window:
            raise CannotJudgeError(f"{track.watched.name} could not be seen for {duration(unseen)} of these steps")


@then("the upgrade took no longer than its window, from the first step to the last service back")
def whole_in_window(answer: Recording, platform: Platform, record: Record) -> None:
    """Judge from the first step's begin to the last one's end, or until the services that it took are back."""
    steps = all_steps(answer)
    back = [
        each.end
        for track in services(answer)
        for each in track.outages
        if cause(steps, track.watched, each) is not None
    ]
    took = max([*(step.until(answer.end) for step in steps), *back]) - steps[0].begin
    window = platform.target.watch.windows.whole
    record.observe("impact.seconds", round(took, 1))
    must(took <= window, f"the upgrade took {duration(took)}: the window is {duration(window)}")


@then("the portal was not interrupted for longer than a failover may take")
def vip_answers(answer: Recording, platform: Platform, record: Record) -> None:
    """Judge the longest interruption on the address that users know."""
    track, allowed = track_of(answer, "portal"), platform.target.watch.failover
    keep(answer, track, record)
    record.observe("impact.longest_interruption", round(max((each.seconds for each in track.outages), default=0.0), 2))
    long = [each for each in track.outages if each.seconds > allowed]
    must(not long, f"the portal was away for longer than {duration(allowed)}: {told(answer, long)}")
    unseen = [each for each in united((*track.away, *track.unknown)) if each.seconds > allowed]
    if unseen:
        raise CannotJudgeError(f"the portal may have been away for longer than {duration(allowed)}: nobody saw it all")


def _lost_to(recording: Recording, track: Track, component: Component) -> float:
    causes = ((each, cause(recording.steps, track.watched, each)) for each in track.outages)
    return total(each for each, step in causes if step is not None and step.component == component)


def _unseen_in(recording: Recording, track: Track, component: Component) -> float:
    spans = [
        with_aftermath(step, recording.end) for step in steps_of(recording, component) if explains(step, track.watched)
    ]
    return total(part for begin, end in spans for part in within(track.unknown, begin, end))
