"""One lab command at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from targets.lab.command import LabError

PATIENCE = 900.0
BEAT = 0.5


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lab of a store that lies in ``folder``, waiting for another command to end.

    The lock (flock(2)) is on the folder itself: it ends with its process, however that ends, and leaves no file.
    Raises LabError when the other command works for more than 15 minutes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _take(descriptor)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _try(descriptor):
        if time.monotonic() > deadline:
            raise LabError("another lab command is still at work: let it end, then try again.")
        time.sleep(BEAT)  # bounded by the deadline; flock(2) knows no time limit


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
