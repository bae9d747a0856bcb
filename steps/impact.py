"""What the upgrade cost its users, judged by what a watch recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from pytest_bdd import then

from reports.causes import cause, explains, under_way
from reports.evidence import Record
from reports.outages import Interval, Recording, Step, Track, read, total, within
from reports.samples import State
from reports.wording import duration
from steps.exchange import exchange
from steps.judging import must
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.model import Component, Machine
from targets.subjects import Cluster, Subject

ORDER = (
    {Component.CLIENT, Component.RECORDING_AGENT},
    {Component.MEDIATION_CONTROLLER},
    {Component.EDGE_GATEWAY},
    {Component.HTML5_GATEWAY},
)
"""The vendor's order (seed, Upgrading)."""


@exchange("the record of the watch is read")
def read_record(platform: Platform, _: Subject) -> Recording:
    """Compute the intervals of the watch, once for all criteria."""
    if platform.watched is None:
        raise CannotJudgeError("there is no record of a watch", "run it by: recette watch TARGET")
    folder = platform.watched
    return platform.once(("recording", str(folder)), lambda: read(folder))


@then("each step of the component took no longer than its window")
def steps_in_window(answer: Recording, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge each machine's step by itself; servers may be done in parallel."""
    window, steps = platform.target.watch.windows.of(subject.component), _steps(answer, subject.component)
    record.text("steps", _listed(answer, [(str(step), step.begin, step.until(answer.end)) for step in steps]))
    took = {str(step): step.until(answer.end) - step.begin for step in steps}
    record.observe("impact.steps", {name: round(seconds, 1) for name, seconds in took.items()})
    late = [f"{name} took {duration(seconds)}" for name, seconds in took.items() if seconds > window]
    must(not late, f"{', '.join(late)}: the window is {duration(window)}")
    open_ = [str(step) for step in steps if step.end is None]
    must(not open_, f"never said to have ended: {', '.join(open_)}")


@then("no service was interrupted for longer than the window because of it")
def interruptions_in_window(answer: Recording, platform: Platform, subject: Subject, record: Record) -> None:
    """Add up what each service lost to the component's steps."""
    window = platform.target.watch.windows.of(subject.component)
    lost = {track.watched.name: _lost_to(answer, track, subject.component) for track in _services(answer)}
    record.observe("impact.interrupted", {name: round(seconds, 1) for name, seconds in lost.items() if seconds})
    long = [f"{name} was away for {duration(seconds)}" for name, seconds in lost.items() if seconds > window]
    must(not long, f"{', '.join(long)}: the window is {duration(window)}")
    for track in _services(answer):
        if any(explains(step, track.watched) for step in _steps(answer, subject.component)):
            _must_see(answer, track, _steps(answer, subject.component))


@then("the upgrade took no longer than its window, from the first step to the last service back")
def whole_in_window(answer: Recording, platform: Platform, record: Record) -> None:
    """Judge from the first step's begin to the last one's end, or until the services that it took are back."""
    steps = _all_steps(answer)
    began = steps[0].begin
    ended = max(step.until(answer.end) for step in steps)
    back = [each.end for track in _services(answer) for each in track.outages if began <= each.begin <= ended]
    took, window = max([ended, *back]) - began, platform.target.watch.windows.whole
    record.observe("impact.seconds", round(took, 1))
    must(took <= window, f"the upgrade took {duration(took)}: the window is {duration(window)}")


@then("the service was not interrupted by an upgrade of clients")
def not_by_clients(answer: Recording, subject: Subject, record: Record) -> None:
    """Judge what began while clients were upgraded, unless a step of another component explains it."""
    track, clients = _track(answer, subject), _steps(answer, Component.CLIENT)
    found = [
        each
        for each in track.outages
        if under_way(clients, each, track.watched.every) and cause(answer.steps, track.watched, each) is None
    ]
    _keep(answer, track, record)
    must(not found, f"{subject.name} was away while clients were upgraded: {_told(answer, found)}")
    _must_see(answer, track, clients)


@then("each interruption of the service belongs to an upgrade step that explains it")
def explained(answer: Recording, subject: Subject, record: Record) -> None:
    """Judge by the vendor's words on what each step interrupts."""
    track = _track(answer, subject)
    _keep(answer, track, record)
    found = [each for each in track.outages if cause(answer.steps, track.watched, each) is None]
    must(not found, f"{subject.name} was away, and no step explains it: {_told(answer, found)}")
    _must_see(answer, track)


@then("the portal was not interrupted for longer than a failover may take")
def vip_answers(answer: Recording, platform: Platform, record: Record) -> None:
    """Judge the longest interruption on the address that users know."""
    track = answer.track("portal")
    if track is None:
        raise CannotJudgeError("the portal was not watched")
    _keep(answer, track, record)
    allowed = platform.target.watch.failover
    longest = max(track.outages, key=lambda each: each.seconds, default=None)
    record.observe("impact.longest_interruption", round(longest.seconds, 2) if longest else 0)
    must(
        longest is None or longest.seconds <= allowed,
        f"the portal was away for longer than {duration(allowed)}: {_told(answer, [longest] if longest else [])}",
    )
    _must_see(answer, track)


@then("clients and agents came before controllers, these before Edge Gateways, and HTML5 Gateways last")
def in_order(answer: Recording, record: Record) -> None:
    """Judge by the marks: no step begins before the last one of an earlier rank has ended."""
    steps = _all_steps(answer)
    record.text("steps", _listed(answer, [(str(step), step.begin, step.until(answer.end)) for step in steps]))
    wrong = [
        f"{later} began before {earlier} had ended"
        for later in steps
        for earlier in steps
        if _rank(earlier) < _rank(later) and later.begin < earlier.until(answer.end)
    ]
    must(not wrong, "; ".join(wrong[:5]))


@then("no master came before its slave")
def slave_first(answer: Recording, platform: Platform) -> None:
    """Judge controllers one by one or in parallel: only a master that begins first is wrong."""
    steps = {step.machine: step for step in _all_steps(answer) if step.component == Component.MEDIATION_CONTROLLER}
    by_role = {
        machine.role: steps[machine.name]
        for machine in platform.target.having(Component.MEDIATION_CONTROLLER)
        if machine.name in steps
    }
    master, slave = by_role.get("master"), by_role.get("slave")
    must(master is None or slave is None or slave.begin <= master.begin, f"{master} began before {slave}")


@then("the controllers ran different releases no longer than the target allows")
def not_mixed_for_long(answer: Recording, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge by the releases that were seen on the servers; still mixed at the end is wrong however short it was."""
    changes = _releases(answer, subject.a(Cluster).controllers)
    mixed = [(begin, end) for (begin, seen), (end, _) in pairwise([*changes, (answer.end, {})]) if _differ(seen)]
    seconds, last = sum(end - begin for begin, end in mixed), changes[-1][1]
    record.observe("impact.mixed_releases", round(seconds, 1))
    record.text("releases", "\n".join(f"{_clock(answer, at)} {seen}" for at, seen in changes))
    must(not _differ(last), f"at the end of the watch they still run different releases: {_versions(last)}")
    allowed = platform.target.watch.mixed_releases
    must(seconds <= allowed, f"they ran different releases for {duration(seconds)}: {duration(allowed)} is allowed")


@then("the service answers at the end of the watch")
def came_back(answer: Recording, subject: Subject, record: Record) -> None:
    """Judge the last sample."""
    track = _track(answer, subject)
    _keep(answer, track, record)
    last = track.outages[-1:]
    must(track.last is not State.AWAY, f"{subject.name} is still away: {_told(answer, last)}")
    if track.last is State.UNKNOWN:
        raise CannotJudgeError(f"nobody could see at the end of the watch whether {subject.name} answers")


@then("it was not interrupted again after the last step")
def stayed(answer: Recording, subject: Subject) -> None:
    """Judge what began after the last step, and is not its aftermath."""
    steps, track = _all_steps(answer), _track(answer, subject)
    over = max(step.until(answer.end) for step in steps)
    found = [each for each in track.outages if each.begin > over and not under_way(steps, each, track.watched.every)]
    must(not found, f"{subject.name} was away again after the upgrade: {_told(answer, found)}")
    _must_see(answer, track)


@then("the session lives at the end of the watch, the first one or a new one")
def session_lives(answer: Recording, subject: Subject, record: Record) -> None:
    """Tell when the session died, and judge whether a new one could be opened."""
    track = _track(answer, subject)
    _keep(answer, track, record)
    died = [each for each in track.away if each.state is State.LOST]
    record.observe("impact.session_lost", [_clock(answer, each.begin) for each in died])
    if track.last is State.UNKNOWN:
        why = next((each.text for each in reversed(track.unknown)), "")
        raise CannotJudgeError(f"the session was never open, or not seen at the end: {why}")
    must(track.last is State.OK, f"{subject.name} could not be opened again: {_told(answer, track.outages[-1:])}")


def _track(recording: Recording, subject: Subject) -> Track:
    found = recording.track(subject.name)
    if found is None or not found.samples:
        raise CannotJudgeError(f"{subject.name} was not watched: the watch was too short, or the target changed since")
    return found


def _services(recording: Recording) -> list[Track]:
    return [track for track in recording.tracks if not track.watched.held]


def _all_steps(recording: Recording) -> Sequence[Step]:
    if not recording.steps:
        raise CannotJudgeError(
            "no upgrade step was marked during the watch", 'mark them: recette mark TARGET "…" --machine NAME --begin'
        )
    return recording.steps


def _steps(recording: Recording, component: Component) -> list[Step]:
    found = [step for step in recording.steps if step.component == component]
    if not found:
        raise CannotJudgeError(
            f"no step of the component {component} was marked during the watch",
            "mark each step: recette mark TARGET … --machine NAME --begin, and --end",
        )
    return found


def _lost_to(recording: Recording, track: Track, component: Component) -> float:
    causes = ((each, cause(recording.steps, track.watched, each)) for each in track.outages)
    return total(each for each, step in causes if step is not None and step.component == component)


def _must_see(recording: Recording, track: Track, steps: Iterable[Step] | None = None) -> None:
    """Raise CannotJudgeError where nobody looked, within the steps or in all of the watch: unknown is never a pass."""
    blind = track.blind
    if steps is not None:
        blind = [part for step in steps for part in within(blind, step.begin, step.until(recording.end))]
    if blind:
        where = _told(recording, blind)
        raise CannotJudgeError(f"{track.watched.name} could not be seen all the time: {where}")


def _keep(recording: Recording, track: Track, record: Record) -> None:
    record.observe("impact.interruptions", len(track.outages))
    record.observe("impact.interrupted_seconds", round(total(track.away), 2))
    if track.away:
        record.text("interruptions", "\n".join(_line(recording, track, each) for each in track.away))


def _line(recording: Recording, track: Track, each: Interval) -> str:
    step = cause(recording.steps, track.watched, each)
    why = f"during the step {step}" if step else "no step explains it"
    over = ", over a kept connection" if each.kept else ""
    return f"{_span(recording, each)}{over}: {each.stage or each.state}: {each.text} ({why})"


def _told(recording: Recording, intervals: Sequence[Interval]) -> str:
    shown = [f"{_span(recording, each)} ({each.stage or each.state}: {each.text})" for each in intervals[:3]]
    more = f" and {len(intervals) - 3} more" if len(intervals) > len(shown) else ""
    return ", ".join(shown) + more


def _span(recording: Recording, each: Interval) -> str:
    return f"from {_clock(recording, each.begin)} for {each.seconds:.1f} s"


def _listed(recording: Recording, spans: Iterable[tuple[str, float, float]]) -> str:
    lines = [f"{_clock(recording, begin)} to {_clock(recording, end)}  {name}" for name, begin, end in spans]
    return "\n".join(lines) or "none"


def _clock(recording: Recording, at: float) -> str:
    return f"{recording.watch.wall(at):%H:%M:%S} UTC"


def _rank(step: Step) -> int:
    return next((rank for rank, components in enumerate(ORDER) if step.component in components), len(ORDER))


def _releases(recording: Recording, controllers: Sequence[Machine]) -> list[tuple[float, dict[str, str]]]:
    """Return the releases of the controllers after each change that was seen."""
    names = [machine.name for machine in controllers]
    now: dict[str, str] = {}
    changes = []
    for mark in recording.marks:
        if mark.what == "release" and mark.machine in names and mark.release:
            now = {**now, mark.machine: mark.release}
            changes.append((mark.at, now))
    if missing := [name for name in names if name not in now]:
        raise CannotJudgeError(
            f"the release was never seen on {', '.join(missing)}", "give ssh and packages of each controller"
        )
    return changes


def _differ(seen: dict[str, str]) -> bool:
    return len(set(seen.values())) > 1


def _versions(seen: dict[str, str]) -> str:
    return ", ".join(f"{name} {release}" for name, release in sorted(seen.items()))
