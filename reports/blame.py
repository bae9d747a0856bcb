"""Where what broke broke first, and what probably broke behind it. Pure functions.

The reasoning is an administrator's. What a server says of itself comes before what it delivers. What fails on one
machine, or rests on what failed, fails behind it. What fails whichever way one comes, or by the only way while that is
proven good, is the fault of what lies behind the ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.results import Result
from reports.verdicts import Verdict

# What more of the platform rests on comes first (product page, Components); what is beside the platform comes last.
_ORDER = ("mediation controller", "edge gateway", "HTML5 gateway", "recording agent", "client")


@dataclass(frozen=True)
class Place:
    """A component and its machine, as far as they are known."""

    component: str | None
    machine: str | None

    def __str__(self) -> str:
        return " on ".join(filter(None, (self.component, self.machine)))


@dataclass(frozen=True)
class Cause:
    """Something that broke, the place to blame for it, and what probably broke behind it."""

    result: Result
    place: Place
    consequences: tuple[Result, ...]


def causes(broke: Iterable[Result], among: Sequence[Result]) -> list[Cause]:
    """Order what broke `among` all results of a run, the root causes first, each with what it explains."""
    everything = list(broke)
    groups: list[tuple[Result, Place, list[Result]]] = []
    for result in sorted(everything, key=lambda each: _rank(each, everything)):
        group = next((group for group in groups if _explains(group[0], group[1], result)), None)
        if group is None:
            groups.append((result, _to_blame(result, among), []))
        else:
            group[2].append(result)
    return [Cause(root, place, tuple(behind)) for root, place, behind in groups]


def place(result: Result) -> str:
    """Say where a result is: the component and its machine, as far as they are known."""
    return str(Place(result.component, result.machine)) or result.subject


def is_server(result: Result) -> bool:
    """Tell criteria about a machine itself (its release, its services) from those about what it delivers."""
    return result.machine is not None and result.subject == result.machine


def _rank(result: Result, broke: Sequence[Result]) -> tuple[bool, bool, int, int, bool]:
    component = result.component or ""
    order = _ORDER.index(component) if component in _ORDER else len(_ORDER)
    resting = sum(result.subject in each.rests_on for each in broke)
    return not is_server(result), _comes_after(result, broke), order, -resting, result.machine is None


def _comes_after(result: Result, broke: Sequence[Result]) -> bool:
    """Tell whether the same service broke where this result rests on it: of what did not open nothing is recorded."""
    others = (each for each in broke if each.subject == result.subject and each.machine != result.machine)
    return any(each.machine in result.rests_on for each in others)


def _explains(root: Result, place: Place, result: Result) -> bool:
    if result.subject == root.subject or root.subject in result.rests_on:
        return True
    blamed = place.machine or place.component
    if blamed is not None and blamed in (result.machine, result.behind, *result.rests_on):
        return True
    return is_server(root) and result.machine is None and result.component == root.component


def _to_blame(result: Result, among: Sequence[Result]) -> Place:
    """Return what lies behind the ways to a service, where that is to blame, else the place of the result."""
    if result.behind is None or not _fails_behind(result, among):
        return Place(result.component, result.machine)
    own = next((each for each in among if is_server(each) and each.subject == result.behind), None)
    return Place(own.component, own.machine) if own else Place(result.behind, None)


def _fails_behind(result: Result, among: Sequence[Result]) -> bool:
    """Tell whether a criterion fails by every way, or by the only one while another criterion passes that way."""
    ways = [each for each in among if (each.criterion, each.behind) == (result.criterion, result.behind)]
    if any(each.found is Verdict.PASSED for each in ways):
        return False
    return len(ways) > 1 or _came_through(result, among)


def _came_through(result: Result, among: Sequence[Result]) -> bool:
    """Tell whether another criterion passed over the very same way; a machine is no way, but the begin of one."""
    if is_server(result):
        return False
    way = (result.subject, result.machine, result.behind)
    return any((each.subject, each.machine, each.behind) == way and each.found is Verdict.PASSED for each in among)
