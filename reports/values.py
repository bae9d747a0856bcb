"""How a value compares with its value before, by the rule that it has. Pure functions."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

from pydantic import JsonValue

from reports.rules import Operator, Rule
from reports.wording import listed, said


@dataclass(frozen=True)
class Comparison:
    """Whether a rule holds, and what the difference means: empty where there is nothing to say."""

    holds: bool
    meaning: str = ""


def compare(rule: Rule, before: JsonValue, after: JsonValue) -> Comparison:
    """Apply a rule to a value and its value before. Values that a rule is not made for break it."""
    return _RULES[rule.operator](before, after, rule.percent)


def _same(before: JsonValue, after: JsonValue, _: float | None) -> Comparison:
    if _canonical(before) == _canonical(after):
        return Comparison(holds=True)
    if isinstance(before, list) and isinstance(after, list):
        return Comparison(holds=False, meaning=_moved(before, after) or "in another order or number")
    return Comparison(holds=False, meaning="not the same")


def _lost_none(before: JsonValue, after: JsonValue, _: float | None) -> Comparison:
    if not (isinstance(before, list) and isinstance(after, list)):
        return _not_comparable("list")
    return Comparison(holds=not _without(before, after), meaning=_moved(before, after))


def _not_grown(before: JsonValue, after: JsonValue, _: float | None) -> Comparison:
    if isinstance(before, list) and isinstance(after, list):
        return Comparison(holds=not _without(after, before), meaning=_moved(before, after))
    if not (_is_number(before) and _is_number(after)):
        return _not_comparable("number or list")
    return Comparison(holds=after <= before, meaning=_share(before, after))


def _within(before: JsonValue, after: JsonValue, percent: float | None) -> Comparison:
    """Within is meant to absorb small differences, so it has nothing to say while it holds."""
    if percent is None or not (_is_number(before) and _is_number(after)):
        return _not_comparable("number")
    if abs(after - before) <= abs(before) * percent / 100:
        return Comparison(holds=True)
    return Comparison(holds=False, meaning=f"{_share(before, after)}, more than {percent:g} %")


def _not_above(before: JsonValue, after: JsonValue, percent: float | None) -> Comparison:
    """Being lower is what one hopes for, so it has nothing to say then."""
    if _is_number(before) and _is_number(after) and after <= before:
        return Comparison(holds=True)
    return _within(before, after, percent)


def _newer(before: JsonValue, after: JsonValue, _: float | None) -> Comparison:
    if _is_number(before) and _is_number(after):
        holds = after > before
    elif isinstance(before, str) and isinstance(after, str):
        holds = _release_order(after) > _release_order(before)
    else:
        return _not_comparable("release, date or number")
    return Comparison(holds=holds, meaning="newer" if holds else "not newer")


_RULES: dict[Operator, Callable[[JsonValue, JsonValue, float | None], Comparison]] = {
    Operator.SAME: _same,
    Operator.LOST_NONE: _lost_none,
    Operator.NOT_GROWN: _not_grown,
    Operator.WITHIN: _within,
    Operator.NOT_ABOVE: _not_above,
    Operator.NEWER: _newer,
}


def _is_number(value: JsonValue) -> TypeGuard[int | float]:
    """Tell numbers that can be reckoned with: an integer of 400 digits cannot be multiplied by a fraction."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _canonical(value: JsonValue) -> str:
    """Write a value so that equal means equal: in Python True == 1, in a report they are not the same."""
    return json.dumps(value, sort_keys=True)


def _without(values: list[JsonValue], others: list[JsonValue]) -> list[JsonValue]:
    """Return the values that are not among the others."""
    known = {_canonical(other) for other in others}
    return [value for value in values if _canonical(value) not in known]


def _moved(before: list[JsonValue], after: list[JsonValue]) -> str:
    """Say what a list lost and gained."""
    lost, gained = _without(before, after), _without(after, before)
    said_of = [f"lost {listed(lost)}"] if lost else []
    said_of += [f"gained {listed(gained)}"] if gained else []
    return " and ".join(said_of)


def _share(before: float, after: float) -> str:
    """Say by how much a number rose or fell."""
    if after == before:
        return ""
    direction = "higher" if after > before else "lower"
    return f"{abs(after - before) / abs(before):.0%} {direction}" if before else f"{said(after)} {direction}"


def _not_comparable(wanted: str) -> Comparison:
    return Comparison(holds=False, meaning=f"cannot be compared: not a {wanted} both times")


def _release_order(text: str) -> list[tuple[int, int, str]]:
    """Order releases and ISO dates: digits by their value, and as in Debian a ~ before the end of the text."""
    pieces = re.findall(r"[0-9]+|~[^0-9]*|[^0-9~]+", text)
    return [*map(_piece_order, pieces), (0, 0, "")]


def _piece_order(piece: str) -> tuple[int, int, str]:
    if piece[0] == "~":
        return -1, 0, piece
    return (2, int(piece), "") if piece[0].isdigit() else (1, 0, piece)
