"""Remote desktops: by RDP through an Edge Gateway, by the client on a pilot, and in the browser."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection
from dataclasses import dataclass

from pydantic import SecretStr
from pytest_bdd import then

from reports.evidence import Record
from steps.exchange import exchange
from steps.judging import must
from targets.access import proof
from targets.access.applications import Html5Session
from targets.access.desktop import Desktop, desktop
from targets.access.outcomes import PlatformFailed
from targets.access.platform import Platform
from targets.access.rdp import PACKAGE_OF_PROGRAM, command
from targets.access.shell import LocalShell
from targets.model import Html5Application, PortThrough, Proof, RdpApplication, RdpDirectAccess
from targets.subjects import Subject


@dataclass(frozen=True)
class DesktopSession:
    """A desktop as it was shown, after something was typed, and what kept the keyboard from answering, if it did."""

    first: bytes
    typed: bytes
    failure: str


def _desktop_of_user(subject: Subject) -> Collection[str]:
    """Name the user's desktop: a second session of the same user would take over the first."""
    return {f"desktop of {subject.user}"}


@exchange("the user opens the desktop by RDP through the Edge Gateway", uses=_desktop_of_user)
def open_by_rdp(platform: Platform, subject: Subject) -> DesktopSession:
    """Open it with FreeRDP on a screen in memory, type, and end the session."""
    access, way = subject.a(RdpDirectAccess), subject.way(PortThrough)
    login, password = platform.credentials(access.user)
    launch = command(
        platform.address(way.host), way.port, login, access.certificate_name, platform.target.trust.ca_file
    )
    with desktop(LocalShell(), also_needed=PACKAGE_OF_PROGRAM) as screen:
        return _work(platform, screen, launch, password, access.proof)


@exchange("the user opens the RDP application with the client", uses=_desktop_of_user)
def open_with_client(platform: Platform, subject: Subject) -> DesktopSession:
    """Launch the client on its pilot, on a screen in memory there, type, and end the session."""
    application = subject.a(RdpApplication)
    login, password = platform.credentials(application.user)
    pilot = platform.session(platform.target.machine(application.pilot))
    filled_in = {"login": shlex.quote(login), "application": shlex.quote(application.name)}
    launch = application.launch.format_map(filled_in)
    with desktop(pilot) as screen:
        return _work(platform, screen, launch, password, application.proof)


@exchange("the user opens the HTML5 application from the portal", uses=_desktop_of_user)
def open_in_browser(platform: Platform, subject: Subject) -> Html5Session:
    """Follow the application's link as a signed-in user, type, and disconnect."""
    application = subject.a(Html5Application)
    marker = proof.new_marker()
    return platform.applications.use_html5(
        platform.signed_in(application.user),
        application,
        proof.keystrokes(application.proof, marker),
        platform.look_for_proof(application.proof, marker),
        platform.limits.desktop,
    )


def _work(platform: Platform, screen: Desktop, launch: str, password: SecretStr, wanted: Proof) -> DesktopSession:
    marker = proof.new_marker()
    arrived = platform.look_for_proof(wanted, marker)
    screen.launch(launch, password)
    first = screen.wait_until_shown(platform.limits.desktop)
    failure = _type(lambda: screen.type(proof.keystrokes(wanted, marker)), arrived, platform.limits.desktop)
    return DesktopSession(first, screen.picture(), failure)


def _type(type_it: Callable[[], None], arrived: Callable[[], bool], time_limit: float) -> str:
    """Return what kept the keyboard from answering: the pictures are worth keeping either way."""
    try:
        proof.type_until(arrived, type_it, time_limit)
    except PlatformFailed as failure:
        return str(failure)
    return ""


@then("a desktop is shown")
def is_shown(answer: DesktopSession | Html5Session, record: Record) -> None:
    """Keep the first picture; that it is not blank, the exchange has waited for."""
    record.image("desktop", answer.first)


@then("what is typed inside arrives outside")
def arrives(answer: DesktopSession | Html5Session, record: Record) -> None:
    """Judge by what arrived on the machine behind the desktop."""
    record.image("after typing", answer.typed)
    must(not answer.failure, answer.failure)


@then("the session ends when the user disconnects")
def ends_cleanly(answer: Html5Session, subject: Subject, record: Record) -> None:
    """Judge by what the page says."""
    expected = subject.a(Html5Application).disconnected
    record.observe("html5.ending", answer.ended_with)
    must(expected in answer.ended_with, f"after disconnecting the page does not say “{expected}”: {answer.ended_with}")
