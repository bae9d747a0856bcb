"""Faults done to the lab's machines, and undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from targets.lab import image, machine
from targets.lab.command import LabError
from targets.lab.faults.fault import Fault
from targets.lab.lab import chosen, place_of, wait_until_ready
from targets.lab.machines import MOST_PILOTS, machines
from targets.lab.role import Machine
from targets.lab.store import Store

AT_ONCE = 4
LONGEST = 300.0
"""Seconds that a fault's script may take: one that is done during an upgrade may last a while."""


def break_now(store: Store, fault: Fault) -> None:
    """Break the running machines as after an upgrade with the fault.

    Raises LabError where the fault lies in how the upgrade is done, or a machine cannot be changed.
    """
    if fault.needs_an_upgrade:
        raise LabError(f"{fault.name} lies in the upgrade itself: `recette lab upgrade --fault {fault.name}`.")
    change(store, fault)


def change(store: Store, fault: Fault) -> None:
    """Change the machines of a fault, which are as it needs them; raises LabError where one cannot be changed."""
    _run(store, fault.changed, fault.change.breaks(store))


def mend(store: Store, fault: Fault) -> None:
    """Undo the change of a fault, however far it got, and wait until its machines serve.

    Raises LabError if they do not, or were left behind, which takes an upgrade to mend.
    """
    _run(store, fault.changed, fault.change.mends)
    image.each(_machines(fault.changed), lambda one: wait_until_ready(store, one), AT_ONCE)
    if fault.left_behind:
        raise LabError(f"what was left behind can still be upgraded: `recette lab upgrade {' '.join(fault.machines)}`.")


def in_step(store: Store, fault: Fault, one: Machine) -> None:
    """Do what a fault does within the upgrade step of a machine."""
    if fault.comes_before:
        return
    if fault.during == one.name:
        change(store, fault)
    elif fault.during is None and one.name in fault.changed:
        _run(store, [one.name], fault.change.breaks(store))


def at_the_end(store: Store, fault: Fault) -> None:
    """Do what a fault does to machines that the upgrade did not go through."""
    if fault.during is None and not fault.comes_before:
        left = fault.machines if fault.left_behind else ()
        apart = [one.name for one in _machines(fault.changed) if one.component is None or one.name in left]
        _run(store, apart, fault.change.breaks(store))


def _run(store: Store, names: Iterable[str], script: str) -> None:
    def work(name: str) -> None:
        machine.inside(place_of(store, name), script, LONGEST)

    image.each(names, work, AT_ONCE)


def _machines(names: Collection[str]) -> list[Machine]:
    return chosen(machines(MOST_PILOTS), names) if names else []
