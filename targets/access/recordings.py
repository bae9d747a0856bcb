"""Recordings as the Edge Gateways keep them, read and never changed."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from targets.access.outcomes import PlatformFailed
from targets.access.ssh import Session
from targets.model import Recordings

RECENT_MINUTES = 15


@dataclass(frozen=True)
class Recording:
    """A recording on an Edge Gateway; size in bytes."""

    gateway: str
    file: str
    size: int


def listing(recordings: Recordings, kind: str, login: str, text: str = "") -> str:
    """Return the command that lists the recent recordings of a user: size and path on each line.

    Only recent files are looked at: a gateway may hold years of them.
    """
    pattern = recordings.file.replace("{kind}", kind).replace("{login}", login)
    find = f"find {shlex.quote(recordings.folder)} -type f -mmin -{RECENT_MINUTES} -name {shlex.quote(pattern)}"
    holding = f" -exec grep -qa -- {shlex.quote(text)} {{}} \\;" if text and recordings.holds_text else ""
    return f"{find}{holding} -printf '%s %p\\n'"


def listed(gateway: str, output: str) -> list[Recording]:
    """Read the output of `listing`."""
    return [Recording(gateway, path, int(size)) for size, path in re.findall(r"^(\d+) (.+)$", output, re.MULTILINE)]


def find(gateways: Mapping[str, tuple[Session, Recordings]], kind: str, login: str, text: str = "") -> set[Recording]:
    """Return the recent recordings of a user's sessions on all the gateways."""
    return {
        recording
        for name, (session, recordings) in gateways.items()
        for recording in listed(name, session.run(listing(recordings, kind, login, text), 30).out)
    }


def wait_for(look: Callable[[], set[Recording]], time_limit: float) -> Recording:
    """Look again until there is a recording; raise PlatformFailed after `time_limit` seconds."""
    ends = time.monotonic() + time_limit
    while not (found := look()):
        if time.monotonic() > ends:
            raise PlatformFailed(f"no recording of the session arrived on any Edge Gateway within {time_limit:g} s")
        time.sleep(0.5)  # bounded by `ends`: nothing announces an arrival
    return max(found, key=lambda recording: recording.file)
