"""Whether what interrupted a service was to be expected, and whether the service came back."""

from __future__ import annotations

from pytest_bdd import then

from reports.causes import cause, explained_by, under_way
from reports.evidence import Record
from reports.intervals import blind, common, total, within, without
from reports.outages import Recording
from reports.samples import State
from steps.impact.recorded import all_steps, must_have_seen, steps_of, track_of
from steps.impact.words import keep, told
from steps.judging import must
from targets.access.outcomes import CannotJudgeError
from targets.model.components import Component
from targets.subject import Subject, Ways


@then("the service was not interrupted by an upgrade of clients")
def not_by_clients(answer: Recording, subject: Subject, record: Record) -> None:
    """Judge what began while clients were upgraded, unless a step of another component explains it."""
    track, clients = track_of(answer, subject.name), steps_of(answer, Component.CLIENT)
    found = [
        each
        for each in track.outages
        if under_way(clients, each, track.watched.every) and cause(answer.steps, track.watched, each) is None
    ]
    keep(answer, track, record)
    must(not found, f"{subject.name} was away while clients were upgraded: {told(answer, found)}")
    meanwhile = [part for step in clients for part in within(track.unknown, step.begin, step.until(answer.end))]
    must_have_seen(answer, track, without(meanwhile, explained_by(answer.steps, track.watched, answer.end)))


@then("each interruption of the service belongs to an upgrade step that explains it")
def explained(answer: Recording, subject: Subject, record: Record) -> None:
    """Judge by the vendor's words on what each step interrupts."""
    track = track_of(answer, subject.name)
    keep(answer, track, record)
    found = [each for each in track.outages if cause(answer.steps, track.watched, each) is None]
    must(not found, f"{subject.name} was away, and no step explains it: {told(answer, found)}")
    must_have_seen(answer, track, without(track.unknown, explained_by(answer.steps, track.watched, answer.end)))


@then("the service was never away by all of its ways at once")
def never_away(answer: Recording, subject: Subject, record: Record) -> None:
    """Judge new connections by the stretches that all ways have in common, whatever explains each of them."""
    tracks = [track_of(answer, service.name) for service in subject.a(Ways).watched]
    beat = tracks[0].watched.every
    without_a_way = common([each for each in track.away if not each.kept] for track in tracks)
    away = [each for each in without_a_way if each.seconds > beat]  # one may go within the beat in which one comes
    record.observe("impact.seconds_without_a_way", round(total(away), 1))
    must(not away, f"no Edge Gateway led to {subject.name}: {told(answer, away)}")
    unseen = blind(common([*track.away, *track.unknown] for track in tracks), beat)
    if unseen:
        raise CannotJudgeError(f"nobody saw whether an Edge Gateway led to {subject.name}: {told(answer, unseen)}")


@then("the service answers at the end of the watch")
def came_back(answer: Recording, subject: Subject, record: Record) -> None:
    """Judge the last sample."""
    track = track_of(answer, subject.name)
    keep(answer, track, record)
    last = track.outages[-1:]
    must(track.last is not State.AWAY, f"{subject.name} is still away: {told(answer, last)}")
    if track.last is State.UNKNOWN:
        raise CannotJudgeError(f"nobody could see at the end of the watch whether {subject.name} answers")


@then("it was not interrupted again after the last step")
def stayed(answer: Recording, subject: Subject) -> None:
    """Judge what began after the last step, and is not its aftermath."""
    steps, track = all_steps(answer), track_of(answer, subject.name)
    over = max(step.until(answer.end) for step in steps)
    found = [each for each in track.outages if each.begin > over and not under_way(steps, each, track.watched.every)]
    must(not found, f"{subject.name} was away again after the upgrade: {told(answer, found)}")
    must_have_seen(answer, track, within(track.unknown, over, answer.end))
