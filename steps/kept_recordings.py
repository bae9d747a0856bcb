"""What Edge Gateways keep of recordings."""

from __future__ import annotations

from pydantic import JsonValue
from pytest_bdd import then

from reports.evidence import Record
from reports.rules import Rule
from steps.exchange import exchange
from steps.judging import must
from targets.access import kept
from targets.access.kept import Kept
from targets.access.platform import Platform
from targets.model.machines import Machine
from targets.subject import Subject

REMEMBERED = 20
LOOKED_THROUGH = 5000
"""Recordings among which the remembered ones are looked for: a gateway may keep years of them."""
NAME = "recordings.kept"


@exchange("the recordings on the Edge Gateway are looked at")
def look(platform: Platform, subject: Subject) -> Kept:
    """List the newest recordings, and ask for the room that there is."""

    def listed() -> Kept:
        return kept.look(*platform.recordings_on(subject.name), LOOKED_THROUGH, platform.limits.answer)

    return platform.once(("kept", subject.name), listed)


@then("there is the free space that further recordings need")
def has_room(answer: Kept, subject: Subject, record: Record) -> None:
    """Judge by what is free on the folder's file system."""
    recordings = subject.a(Machine).recordings
    record.observe("recordings.free_mb", answer.free)
    needed = recordings.free if recordings else 0
    record.text("free space", f"{answer.free} MB where recordings are kept, {needed} are needed")
    must(answer.free >= needed, f"{subject.name} has {answer.free} MB for recordings, {needed} are needed")


@then("none of the recordings that were there before is gone")
def none_gone(answer: Kept, record: Record) -> None:
    """Compare names and sizes with the newest ones of the baseline."""
    record.text("recordings", "\n".join(answer.recordings))
    before = record.before(NAME)
    remembered = before.value if before and isinstance(before.value, list) else answer.recordings[:REMEMBERED]
    found: list[JsonValue] = [one for one in answer.recordings if one in remembered]
    record.observe(NAME, found, Rule.lost_none())
