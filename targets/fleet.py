"""The fleet that the new client or agent is for: which kinds of machine it has, and how many of each.

A table is CSV (comma or semicolon, with a heading) or an Ansible inventory (INI or YAML), told by the file's name.
Every bad row is named, by file and line; columns and variables that mean nothing here are left alone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from targets.inventory import UnreadableInventoryError, hosts_of_ini, hosts_of_yaml
from targets.model.machines import Likeness
from targets.problems import Problem, shown

TRAITS = tuple(Likeness.model_fields)
MOST_BYTES = 4 * 1024 * 1024
MOST_MACHINES = 10_000_000
EMPTY = "says of no machine what kind it is"


@dataclass(frozen=True)
class Row:
    """A kind of machine, and how many of it the fleet has."""

    kind: Likeness
    count: int


class BadRowError(ValueError):
    """A row that says nothing usable; its words say why."""


def read(path: Path) -> tuple[list[Row], list[Problem]]:
    """Return the rows of a fleet's table, and what is wrong with it: every bad row, by file and line."""
    try:
        entries = list(_entries(path))
    except UnreadableInventoryError as error:
        return [], [Problem(str(path), error.line, 1, str(error))]
    rows, problems = [], []
    for line, values in entries:
        try:
            rows.append(_row(values))
        except BadRowError as error:
            problems.append(Problem(str(path), line, 1, str(error)))
    return rows, problems if entries else [Problem(str(path), 0, 0, EMPTY)]


def summed(rows: Iterable[Row]) -> list[Row]:
    """Return one row for each kind, whatever its letter case and spacing, in their first order."""
    kinds: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = likeness_key(row.kind)
        known = kinds.get(key)
        kinds[key] = Row(known.kind, known.count + row.count) if known else row
    return list(kinds.values())


def likeness_key(kind: Likeness) -> tuple[str, ...]:
    """Return what two machines that are alike have in common: the four traits, as people would compare them."""
    return tuple(" ".join(str(getattr(kind, trait)).casefold().split()) for trait in TRAITS)


def _entries(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the line and the values of each row or host; raise UnreadableInventoryError for no table at all."""
    content = _text(path)
    if path.suffix.lower() == ".csv":
        return _rows_of_csv(content)
    return hosts_of_yaml(content) if path.suffix.lower() in (".yaml", ".yml") else hosts_of_ini(content)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UnreadableInventoryError(0, f"is larger than a fleet's table may be ({MOST_BYTES // 1024**2} MiB)")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableInventoryError(line, "is not UTF-8 text: save it as UTF-8") from None


def _rows_of_csv(content: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    lines = content.splitlines(keepends=True)
    reader = csv.reader(lines, delimiter=";" if ";" in "".join(lines[:1]) else ",")
    try:
        heading = [name.strip().casefold().replace(" ", "_") for name in next(reader, [])]
        if lacking := [trait for trait in TRAITS if trait not in heading]:
            raise UnreadableInventoryError(1, f"has no column {', '.join(lacking)}: the first line names the columns")
        begins = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, _named(heading, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableInventoryError(reader.line_num, f"is not CSV: {error}") from None


def _named(heading: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) > len(heading):
        return {"": f"has {len(cells)} cells, and the first line names {len(heading)} columns"}
    return dict(zip(heading, cells, strict=False))


def _row(values: Mapping[str, str]) -> Row:
    if wrong := values.get(""):
        raise BadRowError(wrong)
    host = f"{shown(values['host'])}: " if "host" in values else ""
    if lacking := [trait for trait in TRAITS if not values.get(trait, "").strip()]:
        raise BadRowError(f"{host}says nothing of {', '.join(lacking)}")
    try:
        kind = Likeness.model_validate({trait: values[trait].strip() for trait in TRAITS})
    except ValidationError as error:
        raise BadRowError(f"{host}{error.errors()[0]['loc'][0]} is too long, or holds control characters") from None
    return Row(kind, _count(values.get("count", "").strip() or "1", host))


def _count(text: str, host: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_MACHINES)) and int(text) > 0):
        raise BadRowError(f"{host}count is “{shown(text)}”: a whole number from 1 to {MOST_MACHINES} is wanted")
    return int(text)
