"""Faults that the lab can have, each a small story that Recette must notice."""

from __future__ import annotations

from dataclasses import dataclass

from targets.lab.command import LabError
from targets.lab.role import Component


@dataclass(frozen=True)
class Fault:
    """What goes wrong in an upgrade: a ``story`` for people, and the ``machine`` that it leaves behind."""

    name: str
    story: str
    component: Component
    machine: str


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(
            "slave-left-behind",
            "The slave Mediation Controller is forgotten: the pair ends on two releases.",
            "mediation controller",
            "mc2",
        ),
    )
}


def named(name: str) -> Fault:
    """Return the fault of that name; raise LabError where there is none."""
    if name not in FAULTS:
        raise LabError(f"there is no fault {name}; there is {', '.join(FAULTS)}.")
    return FAULTS[name]
