"""Sessions in which nothing happens."""

from __future__ import annotations

import time

from pytest_bdd import then

from reports.evidence import Record
from steps.exchange import exchange
from steps.judging import must
from targets.access import proof, ssh
from targets.access.outcomes import PlatformFailed
from targets.access.platform import Platform
from targets.model.services import PortThrough, SshDirectAccess
from targets.subject import Subject


@exchange("the user leaves an SSH session alone for a while")
def leave_alone(platform: Platform, subject: Subject) -> str:
    """Open a session, wait, then say something; return why it did not answer, or nothing."""
    way = platform.direct(subject.way(PortThrough), subject.a(SshDirectAccess).user)
    with ssh.connected(way, platform.limits.answer) as session, session.echo() as answers:
        time.sleep(platform.limits.idle)  # doing nothing is what is tried here, for as long as the target says
        try:
            return "" if answers(proof.new_marker(), platform.limits.answer) else "it does not answer any more"
        except PlatformFailed as lost:
            return str(lost)


@then("the session still answers")
def still_answers(answer: str, platform: Platform, record: Record) -> None:
    """Judge by whether what was said then came back."""
    said = answer or "it answered"
    record.text("idle session", f"left alone for {platform.limits.idle:g} s: {said}")
    must(not answer, f"after {platform.limits.idle:g} s in which nothing was typed the session was gone: {answer}")
