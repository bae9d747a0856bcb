"""What of a target is watched: its services by their addresses, and the sessions that are held through the upgrade."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_address

from pydantic import HttpUrl

from targets.model.components import RECORDING_PORT, Component
from targets.model.machines import Machine
from targets.model.services import (
    Html5Application,
    PortThrough,
    RdpDirectAccess,
    SshDirectAccess,
    WebApplication,
    WebThrough,
)
from targets.model.target import Target

HTTPS_PORT = 443
SIGN_IN_FORM = 'type="password"'


class Kind(StrEnum):
    """What a service is to its users; the vendor says by kind what each step of an upgrade interrupts (seed)."""

    PORTAL = "portal"
    FEDERATION = "federation"
    WEB = "web application"
    SSH = "direct access by SSH"
    RDP = "direct access by RDP"
    HTML5 = "HTML5 application"
    CONSOLE = "system console"
    RECORDING = "recording"
    DATABASE = "database"
    CONTROL = "control"


_BY_CONTROLLERS = (Component.MEDIATION_CONTROLLER,)
_BY_GATEWAYS = (*_BY_CONTROLLERS, Component.EDGE_GATEWAY)
_BY_AGENTS = (*_BY_GATEWAYS, Component.RECORDING_AGENT)
INTERRUPTED_BY: dict[Kind, tuple[Component, ...]] = {
    Kind.PORTAL: _BY_CONTROLLERS,
    Kind.FEDERATION: _BY_CONTROLLERS,
    Kind.CONSOLE: _BY_CONTROLLERS,
    Kind.WEB: _BY_GATEWAYS,
    Kind.RECORDING: _BY_GATEWAYS,
    Kind.SSH: _BY_AGENTS,
    Kind.RDP: _BY_AGENTS,
    Kind.HTML5: (*_BY_AGENTS, Component.HTML5_GATEWAY),
    Kind.DATABASE: (),
}
"""Whose upgrade interrupts a service (seed): the controllers' all of the platform, nobody's the database beside it."""


class Protocol(StrEnum):
    """What is spoken to a service, once it is connected."""

    HTTPS = "https"
    TUNNEL = "websocket"
    SSH = "ssh"
    RDP = "rdp"
    TLS = "tls"
    POSTGRESQL = "postgresql"
    TCP = "tcp"


@dataclass(frozen=True)
class Service:
    """One service at one address.

    `shows` is the text that its answer must hold; `component` and `machine` (a machine's name) are to blame where it is
    away, and the machine is None where several could be. `certificate_name` is for RDP, whose server may be called
    otherwise than the gateway in front of it.
    """

    name: str
    kind: Kind
    protocol: Protocol
    host: str
    port: int
    component: Component
    machine: str | None = None
    path: str = "/"
    shows: str = ""
    certificate_name: str | None = None

    @property
    def can_be_kept(self) -> bool:
        """Whether one connection carries one question after the other."""
        return self.protocol is Protocol.HTTPS


@dataclass(frozen=True)
class HeldSession:
    """A session that is opened before the upgrade and held through it."""

    name: str
    kind: Kind
    component: Component
    machine: str | None
    of: SshDirectAccess | Html5Application | None = None
    through: PortThrough | None = None


def services(target: Target) -> list[Service]:
    """Return every service of the target that can be asked without signing in, in the file's order."""
    return [
        *_portal(target),
        *_web(target),
        *_direct(target),
        *_html5(target),
        *_consoles(target),
        *_recording(target),
        *_databases(target),
    ]


def hosts(target: Target) -> set[str]:
    """Return the names of hosts that the target file uses; addresses are none."""
    return {host for host in (*_hosts(target), *target.names) if not _is_address(host)}


def control(target: Target) -> Service | None:
    """Return what tells our own network from the platform's, where the target names it."""
    place = target.watch.control
    if place is None:
        return None
    return Service("control", Kind.CONTROL, Protocol.TCP, place.host, place.port, Component.MEDIATION_CONTROLLER)


def held_sessions(target: Target) -> list[HeldSession]:
    """Return the sessions to hold: on the portal, by SSH through each Edge Gateway, and of each HTML5 application."""
    controller, gateway = Component.MEDIATION_CONTROLLER, Component.EDGE_GATEWAY
    portal = [HeldSession("portal session", Kind.PORTAL, controller, None)] if target.portal else []
    ssh = [
        HeldSession(f"{access.name} session via {way.gateway}", Kind.SSH, gateway, way.gateway, access, way)
        for access in target.direct_accesses
        if isinstance(access, SshDirectAccess)
        for way in access.through
    ]
    html5 = [
        HeldSession(f"{each.name} session", Kind.HTML5, Component.HTML5_GATEWAY, each.gateway, each)
        for each in target.html5_applications
    ]
    return [*portal, *ssh, *html5]


def followed_machines(target: Target) -> list[Machine]:
    """Return the machines whose Debian packages can be looked up while the target is watched."""
    return [each for each in target.machines if each.ssh and each.packages and each.system == "linux"]


def _hosts(target: Target) -> Iterator[str]:
    yield from (service.host for service in services(target))
    yield from (machine.address for machine in target.machines)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _portal(target: Target) -> Iterator[Service]:
    controllers = Component.MEDIATION_CONTROLLER, None
    if target.portal:
        shows = target.watch.portal_shows or SIGN_IN_FORM
        yield _at("portal", Kind.PORTAL, target.portal.url, controllers, shows)
    for each in target.federations:
        yield _at(f"{each.name}: sign-in", Kind.FEDERATION, each.sign_in, controllers, "SAMLRequest")
        yield _at(f"{each.name}: metadata", Kind.FEDERATION, each.metadata, controllers, "EntityDescriptor")


def _web(target: Target) -> Iterator[Service]:
    for application in target.web_applications:
        for way in application.through:
            to_blame = Component.EDGE_GATEWAY, way.gateway
            yield _at(_through(application, way), Kind.WEB, way.url, to_blame, application.expect)


def _direct(target: Target) -> Iterator[Service]:
    for access in target.direct_accesses:
        for way in access.through:
            yield _direct_access(access, way)


def _direct_access(access: SshDirectAccess | RdpDirectAccess, way: PortThrough) -> Service:
    name, gateway = _through(access, way), Component.EDGE_GATEWAY
    if isinstance(access, SshDirectAccess):
        return Service(name, Kind.SSH, Protocol.SSH, way.host, way.port, gateway, way.gateway)
    return Service(
        name,
        Kind.RDP,
        Protocol.RDP,
        way.host,
        way.port,
        gateway,
        way.gateway,
        certificate_name=access.certificate_name,
    )


def _html5(target: Target) -> Iterator[Service]:
    for application in target.html5_applications:
        to_blame = Component.HTML5_GATEWAY, application.gateway
        if application.tunnel:
            found = _at(application.name, Kind.HTML5, application.tunnel, to_blame)
            yield replace(found, protocol=Protocol.TUNNEL)
        else:
            host = target.machine(application.gateway).address
            yield Service(application.name, Kind.HTML5, Protocol.HTTPS, host, HTTPS_PORT, *to_blame)


def _consoles(target: Target) -> Iterator[Service]:
    for machine in target.having(Component.MEDIATION_CONTROLLER):
        if machine.console:
            to_blame = Component.MEDIATION_CONTROLLER, machine.name
            yield _at(f"{machine.name}: console", Kind.CONSOLE, machine.console, to_blame, machine.console_shows or "")


def _recording(target: Target) -> Iterator[Service]:
    if not any(target.having(Component.RECORDING_AGENT)):
        return
    component = Component.EDGE_GATEWAY
    for machine in target.having(component):
        name = f"{machine.name}: recordings"
        yield Service(name, Kind.RECORDING, Protocol.TLS, machine.address, RECORDING_PORT, component, machine.name)


def _databases(target: Target) -> Iterator[Service]:
    for place in target.watch.databases:
        yield Service(
            f"{place.name}: PostgreSQL",
            Kind.DATABASE,
            Protocol.POSTGRESQL,
            place.host,
            place.port,
            Component.MEDIATION_CONTROLLER,
        )


def _through(service: WebApplication | SshDirectAccess | RdpDirectAccess, way: WebThrough | PortThrough) -> str:
    return f"{service.name} via {way.gateway}"


def _at(name: str, kind: Kind, url: HttpUrl, to_blame: tuple[Component, str | None], shows: str = "") -> Service:
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    host = (url.host or "").strip("[]")
    return Service(name, kind, Protocol.HTTPS, host, url.port or HTTPS_PORT, *to_blame, path=path, shows=shows)
