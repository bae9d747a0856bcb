"""Which share of the fleet has a qualified look-alike among the pilots, and which kinds have none: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from reports.records import FleetKind


@dataclass(frozen=True)
class Share:
    """The part of a component's fleet that some kinds make up; `machines` of `all_machines`."""

    kinds: tuple[FleetKind, ...]
    machines: int
    all_machines: int

    @property
    def percent(self) -> float:
        """The part in percent; of a fleet that nobody described, none."""
        return 100 * self.machines / self.all_machines if self.all_machines else 0.0

    @property
    def said(self) -> str:
        """The part in words: 120 of 200 machines (60 %); a part is never rounded up to the whole."""
        percent = int(self.percent) if self.percent >= 1 or not self.machines else "less than 1"
        return f"{self.machines} of {self.all_machines} machines ({percent} %)"


def represented(fleet: Iterable[FleetKind], component: str, qualified: Collection[str]) -> Share:
    """Return the kinds of a component's fleet that have a look-alike among the `qualified` pilots (names)."""
    return _share(fleet, component, lambda kind: bool(set(kind.pilots) & set(qualified)))


def unrepresented(fleet: Iterable[FleetKind], component: str, qualified: Collection[str]) -> Share:
    """Return the kinds that have none."""
    return _share(fleet, component, lambda kind: not set(kind.pilots) & set(qualified))


def _share(fleet: Iterable[FleetKind], component: str, wanted: Callable[[FleetKind], bool]) -> Share:
    all_kinds = [kind for kind in fleet if kind.component == component]
    kinds = tuple(kind for kind in all_kinds if wanted(kind))
    return Share(kinds, sum(kind.count for kind in kinds), sum(kind.count for kind in all_kinds))


def named(kind: FleetKind) -> str:
    """Name a kind: Windows 11, amd64, Microsoft Defender, workstation."""
    return ", ".join((kind.operating_system, kind.architecture, kind.security_product, kind.role))
