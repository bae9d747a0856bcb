"""Attributes as Shibboleth hands them on: several values joined by ``;``, with theirs escaped."""

from __future__ import annotations

import re

SEPARATOR = re.compile(r"(?<!\\);")


def values(joined: str) -> list[str]:
    """Give the values of an attribute."""
    return [value.replace("\\;", ";") for value in SEPARATOR.split(joined) if value]
