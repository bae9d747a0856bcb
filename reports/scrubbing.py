"""What comes from outside is made fit to be kept: no secret in it, valid Unicode, bounded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from pydantic import JsonValue

Scrub = Callable[[str], str]

LONGEST_TEXT = 4000


def scrubbed(text: str, scrub: Scrub) -> str:
    """Take the secrets out of a text, and what UTF-8 cannot carry (half of a surrogate pair)."""
    return scrub(text).encode("utf-8", "replace").decode("utf-8")


def bounded(text: str, longest: int = LONGEST_TEXT) -> str:
    """Cut a text that is too long to keep whole; its hash still tells two long texts apart. `longest` in characters."""
    if len(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{text[:longest]}… (cut: {len(text)} characters in all, SHA-256 {digest})"


def scrubbed_value(value: JsonValue, scrub: Scrub, longest: int = LONGEST_TEXT) -> JsonValue:
    """Do the same with every text in a JSON value, the keys of its objects included."""
    if isinstance(value, str):
        return bounded(scrubbed(value, scrub), longest)
    if isinstance(value, list):
        return [scrubbed_value(item, scrub, longest) for item in value]
    if isinstance(value, dict):
        return {scrubbed(key, scrub): scrubbed_value(item, scrub, longest) for key, item in value.items()}
    return value
