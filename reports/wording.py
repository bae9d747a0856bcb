"""How values are said to people: short, on one line, and with nothing hidden in them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from pydantic import JsonValue

SHOWN_LENGTH = 200
SHOWN_ITEMS = 12
# Cc: control, Cf: format (bidirectional overrides, zero width), Cs: lone surrogates, Co: private, Zl and Zp: line ends.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_ORDINARY = {"\n", "\t"}


def visible(text: str) -> str:
    """Name every character that would not be seen, or would turn others round: <U+202E>."""
    return "".join(
        f"<U+{ord(char):04X}>" if unicodedata.category(char) in _HIDDEN and char not in _ORDINARY else char
        for char in text
    )


def shortened(text: str, length: int = SHOWN_LENGTH) -> str:
    """Put a text on one line of at most `length` characters, and say so where some are left out."""
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= length else f"{line[: length - 1]}…"


def said(value: JsonValue) -> str:
    """Say a value as people write it: a list in brackets, nothing quoted or hidden, cut where it is long."""
    return shortened(visible(_said(value)))


def listed(values: list[JsonValue]) -> str:
    """Say some values one after the other, cut where there are many."""
    left_out = len(values) - SHOWN_ITEMS
    shown = ", ".join(said(value) for value in values[:SHOWN_ITEMS])
    return f"{shown} and {left_out} more" if left_out > 0 else shown


def _said(value: JsonValue) -> str:
    if isinstance(value, list):
        return f"[{listed(value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {said(item)}' for key, item in list(value.items())[:SHOWN_ITEMS])}}}"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def duration(seconds: float) -> str:
    """Say a duration in units fit for it: 0.4 s, 12 s, 3 min 5 s, 2 h 10 min."""
    if seconds < 9.95:  # noqa: PLR2004 - below ten seconds, once rounded, a tenth is still of interest
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def day(moment: date) -> str:
    """Say a date: 23 November 2026."""
    return f"{moment.day} {moment:%B %Y}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Say how many: 1 criterion, 2 criteria."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
