"""Marks: when each step of an upgrade began and ended, written as it happens for other commands to read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from targets.lab.role import Machine

_WRITING = Lock()


@contextmanager
def marked(path: Path, machine: Machine, release: str) -> Iterator[None]:
    """Append a ``begin`` mark, and an ``end`` mark when what is inside has succeeded (a failed step has no end)."""
    _append(path, machine, "begin", release)
    yield
    _append(path, machine, "end", release)


def _append(path: Path, machine: Machine, what: str, release: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    mark = {"time": now, "component": machine.component, "machine": machine.name, "what": what, "release": release}
    with _WRITING, path.open("a") as file:
        file.write(json.dumps(mark) + "\n")
        file.flush()
        os.fsync(file.fileno())
