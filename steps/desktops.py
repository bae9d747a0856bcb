"""Remote desktops: by RDP through an Edge Gateway, by the client on a pilot, and in the browser."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import dataclass, replace

from pydantic import SecretStr
from pytest_bdd import then

from reports.evidence import Record
from steps.exchange import exchange
from steps.judging import must
from targets.access import proof
from targets.access.applications import Html5Session
from targets.access.desktop import Desktop, DesktopSession, desktop, differ
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.platform import Platform
from targets.access.rdp import PACKAGE_OF_PROGRAM, command
from targets.access.recordings import Recording
from targets.access.shell import LocalShell
from targets.model.services import Html5Application, LeadsToDesktop, PortThrough, Proof, RdpApplication, RdpDirectAccess
from targets.subject import Subject


def _desktop_of_user(subject: Subject) -> Collection[str]:
    """Name the user's desktop: a second session of the same user would take over the first."""
    return {f"desktop of {subject.user}"}


@dataclass(frozen=True)
class Used:
    """A desktop session that is over, and the recording that it left, or why none was found."""

    seen: DesktopSession | Html5Session
    recording: Recording | Exception | None


@exchange("the user opens the desktop by RDP through the Edge Gateway", uses=_desktop_of_user)
@exchange("the user opens the RDP application with the client", uses=_desktop_of_user)
@exchange("the user opens the HTML5 application from the portal", uses=_desktop_of_user)
def open_desktop(platform: Platform, subject: Subject) -> DesktopSession | Html5Session:
    """Open the desktop, type into it, and end the session."""
    return _used(platform, subject).seen


@exchange("the user works in a desktop that is recorded", uses=_desktop_of_user)
def work_recorded(platform: Platform, subject: Subject) -> Recording | None:
    """Return the recording that the same session left; raise what kept it from being found."""
    recording = _used(platform, subject).recording
    if isinstance(recording, Exception):
        raise recording
    return recording


def _used(platform: Platform, subject: Subject) -> Used:
    """Use a subject's desktop once a run; the user's next session waits for the recording of this one."""
    return platform.once(("desktop", _session_of(subject)), lambda: _use(platform, subject))


def _session_of(subject: Subject) -> str:
    """Name what is opened: two chapters may ask for the same session under names of their own."""
    if isinstance(subject.payload, RdpApplication):
        return f"{subject.payload.name} on {subject.payload.pilot}"
    return subject.name


def _use(platform: Platform, subject: Subject) -> Used:
    if not subject.a(LeadsToDesktop).recorded:
        return Used(_open(platform, subject), None)
    search = platform.recordings_of("rdp", subject.user or "")
    seen = _open(platform, subject)
    if _desktop_of(seen).not_shown:
        return Used(seen, PlatformFailed(f"there was no desktop to record: {_desktop_of(seen).not_shown}"))
    try:
        return Used(seen, platform.examined(search.wait(platform.limits.recording), "rdp"))
    except (PlatformFailed, CannotJudgeError) as outcome:
        return Used(seen, outcome)


def _open(platform: Platform, subject: Subject) -> DesktopSession | Html5Session:
    if isinstance(subject.payload, RdpDirectAccess):
        return _open_by_rdp(platform, subject.payload, subject.way(PortThrough))
    if isinstance(subject.payload, RdpApplication):
        return _open_with_client(platform, subject.payload)
    return _open_in_browser(platform, subject.a(Html5Application))


def _open_by_rdp(platform: Platform, access: RdpDirectAccess, way: PortThrough) -> DesktopSession:
    """Open it with FreeRDP on a screen in memory."""
    login, password = platform.credentials(access.user)
    ca_file = platform.target.trust.ca_file
    launch = command(platform.address(way.host), way.port, login, access.certificate_name, ca_file)
    with desktop(LocalShell(), also_needed=PACKAGE_OF_PROGRAM) as screen:
        return _work(platform, screen, launch, password, access.proof)


