"""Marks: who writes them, and how what others wrote is put on the watch's own clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from reports.samples import MARKS_FILE, Mark, parsed, read_watch
from reports.storage import RunError
from targets.model.components import Component
from targets.model.target import Target
from targets.problems import shown
from watch.journal import Journal

MOST_AT_ONCE = 64 * 1024


class MarkError(RunError):
    """A mark cannot be made; the message says what is allowed."""


class ForeignMark(BaseModel):
    """A line of the file that the target names: a step of whatever upgrades the servers, by the wall clock."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    time: AwareDatetime
    what: Literal["begin", "end"]
    component: str
    machine: str | None = None


def component_named(text: str) -> Component | None:
    """Return the component that a person or program means: small letters or large, spaces or dashes."""
    wanted = text.casefold().replace("-", " ").replace("_", " ").strip()
    return next((component for component in Component if component.value.casefold() == wanted), None)


def mark_by_hand(folder: Path, target: Target, mark: Mark) -> Mark:
    """Add a person's mark to the watch in `folder`, at this moment. Returns it as it was written.

    Raises MarkError for a component or machine that the target does not have, or where it cannot be written.
    """
    component = _component(mark.component)
    machine = _machine(target, mark.machine, component)
    if component is None and machine is not None and machine in (each.name for each in target.machines):
        component = target.machine(machine).component
    if mark.what in {"begin", "end"} and component is None:
        raise MarkError(f"whose {mark.what}? Say --component or --machine, for a step belongs to one")
    at = max(0.0, time.monotonic() - read_watch(folder).origin)
    written = mark.model_copy(
        update={"at": round(at, 3), "component": component.value if component else None, "machine": machine}
    )
    journal = Journal(folder / MARKS_FILE)
    journal.add(written)
    journal.close()
    if journal.trouble:
        raise MarkError(f"{folder / MARKS_FILE} could not be written: {journal.trouble}")
    return written


def _component(text: str | None) -> Component | None:
    if text is None:
        return None
    if found := component_named(text):
        return found
    raise MarkError(f"“{shown(text)}” is no component; allowed: {', '.join(Component)}")


def _machine(target: Target, name: str | None, component: Component | None) -> str | None:
    if name is None:
        return None
    fitting = [each.name for each in target.machines if component in (None, each.component)]
    if name not in fitting:
        of = f" with {component}" if component else ""
        raise MarkError(f"“{shown(name)}” is no machine{of} of the target; allowed: {', '.join(fitting) or 'none'}")
    return name


class MarksOfOthers:
    """Reads what is added to a file of marks from now on; the file may come later, or begin anew."""

    def __init__(self, path: Path, origin: float) -> None:
        self._path = path
        self._origin = origin
        self._offset = self._size()
        self._read = time.monotonic()

    def new(self) -> Iterator[Mark]:
        """Yield the marks that were added since the last look."""
        earlier, self._read = self._read, time.monotonic()
        for line in self._lines():
            if found := parsed(line, ForeignMark):
                yield self._ours(found, earlier)
            elif line.strip():
                yield self._mark(
                    "note", f"not understood in {self._path.name}: {shown(line.decode('utf-8', 'replace'))}"
                )

    def _lines(self) -> list[bytes]:
        """Return the whole lines that were added; the last one may still be on its way."""
        if self._size() < self._offset:
            self._offset = 0
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                added = file.read(MOST_AT_ONCE)
        except OSError:
            return []
        whole = added[: added.rfind(b"\n") + 1]
        self._offset += len(whole) or (len(added) if len(added) == MOST_AT_ONCE else 0)
        return whole.splitlines()

    def _ours(self, found: ForeignMark, earlier: float) -> Mark:
        """Put a mark on our clock; its own wall clock counts only as far as it agrees with when we read it."""
        ago = (datetime.now(UTC) - found.time).total_seconds()
        at = self._read - min(max(ago, 0.0), self._read - earlier)
        component = component_named(found.component)
        if component is None:
            return self._mark("note", f"unknown component “{shown(found.component)}” in {self._path.name}")
        return Mark(
            at=round(max(0.0, at - self._origin), 3),
            wall=found.time,
            what=found.what,
            component=component.value,
            machine=found.machine,
        )

    def _mark(self, what: Literal["note"], text: str) -> Mark:
        return Mark(at=round(self._read - self._origin, 3), wall=datetime.now(UTC), what=what, text=text)

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0
