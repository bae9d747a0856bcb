"""What a criterion holds for: the services and machines of a target, by the kind that a feature's tag names.

`@each:KIND` above a scenario repeats it over ``subjects(target, KIND)``. A subject also says which component, and which
machine, is to blame where the criterion does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from targets.model import (
    RECORDING_PORT,
    Backup,
    Component,
    DatabaseBackup,
    Download,
    EventLog,
    Federation,
    Html5Application,
    Machine,
    Portal,
    PortThrough,
    RdpApplication,
    RdpDirectAccess,
    ShownRelease,
    SshDirectAccess,
    Target,
    WebApplication,
    WebThrough,
)
from targets.services import HeldSession, Kind, Service, held_sessions, services

Described = (
    Portal
    | Federation
    | WebApplication
    | SshDirectAccess
    | RdpDirectAccess
    | RdpApplication
    | Html5Application
    | Machine
    | EventLog
    | ShownRelease
    | Backup
    | DatabaseBackup
    | Download
)
Typed = TypeVar("Typed")


@dataclass(frozen=True)
class Cluster:
    """The Mediation Controllers of a target, where there are several."""

    controllers: tuple[Machine, ...]


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade goes through: a component's machines, or all of a target's."""

    machines: tuple[Machine, ...]


@dataclass(frozen=True)
class Servers:
    """The servers of a target that an upgrade goes through by apt."""

    machines: tuple[Machine, ...]


@dataclass(frozen=True)
class Subject:
    """One thing that a criterion holds for.

    `component` and `machine` (a machine's name) are to blame for a failure; the machine is None where several could be.
    `payload` is the model's object, `through` the way to it where it is one of several.
    """

    name: str
    kind: str
    component: Component
    machine: str | None
    payload: Described | Servers | Cluster | Upgraded | Service | HeldSession
    through: WebThrough | PortThrough | None = None

    @property
    def user(self) -> str | None:
        """The user of the target who exercises it, where it is one user's."""
        user: str | None = getattr(self.payload, "user", None)
        return user

    @property
    def where(self) -> str | None:
        """Where a person looks, where only a person can."""
        where: str | None = getattr(self.payload, "where", None)
        return where

    @property
    def service(self) -> str | None:
        """The name of what is exercised, where the target file gives it one."""
        name: str | None = getattr(self.payload, "name", None)
        return name

    def a(self, kind: type[Typed]) -> Typed:
        """Return the payload, which the caller knows to be of that type; raise TypeError where it is not."""
        return _checked(self, self.payload, kind)

    def way(self, kind: type[Typed]) -> Typed:
        """Return the way to it, which the caller knows to be of that type; raise TypeError where it is not."""
        return _checked(self, self.through, kind)


def _checked(subject: Subject, value: object, kind: type[Typed]) -> Typed:
    if isinstance(value, kind):
        return value
    raise TypeError(
        f"the subject {subject.name!r} of kind {subject.kind} holds a {type(value).__name__}, not a {kind.__name__}: "
        "the scenario's @each tag and its steps do not fit"
    )


class UnknownKindError(ValueError):
    """A feature's `@each:` tag names no kind of subject."""


def subjects(target: Target, kind: str) -> list[Subject]:
    """Return the target's subjects of that kind, in the file's order; raise UnknownKindError for an unknown kind."""
    if kind not in KINDS:
        raise UnknownKindError(f"@each:{kind} is no kind of subject; allowed: {', '.join(KINDS)}")
    return list(KINDS[kind](target, kind))


def _portal(target: Target, kind: str) -> Iterator[Subject]:
    if target.portal:
        yield Subject("portal", kind, Component.MEDIATION_CONTROLLER, None, target.portal)


def _refused_sign_in(target: Target, kind: str) -> Iterator[Subject]:
    if target.portal and target.portal.refused_user:
        yield from _portal(target, kind)


def _federation(target: Target, kind: str) -> Iterator[Subject]:
    for federation in target.federations:
        yield Subject(federation.name, kind, Component.MEDIATION_CONTROLLER, None, federation)


def _web_application(target: Target, kind: str) -> Iterator[Subject]:
    for application in target.web_applications:
        yield Subject(application.name, kind, Component.EDGE_GATEWAY, None, application)


def _web_through(target: Target, kind: str) -> Iterator[Subject]:
    for application in target.web_applications:
        yield from _ways(application, kind)


def _ways(service: WebApplication | SshDirectAccess | RdpDirectAccess, kind: str) -> Iterator[Subject]:
    for way in service.through:
        yield Subject(f"{service.name} via {way.gateway}", kind, Component.EDGE_GATEWAY, way.gateway, service, way)


def _ssh(target: Target) -> Iterator[SshDirectAccess]:
    return (access for access in target.direct_accesses if isinstance(access, SshDirectAccess))


