"""Takes known secrets out of text that is to be kept or shown."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from targets.secret import MASK, Secret

SHORTEST_INSIDE_BASE64 = 6
"""Fewer characters of base64 would also be found where there is no secret."""


class Redactor:
    """Knows secrets, and masks them in any of the forms in which a platform or tool may print them."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        forms = {form for secret in secrets if secret.reveal() for form in _forms(secret.reveal())}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def scrub(self, text: str) -> str:
        """Return the text with ``***`` in place of every known secret."""
        return self._known.sub(MASK, text) if self._known else text


def _forms(value: str) -> Iterator[str]:
    yield value
    for encoded in (quote(value), quote(value, safe=""), quote_plus(value), quote_plus(value, safe="/")):
        yield encoded
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), encoded)
    yield from _escaped(value)
    yield from _base64(value.encode())


def _escaped(value: str) -> Iterator[str]:
    entities = html.escape(value)
    yield from (
        html.escape(value, quote=False),
        entities,
        entities.replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    )
    for ascii_only in (True, False):
        literal = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield from (literal, literal.replace("/", "\\/"))
    yield repr(value)[1:-1]


def _base64(value: bytes) -> Iterator[str]:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(value).decode()
        yield from (encoded, encoded.rstrip("="))
        for before in range(3):
            if len(inside := _inside_base64(encode(bytes(before) + value).decode(), before, len(value))) >= (
                SHORTEST_INSIDE_BASE64
            ):
                yield inside


def _inside_base64(encoded: str, before: int, length: int) -> str:
    """Return the digits that hold nothing but the value, whatever stands around it (as in ``login:password``)."""
    first = -(-before * 8 // 6)
    return encoded[first : (before + length) * 8 // 6]
