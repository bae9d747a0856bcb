"""Recordings as the Edge Gateways keep them, read and never changed."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from targets.access import batch
from targets.access.outcomes import PlatformFailed
from targets.access.ssh import Session
from targets.model import Recordings

RECENT_MINUTES = 15


@dataclass(frozen=True)
class Recording:
    """A recording on an Edge Gateway; size in bytes. `damage` says what of it is missing, where it was examined."""

    gateway: str
    file: str
    size: int
    damage: str = ""


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


def examined(recording: Recording, kind: str, text: str, session: Session, recordings: Recordings) -> Recording:
    """Return a recording with what of it is missing.

    The text that was shown first and last in a session must be in it twice, where recordings hold text; the target's
    own check for that kind must say that it is whole; and it must have stopped growing.
    """
    path = shlex.quote(recording.file)
    asked = {"size": f"stat --format=%s -- {path}", "shown": "true", "check": "true"}
    if text and recordings.holds_text:
        asked["shown"] = f"grep -ac -- {shlex.quote(text)} {path}"
    if check := recordings.whole.get("ssh" if kind == "ssh" else "rdp"):
        asked["check"] = f"( {check.replace('{file}', path)} ) >/dev/null 2>&1; echo $?"
    said = batch.sections(session.run(batch.question(asked), 30).out, *asked)
    return replace(recording, damage=_damage(recording, said))


def _damage(recording: Recording, said: Mapping[str, str]) -> str:
    size, shown, check = (said[name].strip() for name in ("size", "shown", "check"))
    if size != str(recording.size):
        return f"it changed after it had arrived, from {recording.size} bytes to {size or 'none'}"
    if shown in ("0", "1"):
        return "what the session showed first or last is not in it"
    return f"the target's check of it ended with {check}" if check not in ("", "0") else ""


def wait_for(look: Callable[[], set[Recording]], time_limit: float) -> Recording:
    """Look again until there is a recording; raise PlatformFailed after `time_limit` seconds."""
    ends = time.monotonic() + time_limit
    while not (found := look()):
        if time.monotonic() > ends:
            raise PlatformFailed(f"no recording of the session arrived on any Edge Gateway within {time_limit:g} s")
        time.sleep(0.5)  # bounded by `ends`: nothing announces an arrival
    return max(found, key=lambda recording: recording.file)
