"""The live upgrade of the lab, in the vendor's order."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from targets.lab import breaking, image, installed, machine, packages
from targets.lab.faults.fault import Fault
from targets.lab.image import Tell
from targets.lab.lab import chosen, place_of, status, wait_until_ready
from targets.lab.lock import locked
from targets.lab.marks import marked
from targets.lab.packages import AFTER, RELEASES
from targets.lab.role import Component, Machine, Rank
from targets.lab.store import Store

ORDER: tuple[tuple[Component, Rank | None], ...] = (
    ("client", None),
    ("recording agent", None),
    ("mediation controller", "SLAVE"),
    ("mediation controller", "MASTER"),
    ("edge gateway", None),
    ("HTML5 gateway", None),
)
"""The vendor's introduction to live upgrades: clients and agents, controllers from the slave on, then gateways."""

ONE_BY_ONE: tuple[Component, ...] = ("edge gateway",)
"""The vendor allows them in parallel too, for a shorter outage in all; one by one, the other keeps serving."""

UPGRADE_PATIENCE = 300.0
AT_ONCE = 2


def upgrade(store: Store, tell: Tell, fault: Fault | None = None, names: Collection[str] = ()) -> None:
    """Upgrade the running machines, or just those named, and mark each step in ``marks.jsonl`` of the store.

    With a ``fault``, the upgrade goes wrong in that way; its end is where the last of all machines is done. Raises
    LabError when a machine cannot be upgraded, or does not serve afterwards; later steps are then not begun.
    """
    with locked(store.path.parent):
        running = [state.machine for state in status(store) if state.running]
        wanted, plan = chosen(running, names), planned(running, fault)
        for step in plan:
            part = [one for one in step if one in wanted]
            image.each(part, lambda one: image.timed(tell, one.name, lambda: _upgrade(store, one, fault)), AT_ONCE)
        if fault and all(one in wanted for step in plan[-1:] for one in step):
            breaking.at_the_end(store, fault)


def planned(running: Sequence[Machine], fault: Fault | None) -> list[list[Machine]]:
    """Give the machines of each step as they will be done: in the vendor's order, but for what a fault makes of it."""
    if fault is None:
        return steps(running)
    left_behind = fault.machines if fault.left_behind else ()
    return fault.order(steps([one for one in running if one.name not in left_behind]))


def steps(running: Sequence[Machine]) -> list[list[Machine]]:
    """Give the machines of each step in the vendor's order; those of a step may be upgraded at the same time."""
    found = []
    for component, rank in ORDER:
        step = [one for one in running if (one.component, one.rank) == (component, rank)]
        found += [[one] for one in step] if component in ONE_BY_ONE else [step]
    return [step for step in found if step]


def _upgrade(store: Store, one: Machine, fault: Fault | None) -> None:
    place, role = place_of(store, one.name), installed.role_of(one)
    with marked(store.path / "marks.jsonl", one, RELEASES[AFTER]):
        machine.inside(place, packages.upgrading(role.stand_ins), UPGRADE_PATIENCE)
        wait_until_ready(store, one)
        if fault:
            breaking.in_step(store, fault, one)