def _ssh_direct_access(target: Target, kind: str) -> Iterator[Subject]:
    for access in _ssh(target):
        yield from _ways(access, kind)


def _surviving_file(target: Target, kind: str) -> Iterator[Subject]:
    for access in _ssh(target):
        if access.survivor:
            yield from _ways(access, kind)


def _recorded_ssh_direct_access(target: Target, kind: str) -> Iterator[Subject]:
    return _recorded(target, _ssh_direct_access(target, kind))


def _recorded_desktop(target: Target, kind: str) -> Iterator[Subject]:
    for desktops in (_rdp_direct_access, _rdp_application, _html5_application):
        yield from _recorded(target, desktops(target, kind))


def _recorded(target: Target, sessions: Iterator[Subject]) -> Iterator[Subject]:
    """Yield those sessions that leave a recording; the agent that makes it is to blame where there is but one."""
    agents = [machine.name for machine in target.having(Component.RECORDING_AGENT)]
    agent = agents[0] if len(agents) == 1 else None
    for session in sessions:
        if getattr(session.payload, "recorded", False):
            yield replace(session, component=Component.RECORDING_AGENT, machine=agent)


def _rdp_direct_access(target: Target, kind: str) -> Iterator[Subject]:
    for access in target.direct_accesses:
        if isinstance(access, RdpDirectAccess):
            yield from _ways(access, kind)


def _rdp_application(target: Target, kind: str) -> Iterator[Subject]:
    for application in target.rdp_applications:
        yield Subject(application.name, kind, Component.CLIENT, application.pilot, application)


def _html5_application(target: Target, kind: str) -> Iterator[Subject]:
    for application in target.html5_applications:
        yield Subject(application.name, kind, Component.HTML5_GATEWAY, application.gateway, application)


def _server(target: Target, kind: str) -> Iterator[Subject]:
    for machine in target.machines:
        if machine.component and machine.packages:
            yield Subject(machine.name, kind, machine.component, machine.name, machine)


def _controller(target: Target, kind: str) -> Iterator[Subject]:
    for machine in target.having(Component.MEDIATION_CONTROLLER):
        yield Subject(machine.name, kind, Component.MEDIATION_CONTROLLER, machine.name, machine)


def _console(target: Target, kind: str) -> Iterator[Subject]:
    for subject in _controller(target, kind):
        if subject.a(Machine).console:
            yield subject


def _cluster(target: Target, kind: str) -> Iterator[Subject]:
    controllers = tuple(target.having(Component.MEDIATION_CONTROLLER))
    if len(controllers) > 1:
        yield Subject("cluster", kind, Component.MEDIATION_CONTROLLER, None, Cluster(controllers))


def _upgraded_component(target: Target, kind: str) -> Iterator[Subject]:
    for component in Component:
        if machines := tuple(target.having(component)):
            alone = machines[0].name if len(machines) == 1 else None
            yield Subject(component.value, kind, component, alone, Upgraded(machines))


def _upgrade(target: Target, kind: str) -> Iterator[Subject]:
    machines = tuple(machine for machine in target.machines if machine.component)
    if machines:
        yield Subject("upgrade", kind, Component.MEDIATION_CONTROLLER, None, Upgraded(machines))


def _watched_service(target: Target, kind: str) -> Iterator[Subject]:
    for service in services(target):
        yield Subject(service.name, kind, service.component, service.machine, service)


def _clientless_service(target: Target, kind: str) -> Iterator[Subject]:
    """Yield what users reach with a browser alone: the client's upgrade does not interrupt it (seed)."""
    for subject in _watched_service(target, kind):
        if subject.a(Service).kind in (Kind.WEB, Kind.HTML5):
            yield subject


def _held_session(target: Target, kind: str) -> Iterator[Subject]:
    for session in held_sessions(target):
        yield Subject(session.name, kind, session.component, session.machine, session)


def _event_log(target: Target, kind: str) -> Iterator[Subject]:
    if target.event_log:
        yield Subject(target.event_log.name, kind, Component.MEDIATION_CONTROLLER, None, target.event_log)


def _shown_release(target: Target, kind: str) -> Iterator[Subject]:
    for shown in target.shown_releases:
        machine = target.machine(shown.machine)
        if machine.component:  # the loader has checked that it has one
            yield Subject(machine.name, kind, machine.component, machine.name, shown)


def _pilot(target: Target, kind: str) -> Iterator[Subject]:
    for machine, _ in target.pilots():
        if machine.component:
            yield Subject(machine.name, kind, machine.component, machine.name, machine)


def _pilot_with_configuration(target: Target, kind: str) -> Iterator[Subject]:
    for subject in _pilot(target, kind):
        pilot = subject.a(Machine).pilot
        if pilot and pilot.configuration:
            yield subject


