"""Direct access to servers by SSH."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pytest_bdd import then

from reports.evidence import Record
from reports.rules import Rule
from steps.exchange import exchange
from steps.judging import must
from targets.access import proof, ssh
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.access.recordings import Recording
from targets.model.services import PortThrough, SshDirectAccess
from targets.subject import Subject


@dataclass(frozen=True)
class Commanded:
    """A command's result over a direct access, and the server's host key."""

    ran: ssh.Ran
    host_key: str


def _recorded_session(subject: Subject) -> Collection[str]:
    """Name the user's SSH sessions where they are recorded: only alone is it sure whose a recording is."""
    return {f"SSH of {subject.user}"} if subject.a(SshDirectAccess).recorded else ()


@exchange("the user runs a command by SSH through the Edge Gateway", uses=_recorded_session)
def run_command(platform: Platform, subject: Subject) -> Commanded:
    """Sign in with the user's password and run the target's command."""
    access = subject.a(SshDirectAccess)
    with ssh.connected(_way(platform, subject), platform.limits.answer) as session:
        return Commanded(session.run(access.command, platform.limits.answer), session.host_key())


@exchange(
    "the user transfers the file that must survive",
    uses=lambda subject: {f"file of {subject.user}", *_recorded_session(subject)},
)
def transfer_survivor(platform: Platform, subject: Subject) -> bytes:
    """Read the file; before the upgrade, make it where it is not there yet. It is never overwritten."""
    access = subject.a(SshDirectAccess)
    name = access.survivor or ""
    with ssh.connected(_way(platform, subject), platform.limits.answer) as session:
        there = session.has_file(name)
        must(there or platform.before_upgrade, f"the file {name} of {access.user} is gone")
        if not there:
            session.write_file(name, f"Made by Recette before the upgrade: {proof.new_marker()}\n".encode())
        return session.read_file(name)


@exchange("the user works in an SSH session that is recorded", uses=_recorded_session)
def work_recorded(platform: Platform, subject: Subject) -> Recording:
    """Show a value never shown before in a session, and wait for the recording of that session."""
    access = subject.a(SshDirectAccess)
    marker = proof.new_marker()
    search = platform.recordings_of("ssh", access.user, marker)
    with ssh.connected(_way(platform, subject), platform.limits.answer) as session:
        session.run(f"echo {marker} begins; echo {marker} ends", platform.limits.answer)
    return platform.examined(search.wait(platform.limits.recording), "ssh", marker)


def _way(platform: Platform, subject: Subject) -> ssh.Way:
    return platform.direct(subject.way(PortThrough), subject.a(SshDirectAccess).user)


@then("the command returns what it should")
def returns_expected(answer: Commanded, subject: Subject, record: Record) -> None:
    """Judge by output and exit status."""
    access = subject.a(SshDirectAccess)
    record.text(f"output of {access.command}", f"{answer.ran.out}\n{answer.ran.err}".strip())
    record.observe("ssh.status", answer.ran.status)
    must(answer.ran.status == 0, f"“{access.command}” ended with {answer.ran.status}: {answer.ran.err.strip()[:300]}")
    must(access.returns in answer.ran.out, f"“{access.command}” returned “{answer.ran.out.strip()[:300]}”")


@then("the server's host key is the same as before")
def same_host_key(answer: Commanded, record: Record) -> None:
    """Compare; that it is the pinned one, the connection has made sure of."""
    record.observe("ssh.host_key", answer.host_key, Rule.same())


@then("the file is the same as before")
def same_file(answer: bytes, record: Record) -> None:
    """Compare its whole content."""
    record.text("file", answer.decode("utf-8", "replace"))
    record.observe("ssh.file", answer.decode("utf-8", "replace"), Rule.same())


@then("a recording of the session is on an Edge Gateway")
def is_recorded(answer: Recording, record: Record) -> None:
    """Judge that it is there and not empty."""
    begun = f", of a session that began at {answer.begun:%H:%M:%S} UTC" if answer.begun else ""
    record.text("recording", f"{answer.gateway}:{answer.file}, {answer.size} bytes{begun}")
    record.observe("recording.gateway", answer.gateway)
    must(answer.size > 0, f"the recording {answer.file} on {answer.gateway} is empty")


@then("the Edge Gateway that took it before the upgrade still takes recordings")
def taken_as_before(answer: Recording, platform: Platform, record: Record) -> None:
    """Judge by what has arrived there meanwhile, if this recording did not.

    That it took none may be chance, where agents choose among gateways: it is not judged to have failed.
    """
    before = record.before("recording.gateway")
    former = str(before.value) if before else answer.gateway
    if former != answer.gateway and not platform.has_taken_recordings(former):
        raise CannotJudgeError(
            f"the recording went to {answer.gateway}, and to {former} before the upgrade, which has taken none since "
            "this run began",
            f"look on the server for why the agent passes {former} by",
        )


@then("the recording is whole")
def is_whole(answer: Recording) -> None:
    """Judge by what of the session is in it, and by the target's own check."""
    must(not answer.damage, f"the recording {answer.file} on {answer.gateway} is not whole: {answer.damage}")
