"""What is watched during the upgrade, and what it goes through."""

from __future__ import annotations

from collections.abc import Iterator

from targets.model.components import Component
from targets.model.target import Target
from targets.services import Kind, Service, held_sessions, services
from targets.subject import FindSubjects, Subject, Upgraded, Ways


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


def _continuous_service(target: Target, kind: str) -> Iterator[Subject]:
    """Yield what several Edge Gateways lead to, where these are upgraded in turn so that one of them always does."""
    watched = {service.name: service for service in services(target)}
    for served in (*target.web_applications, *target.direct_accesses):
        ways = tuple(watched[f"{served.name} via {way.gateway}"] for way in served.through)
        if target.watch.continuous and len(ways) > 1:
            yield Subject(served.name, kind, Component.EDGE_GATEWAY, None, Ways(ways))


def _clientless_service(target: Target, kind: str) -> Iterator[Subject]:
    """Yield what users reach with a browser alone: the client's upgrade does not interrupt it (seed)."""
    for subject in _watched_service(target, kind):
        if subject.a(Service).kind in (Kind.WEB, Kind.HTML5):
            yield subject


def _held_session(target: Target, kind: str) -> Iterator[Subject]:
    for session in held_sessions(target):
        yield Subject(session.name, kind, session.component, session.machine, session)


KINDS: dict[str, FindSubjects] = {
    "upgraded_component": _upgraded_component,
    "upgrade": _upgrade,
    "watched_service": _watched_service,
    "clientless_service": _clientless_service,
    "continuous_service": _continuous_service,
    "held_session": _held_session,
}
