"""What the platform delivers to users, and the recordings that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from targets.model.components import Component
from targets.model.services import (
    Federation,
    Html5Application,
    LeadsToServer,
    RdpApplication,
    RdpDirectAccess,
    SshDirectAccess,
    WebApplication,
)
from targets.model.target import Target
from targets.subject import FederationOn, FindSubjects, OnControllers, Subject

PORTAL = "portal"


def _portal(target: Target, kind: str) -> Iterator[Subject]:
    if target.portal:
        yield Subject(PORTAL, kind, Component.MEDIATION_CONTROLLER, None, target.portal)


def _refused_sign_in(target: Target, kind: str) -> Iterator[Subject]:
    if target.portal and target.portal.refused_user:
        yield from _portal(target, kind)


def _portal_on_controller(target: Target, kind: str) -> Iterator[Subject]:
    """Yield each controller of a cluster, which the floating address hides from users as long as another holds it."""
    for cluster in _cluster_with_portal(target, kind):
        of_cluster = cluster.a(OnControllers)
        for one in of_cluster.controllers:
            payload = OnControllers(of_cluster.portal, (one,))
            yield Subject(one.name, kind, Component.MEDIATION_CONTROLLER, one.name, payload)


def _cluster_with_portal(target: Target, kind: str) -> Iterator[Subject]:
    controllers = tuple(target.having(Component.MEDIATION_CONTROLLER))
    if target.portal and len(controllers) > 1:
        payload = OnControllers(target.portal, controllers)
        yield Subject("cluster", kind, Component.MEDIATION_CONTROLLER, None, payload)


def _logged_portal(target: Target, kind: str) -> Iterator[Subject]:
    if target.portal and target.portal.logged:
        yield from _portal(target, kind)


def _federation(target: Target, kind: str) -> Iterator[Subject]:
    for federation in target.federations:
        yield Subject(federation.name, kind, Component.MEDIATION_CONTROLLER, None, federation, rests_on=(PORTAL,))


def _tried_federation(target: Target, kind: str) -> Iterator[Subject]:
    return (subject for subject in _federation(target, kind) if subject.a(Federation).may_forge)


def _federation_on_controller(target: Target, kind: str) -> Iterator[Subject]:
    """Yield each federation on each controller of a cluster, which the floating address hides as above."""
    for cluster in _cluster_with_portal(target, kind):
        for each in _federation(target, kind):
            for one in cluster.a(OnControllers).controllers:
                payload, rests_on = FederationOn(each.a(Federation), one), (*each.rests_on, each.name)
                name = f"{each.name} on {one.name}"
                yield replace(each, name=name, machine=one.name, payload=payload, rests_on=rests_on)


def _web_application(target: Target, kind: str) -> Iterator[Subject]:
    for application in target.web_applications:
        gateways = (way.gateway for way in application.through)
        yield Subject(application.name, kind, Component.EDGE_GATEWAY, None, application, rests_on=(PORTAL, *gateways))


def _web_through(target: Target, kind: str) -> Iterator[Subject]:
    for application in target.web_applications:
        yield from _ways(application, kind)


def _ways(service: WebApplication | SshDirectAccess | RdpDirectAccess, kind: str) -> Iterator[Subject]:
    behind: str | None = getattr(service, "server", None)
    for way in service.through:
        name, gateway = f"{service.name} via {way.gateway}", way.gateway
        yield Subject(name, kind, Component.EDGE_GATEWAY, gateway, service, way, behind=behind)


def _ssh(target: Target) -> Iterator[SshDirectAccess]:
    return (access for access in target.direct_accesses if isinstance(access, SshDirectAccess))


def _ssh_direct_access(target: Target, kind: str) -> Iterator[Subject]:
    for access in _ssh(target):
        yield from _ways(access, kind)


def _surviving_file(target: Target, kind: str) -> Iterator[Subject]:
    for access in _ssh(target):
        if access.survivor:
            yield from _ways(access, kind)


def _recording_gateway(target: Target, kind: str) -> Iterator[Subject]:
    for machine in target.having(Component.EDGE_GATEWAY):
        if machine.recordings:
            yield Subject(machine.name, kind, Component.EDGE_GATEWAY, machine.name, machine)


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
        if session.a(LeadsToServer).recorded:
            rests_on = (*session.rests_on, *filter(None, (session.machine, session.behind)))
            yield replace(session, component=Component.RECORDING_AGENT, machine=agent, behind=None, rests_on=rests_on)


def _rdp_direct_access(target: Target, kind: str) -> Iterator[Subject]:
    for access in target.direct_accesses:
        if isinstance(access, RdpDirectAccess):
            yield from _ways(access, kind)


def _rdp_application(target: Target, kind: str) -> Iterator[Subject]:
    for application in target.rdp_applications:
        yield _opened(application, kind, Component.CLIENT, application.pilot)


def _html5_application(target: Target, kind: str) -> Iterator[Subject]:
    for application in target.html5_applications:
        yield _opened(application, kind, Component.HTML5_GATEWAY, application.gateway)


def _opened(application: RdpApplication | Html5Application, kind: str, component: Component, machine: str) -> Subject:
    """Return what users open from the portal, and what leads to a server of its own."""
    return Subject(
        application.name, kind, component, machine, application, behind=application.server, rests_on=(PORTAL,)
    )


KINDS: dict[str, FindSubjects] = {
    "portal": _portal,
    "refused_sign_in": _refused_sign_in,
    "portal_on_controller": _portal_on_controller,
    "cluster_with_portal": _cluster_with_portal,
    "logged_portal": _logged_portal,
    "federation": _federation,
    "tried_federation": _tried_federation,
    "federation_on_controller": _federation_on_controller,
    "web_application": _web_application,
    "web_through": _web_through,
    "ssh_direct_access": _ssh_direct_access,
    "surviving_file": _surviving_file,
    "rdp_direct_access": _rdp_direct_access,
    "rdp_application": _rdp_application,
    "html5_application": _html5_application,
    "recording_gateway": _recording_gateway,
    "recorded_ssh_direct_access": _recorded_ssh_direct_access,
    "recorded_desktop": _recorded_desktop,
}
