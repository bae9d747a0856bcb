"""Pilots, and the sessions that show whether the new client and agent may go to the fleet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from targets.kinds.delivered import KINDS as DELIVERED
from targets.model.components import RECORDING_PORT, Component
from targets.model.machines import Machine
from targets.model.services import PortThrough
from targets.model.target import Target
from targets.subject import FindSubjects, Subject


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


def _qualifying(*sessions: FindSubjects) -> FindSubjects:
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


KINDS: dict[str, FindSubjects] = {
    "pilot": _pilot,
    "pilot_with_configuration": _pilot_with_configuration,
    "client_pilot": _client_pilot,
    "qualifying_ssh_session": _qualifying(DELIVERED["ssh_direct_access"]),
    "qualifying_rdp_session": _qualifying(DELIVERED["rdp_direct_access"], DELIVERED["rdp_application"]),
    "qualifying_html5_session": _qualifying(DELIVERED["html5_application"]),
    "agent_pilot_to_gateway": _agent_pilot_to_gateway,
}
