"""Which releases the controllers ran, as they were seen on the servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from pytest_bdd import then

from reports.evidence import Record
from reports.outages import Recording
from reports.wording import duration
from steps.impact.words import clock
from steps.judging import must
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.model.machines import Machine
from targets.subject import Cluster, Subject

Seen = Mapping[str, str]
"""The release of each controller that was seen so far."""


@then("the controllers ran different releases no longer than the target allows")
def not_mixed_for_long(answer: Recording, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge by the releases that were seen on the servers; still mixed at the end is wrong however short it was."""
    changes = _changes(answer, subject.a(Cluster).controllers)
    mixed = [end - begin for (begin, seen), (end, _) in pairwise([*changes, (answer.end, {})]) if _differ(seen)]
    seconds, (_, last) = sum(mixed), changes[-1]
    record.observe("impact.mixed_releases", round(seconds, 1))
    record.text("releases", "\n".join(f"{clock(answer, at)} {_said(seen)}" for at, seen in changes))
    must(not _differ(last), f"at the end of the watch they still run different releases: {_said(last)}")
    allowed = platform.target.watch.mixed_releases
    must(seconds <= allowed, f"they ran different releases for {duration(seconds)}: {duration(allowed)} is allowed")


def _changes(recording: Recording, controllers: Sequence[Machine]) -> list[tuple[float, Seen]]:
    """Return what was known of the controllers after each look that found something new."""
    names = [machine.name for machine in controllers]
    now: dict[str, str] = {}
    changes: list[tuple[float, Seen]] = []
    for mark in recording.marks:
        if mark.what == "release" and mark.machine in names and mark.release:
            now = {**now, mark.machine: mark.release}
            changes.append((mark.at, now))
    if missing := [name for name in names if name not in now]:
        raise CannotJudgeError(
            f"the release was never seen on {', '.join(missing)}", "give ssh and packages of each controller"
        )
    return changes


def _differ(seen: Seen) -> bool:
    return len(set(seen.values())) > 1


def _said(seen: Seen) -> str:
    return ", ".join(f"{name} {release}" for name, release in sorted(seen.items()))