def _client_pilot(target: Target, kind: str) -> Iterator[Subject]:
    """Yield each RDP application that a pilot's client is to open, there."""
    for machine, pilot in target.pilots():
        for application in target.rdp_applications:
            if machine.component is Component.CLIENT and application.name in pilot.sessions:
                there = application.model_copy(update={"pilot": machine.name})
                yield Subject(f"{application.name} on {machine.name}", kind, Component.CLIENT, machine.name, there)


def _qualifying(*sessions: Callable[[Target, str], Iterator[Subject]]) -> Callable[[Target, str], Iterator[Subject]]:
    """Return the kind of those sessions that lead to an agent's pilot, which is to blame then."""

    def found(target: Target, kind: str) -> Iterator[Subject]:
        for session in (each for kind_of_session in sessions for each in kind_of_session(target, kind)):
            for machine, pilot in target.pilots():
                if machine.component is Component.RECORDING_AGENT and session.service in pilot.sessions:
                    yield replace(session, component=Component.RECORDING_AGENT, machine=machine.name)

    return found


def _agent_pilot_to_gateway(target: Target, kind: str) -> Iterator[Subject]:
    """Yield the way from each agent's pilot to each Edge Gateway that takes recordings."""
    for machine, _ in target.pilots():
        for gateway in target.having(Component.EDGE_GATEWAY):
            if machine.component is Component.RECORDING_AGENT and gateway.recordings:
                way = PortThrough(gateway=gateway.name, host=gateway.address, port=RECORDING_PORT)
                name = f"{machine.name} to {gateway.name}"
                yield Subject(name, kind, Component.RECORDING_AGENT, machine.name, machine, way)


SERVERS = (Component.MEDIATION_CONTROLLER, Component.EDGE_GATEWAY, Component.HTML5_GATEWAY)
"""What the vendor delivers as Debian servers (product page); agents and clients are other people's machines."""


def _debian_server(target: Target, kind: str) -> Iterator[Subject]:
    for machine in target.machines:
        if machine.component and machine.component in SERVERS and machine.ssh:
            yield Subject(machine.name, kind, machine.component, machine.name, machine)


def _debian_servers(target: Target, kind: str) -> Iterator[Subject]:
    machines = tuple(subject.a(Machine) for subject in _debian_server(target, kind))
    if len(machines) > 1:
        yield Subject("servers", kind, Component.MEDIATION_CONTROLLER, None, Servers(machines))


def _backup(target: Target, kind: str) -> Iterator[Subject]:
    for backup in target.backups:
        if component := target.machine(backup.of).component:  # the loader has checked that it has one
            yield Subject(backup.name, kind, component, backup.of, backup)
    for dump in target.database_backups:
        yield Subject(dump.name, kind, Component.MEDIATION_CONTROLLER, dump.machine, dump)


def _restorable_backup(target: Target, kind: str) -> Iterator[Subject]:
    return (one for one in _backup(target, kind) if isinstance(one.payload, DatabaseBackup) and one.payload.restore)


def _download(target: Target, kind: str) -> Iterator[Subject]:
    for download in target.downloads:
        yield Subject(download.name, kind, download.component, download.machine, download)


def _signed_download(target: Target, kind: str) -> Iterator[Subject]:
    return (one for one in _download(target, kind) if one.a(Download).signed_by)


KINDS: dict[str, Callable[[Target, str], Iterator[Subject]]] = {
    "portal": _portal,
    "refused_sign_in": _refused_sign_in,
    "federation": _federation,
    "web_application": _web_application,
    "web_through": _web_through,
    "ssh_direct_access": _ssh_direct_access,
    "recorded_ssh_direct_access": _recorded_ssh_direct_access,
    "recorded_desktop": _recorded_desktop,
    "surviving_file": _surviving_file,
    "rdp_direct_access": _rdp_direct_access,
    "rdp_application": _rdp_application,
    "html5_application": _html5_application,
    "server": _server,
    "controller": _controller,
    "console": _console,
    "cluster": _cluster,
    "pilot": _pilot,
    "pilot_with_configuration": _pilot_with_configuration,
    "client_pilot": _client_pilot,
    "qualifying_ssh_session": _qualifying(_ssh_direct_access),
    "qualifying_rdp_session": _qualifying(_rdp_direct_access, _rdp_application),
    "qualifying_html5_session": _qualifying(_html5_application),
    "agent_pilot_to_gateway": _agent_pilot_to_gateway,
    "event_log": _event_log,
    "shown_release": _shown_release,
    "upgraded_component": _upgraded_component,
    "upgrade": _upgrade,
    "watched_service": _watched_service,
    "clientless_service": _clientless_service,
    "held_session": _held_session,
    "debian_server": _debian_server,
    "debian_servers": _debian_servers,
    "backup": _backup,
    "restorable_backup": _restorable_backup,
    "download": _download,
    "signed_download": _signed_download,
}
"""What may follow `@each:`, and how its subjects are found."""