def _open_with_client(platform: Platform, application: RdpApplication) -> DesktopSession:
    """Launch the client on its pilot, on a screen in memory there."""
    pilot = platform.target.machine(application.pilot)
    if pilot.system == "windows":
        why = f"{pilot.name} runs Windows, which shows no desktop to SSH"
        raise CannotJudgeError(why, f"sign in there and open {application.name} with the client")
    login, password = platform.credentials(application.user)
    launch = application.launch.replace("{login}", shlex.quote(login))
    launch = launch.replace("{application}", shlex.quote(application.name))
    with desktop(platform.session(pilot)) as screen:
        return _work(platform, screen, launch, password, application.proof)


def _open_in_browser(platform: Platform, application: Html5Application) -> Html5Session:
    """Follow the application's link as a signed-in user, and disconnect in the end."""
    marker = proof.new_marker()
    session = platform.applications.use_html5(
        platform.signed_in(application.user),
        application,
        proof.keystrokes(application.proof, marker),
        platform.look_for_proof(application.proof, marker),
        platform.limits.desktop,
    )
    return replace(session, desktop=_with_answers(platform, session.desktop, application.proof, marker))


def _with_answers(platform: Platform, seen: DesktopSession, wanted: Proof, marker: str) -> DesktopSession:
    """Add what the desktop answered; where that is not what it should be, its keyboard is well all the same."""
    if seen.not_shown or not wanted.answers:
        return seen
    said = platform.said_with(marker, wanted)
    return replace(seen, said=said, keyboard_dead="" if said else seen.keyboard_dead)


def _work(platform: Platform, screen: Desktop, launch: str, password: SecretStr, wanted: Proof) -> DesktopSession:
    marker = proof.new_marker()
    arrived = platform.look_for_proof(wanted, marker)
    screen.launch(launch, password)
    try:
        screen.wait_until_shown(platform.limits.desktop)
    except PlatformFailed as failure:
        return DesktopSession(screen.picture(), not_shown=str(failure))
    first = screen.picture()
    keys = proof.keystrokes(wanted, marker)
    dead = proof.type_until(arrived, lambda: screen.type(keys), platform.limits.desktop)
    typed = screen.picture() if dead else screen.picture_after(first)
    seen = DesktopSession(first, typed, keyboard_dead=dead, frozen=not (dead or differ(first, typed)))
    return _with_answers(platform, seen, wanted, marker)


@then("a desktop is shown")
def is_shown(answer: DesktopSession | Html5Session, record: Record) -> None:
    """Judge by the picture, which is kept either way."""
    seen = _desktop_of(answer)
    record.image("desktop", seen.first)
    must(not seen.not_shown, seen.not_shown)


@then("what is typed inside arrives outside")
def arrives(answer: DesktopSession | Html5Session, record: Record) -> None:
    """Judge by what arrived on the machine behind the desktop."""
    seen = _desktop_of(answer)
    record.image("after typing", seen.typed)
    must(not seen.keyboard_dead, seen.keyboard_dead)


@then("it shows on the desktop")
def shows(answer: DesktopSession | Html5Session) -> None:
    """Judge by whether the picture has changed: one that stands still takes keys and shows nothing of it."""
    must(not _desktop_of(answer).frozen, "the desktop's picture stands still: it shows nothing of what was typed")


@then("the desktop is the user's own, on the right server")
def is_own(answer: DesktopSession | Html5Session, subject: Subject, record: Record) -> None:
    """Judge by what the desktop itself answered, where the target file says what that must be."""
    said, wanted = _desktop_of(answer).said, subject.a(LeadsToDesktop).proof
    if wanted.answers:
        record.text("what the desktop answered", said)
    words = f"the desktop is not that of {' on '.join(wanted.answers)}: it answers {' '.join(said.split())[-200:]}"
    must(not proof.missing(wanted, said), words)


def _desktop_of(answer: DesktopSession | Html5Session) -> DesktopSession:
    return answer.desktop if isinstance(answer, Html5Session) else answer


@then("the session ends when the user disconnects")
def ends_cleanly(answer: Html5Session, subject: Subject, record: Record) -> None:
    """Judge by what the page says."""
    expected = subject.a(Html5Application).disconnected
    record.observe("html5.ending", answer.ended_with)
    must(expected in answer.ended_with, f"after disconnecting the page does not say “{expected}”: {answer.ended_with}")
