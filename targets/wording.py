"""What pydantic found, in words that say what is allowed.

The JSON Schema that editors use is also what tells here which keys are known and what each is for.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic_core import ErrorDetails

from targets.model.fields import PATTERNS_IN_WORDS
from targets.model.target import Target
from targets.problems import shown
from targets.yaml_document import Document, Fault, Path, Place

Shape = dict[str, Any]
IN_WORDS = {
    "string_type": "must be text",
    "model_type": "must be keys with values",
    "dict_type": "must be keys with values",
    "model_attributes_type": "must be keys with values",
    "tuple_type": "must be a list",
    "too_short": "must have at least one item",
    "union_tag_not_found": "needs “protocol”: ssh or rdp",
    "ip_any_address": "must be an IP address",
    "date_from_datetime_parsing": "must be a day, such as 2026-12-31",
    "date_from_datetime_inexact": "must be a day, such as 2026-12-31",
    "string_too_short": "must not be empty",
    "date_parsing": "must be a day, such as 2026-12-31",
    "date_type": "must be a day, such as 2026-12-31",
    "url_scheme": "must begin with https://",
}


def faults(errors: Iterable[ErrorDetails], document: Document) -> Iterator[Fault]:
    """Yield the fault that each validation error stands for, at its place in the file."""
    for error in errors:
        if error["type"] != "too_short" or not document.holds_items(error["loc"]):  # else its items are at fault
            yield _fault(error, document)


def _fault(error: ErrorDetails, document: Document) -> Fault:
    path = error["loc"]
    if error["type"] == "extra_forbidden":
        return Fault(_key_place(document, document.nearest(path)), _unknown_key(path))
    if error["type"] == "missing":
        return Fault(_key_place(document, document.nearest(path)), _missing_key(path))
    held = document.nearest((*path, "protocol") if error["type"].startswith("union_tag") else path)
    return Fault(document.values[held], f"{_named(held)}{_complaint(error, document.written.get(held))}")


def _key_place(document: Document, held: Path) -> Place:
    return document.keys.get(held) or document.values[held]


def _named(path: Path) -> str:
    keys = [step for step in path if isinstance(step, str)]
    return f"“{shown(keys[-1])}” " if keys else "the file "


def _unknown_key(path: Path) -> str:
    known = list(_shape(path[:-1])["properties"])
    near = difflib.get_close_matches(str(path[-1]), known, n=1)
    hint = f"; did you mean “{near[0]}”?" if near else ";"
    return f"“{shown(path[-1])}” is not known here{hint} allowed: {', '.join(known)}"


def _missing_key(path: Path) -> str:
    description = _shape(path[:-1])["properties"][path[-1]].get("description", "")
    return f"“{path[-1]}” is missing here: {description}"


def _complaint(error: ErrorDetails, written: str | None) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "string_type" and written:
        return f'must be text: write it in quotes, "{shown(written)}"'
    if kind == "string_pattern_mismatch":
        return f"must be {PATTERNS_IN_WORDS.get(context['pattern'], 'like ' + context['pattern'])}"
    if kind in {"enum", "literal_error", "union_tag_invalid"}:
        return f"must be one of {context.get('expected') or context['expected_tags']}"
    return IN_WORDS.get(kind) or error["msg"].replace("Input should be", "must be")


@functools.cache
def _schema() -> Shape:
    return Target.model_json_schema()


def _shape(path: Path) -> Shape:
    shape = _schema()
    for step in path:
        shape = _below(shape, step)
    return _followed(shape)


def _followed(shape: Shape) -> Shape:
    """Follow references, and of a value that may be absent take what it is when it is there."""
    while "$ref" in shape or "anyOf" in shape:
        shape = _definition(shape["$ref"]) if "$ref" in shape else shape["anyOf"][0]
    return shape


def _definition(reference: str) -> Shape:
    found: Shape = _schema()["$defs"][reference.rpartition("/")[2]]
    return found


def _below(shape: Shape, step: str | int) -> Shape:
    shape = _followed(shape)
    if isinstance(step, int):
        items: Shape = shape["items"]
        return items
    if "oneOf" in shape:
        return _definition(shape.get("discriminator", {}).get("mapping", {}).get(step, step))
    below: Shape = shape["properties"][step]
    return below
