"""Servers, alone and together, and where people see what they say of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from targets.model.components import Component
from targets.model.machines import Machine
from targets.model.target import Target
from targets.subject import Beside, Cluster, FindSubjects, Servers, Subject


def _server(target: Target, kind: str) -> Iterator[Subject]:
    for machine in target.machines:
        if machine.component and machine.packages:
            yield Subject(machine.name, kind, machine.component, machine.name, machine)


def _linux_machine(target: Target, kind: str) -> Iterator[Subject]:
    for machine in target.machines:
        if machine.component and machine.ssh and machine.system == "linux":
            yield Subject(machine.name, kind, machine.component, machine.name, machine)


def _configured_machine(target: Target, kind: str) -> Iterator[Subject]:
    return (subject for subject in _linux_machine(target, kind) if subject.a(Machine).configuration)


def _controller(target: Target, kind: str) -> Iterator[Subject]:
    for machine in target.having(Component.MEDIATION_CONTROLLER):
        yield Subject(machine.name, kind, Component.MEDIATION_CONTROLLER, machine.name, machine)


def _console(target: Target, kind: str) -> Iterator[Subject]:
    for subject in _controller(target, kind):
        if subject.a(Machine).console:
            yield subject


def _delivered_console(target: Target, kind: str) -> Iterator[Subject]:
    return (subject for subject in _console(target, kind) if subject.a(Machine).delivered_account)


def _cluster(target: Target, kind: str) -> Iterator[Subject]:
    controllers = tuple(target.having(Component.MEDIATION_CONTROLLER))
    if len(controllers) > 1:
        yield Subject("cluster", kind, Component.MEDIATION_CONTROLLER, None, Cluster(controllers))


def _event_log(target: Target, kind: str) -> Iterator[Subject]:
    if target.event_log:
        yield Subject(target.event_log.name, kind, Component.MEDIATION_CONTROLLER, None, target.event_log)


def _shown_release(target: Target, kind: str) -> Iterator[Subject]:
    for shown in target.shown_releases:
        machine = target.machine(shown.machine)
        if machine.component:  # the loader has checked that it has one
            yield Subject(machine.name, kind, machine.component, machine.name, shown)


SERVERS = (Component.MEDIATION_CONTROLLER, Component.EDGE_GATEWAY, Component.HTML5_GATEWAY)
"""What the vendor delivers as Debian servers (product page); agents and clients are other people's machines."""


def _debian_server(target: Target, kind: str) -> Iterator[Subject]:
    for machine in target.machines:
        if machine.component and machine.component in SERVERS and machine.ssh:
            yield Subject(machine.name, kind, machine.component, machine.name, machine)


def _apt_machine(target: Target, kind: str) -> Iterator[Subject]:
    """Yield the servers, and those clients and agents whose package comes from repositories too."""
    for machine in target.machines:
        upgraded_by_apt = machine.component in SERVERS or (machine.system == "linux" and machine.packages)
        if machine.component and machine.ssh and upgraded_by_apt:
            yield Subject(machine.name, kind, machine.component, machine.name, machine, behind=Beside.REPOSITORY)


def _server_among_others(target: Target, kind: str) -> Iterator[Subject]:
    alone = list(_debian_server(target, kind))
    if len(alone) > 1:
        together = Servers(tuple(subject.a(Machine) for subject in alone))
        yield from (replace(subject, payload=together) for subject in alone)


KINDS: dict[str, FindSubjects] = {
    "server": _server,
    "linux_machine": _linux_machine,
    "configured_machine": _configured_machine,
    "controller": _controller,
    "console": _console,
    "delivered_console": _delivered_console,
    "cluster": _cluster,
    "apt_machine": _apt_machine,
    "debian_server": _debian_server,
    "server_among_others": _server_among_others,
    "event_log": _event_log,
    "shown_release": _shown_release,
}
