"""What the plain data of a target file names, each user and machine with what references may ask of it."""

from __future__ import annotations

from typing import Any

from targets.references import Traits
from targets.yaml_document import Data, Path

Item = dict[str, Any]


def user_traits(data: Data) -> Traits:
    """Return the users that the file names, each with what references may ask of it."""
    return {
        item["name"]: frozenset({f"local_to: {item.get('local_to', 'platform')}"})
        for _, item in entries(data, "users")
        if isinstance(item.get("name"), str)
    }


def machine_traits(data: Data) -> Traits:
    """Return the machines that the file names, each with what references may ask of it."""
    return {
        item["name"]: frozenset(
            {f"component: {item.get('component')}"} | {f"with {key}" for key in ("component", "ssh") if item.get(key)}
        )
        for _, item in entries(data, "machines")
        if isinstance(item.get("name"), str)
    }


def entries(data: Data, collection: str) -> list[tuple[Path, Item]]:
    """Return the items of a collection that have the form of one, each with its path."""
    return entries_at(data.get(collection), (collection,)) if isinstance(data, dict) else []


def entries_at(value: object, path: Path) -> list[tuple[Path, Item]]:
    """Return the same of a list that stands at a path."""
    items = enumerate(value) if isinstance(value, list) else ()
    return [((*path, number), item) for number, item in items if isinstance(item, dict)]
