"""Lines that are appended to a file and can be read to the last one, whatever happens while they are written."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock

from pydantic import BaseModel

MOST_WAITING = 8 * 1024 * 1024
"""Bytes kept while the disk is full; what comes beyond them is lost, and so unknown when it is judged."""


class Journal:
    """A file of JSON lines. `trouble` says why the last flush could not write all, and is empty otherwise."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._waiting = bytearray()
        self._guard = Lock()
        self.trouble = ""
        self.lost = 0

    def add(self, line: BaseModel) -> None:
        """Take a line, to be written at the next flush."""
        text = line.model_dump_json(exclude_defaults=True).encode() + b"\n"
        with self._guard:
            if len(self._waiting) + len(text) > MOST_WAITING:
                self.lost += 1
            else:
                self._waiting += text

    def flush(self) -> None:
        """Write what waits. Where the disk is full it goes on waiting, and half a line is completed later."""
        with self._guard:
            waiting, self._waiting = self._waiting, bytearray()
        written = 0
        try:
            while written < len(waiting):
                written += os.write(self._handle, waiting[written:])
            os.fsync(self._handle)
            self.trouble = ""
        except OSError as error:
            self.trouble = error.strerror or str(error)
        with self._guard:
            self._waiting = waiting[written:] + self._waiting

    def close(self) -> None:
        """Write what waits, and close."""
        self.flush()
        os.close(self._handle)
