"""A fault: one way in which an upgrade goes wrong on real machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from targets.lab.faults.change import NOTHING, Change
from targets.lab.role import Component, Machine

AtFault = Component | Literal["identity provider", "database", "repository"]
Phase = Literal["prepare", "qualify", "watch", "validate"]
Order = Callable[[list[list[Machine]]], list[list[Machine]]]


def in_order(steps: list[list[Machine]]) -> list[list[Machine]]:
    """Give the steps of an upgrade as they are."""
    return steps


@dataclass(frozen=True)
class Fault:
    """What goes wrong: a ``story`` of one sentence, and the ``component`` and ``machines`` that a report must name.

    ``change`` is done to the machines at fault, or to those that ``on`` names: as part of each one's own upgrade step,
    after its packages, or for all of them together within the step of the machine that ``during`` names. A machine
    that no upgrade goes through is changed at the end of it; for the phase ``prepare``, everything is changed before
    it. ``left_behind`` says that the upgrade leaves out the machines at fault, ``order`` changes its steps.

    ``seen_by`` are the criteria of which at least one must see it, in the ``phase`` in which it must be seen.
    """

    name: str
    story: str
    component: AtFault
    machines: tuple[str, ...]
    seen_by: tuple[str, ...]
    change: Change = NOTHING
    on: tuple[str, ...] = ()
    phase: Phase = "validate"
    during: str | None = None
    left_behind: bool = False
    order: Order = in_order

    @property
    def changed(self) -> tuple[str, ...]:
        """The machines that the change is done to."""
        return () if self.change is NOTHING else self.on or self.machines

    @property
    def touched(self) -> tuple[str, ...]:
        """The machines that are not as a clean upgrade leaves them."""
        return tuple(dict.fromkeys((*self.changed, *(self.machines if self.left_behind else ()))))

    @property
    def comes_before(self) -> bool:
        """Whether it is there before the upgrade, and keeps it from being begun."""
        return self.phase == "prepare"

    @property
    def needs_an_upgrade(self) -> bool:
        """Whether it lies in how the upgrade is done, so that machines cannot be broken so afterwards."""
        return self.left_behind or self.during is not None or self.order is not in_order

    def __str__(self) -> str:
        return self.name
