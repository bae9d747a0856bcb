"""Recordings as the Edge Gateways keep them, read and never changed.

A recording belongs to a session when its name says the session's user and kind, it arrived after the session had
begun, and, where names say when sessions began, that is when ours did. Text that only our session has shown tells it
from any other, where recordings hold text.
"""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from targets.access import batch
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.ssh import Session
from targets.model.machines import Recordings, in_digits

RECENT_MINUTES = 15
TRUNCATED = 1.0
"""Seconds that a time may lie in the past because it was cut off at a whole second."""


@dataclass(frozen=True)
class Recording:
    """A recording on an Edge Gateway; size in bytes. `damage` says what of it is missing, where it was examined."""

    gateway: str
    file: str
    size: int
    begun: datetime | None = None
    damage: str = ""


@dataclass(frozen=True)
class Wanted:
    """Whose sessions of which kind (ssh, rdp), and a text that only the session looked for has shown ("" without)."""

    kind: str
    login: str
    text: str = ""


@dataclass(frozen=True)
class Listed:
    """The recent recordings of a gateway, and its clock when it listed them, in seconds since 1970."""

    clock: float
    recordings: tuple[Recording, ...]


Look = Listed | CannotJudgeError
Place = tuple[Callable[[], Session], Recordings]
"""How an Edge Gateway is reached, and where its recordings are."""


class Search:
    """Looks for the recording of a session that begins after this is made.

    `slack` is by how much the clocks of those who write recordings may differ, in seconds.
    """

    def __init__(self, gateways: Mapping[str, Place], wanted: Wanted, slack: float) -> None:
        self._gateways = gateways
        self._wanted = wanted
        self._slack = slack + TRUNCATED
        self._before = self._look()

    def wait(self, time_limit: float) -> Recording:
        """Look again until the recording is there.

        Raises PlatformFailed after `time_limit` seconds, CannotJudgeError where it may be on a gateway that could not
        be read.
        """
        ends = time.monotonic() + time_limit
        while not (found := self._found(now := self._look())):
            if time.monotonic() > ends:
                raise self._missing(now, time_limit)
            time.sleep(0.5)  # bounded by `ends`: nothing announces an arrival
        return max(found, key=lambda recording: recording.file)

    def _found(self, now: Mapping[str, Look]) -> list[Recording]:
        pairs = [(self._before[name], look) for name, look in now.items()]
        return [
            recording
            for before, look in pairs
            if isinstance(before, Listed) and isinstance(look, Listed)
            for recording in look.recordings
            if self._is_of_now(recording, before, look.clock)
        ]

    def _missing(self, looks: Mapping[str, Look], time_limit: float) -> PlatformFailed | CannotJudgeError:
        unread = [look for look in (*self._before.values(), *looks.values()) if isinstance(look, CannotJudgeError)]
        if unread:
            return CannotJudgeError(f"no recording was found, and not every Edge Gateway could be read: {unread[0]}")
        return PlatformFailed(f"no recording of the session arrived on any Edge Gateway within {time_limit:g} s")

    def _is_of_now(self, recording: Recording, before: Listed, clock: float) -> bool:
        """Tell whether a recording is new, and its session began meanwhile where its name says when."""
        if recording.file in {known.file for known in before.recordings}:
            return False
        if recording.begun is None:
            return not self._gateways[recording.gateway][1].says_when
        return before.clock - self._slack <= recording.begun.timestamp() <= clock + self._slack

    def _look(self) -> dict[str, Look]:
        return {name: self._listed(name, *place) for name, place in self._gateways.items()}

    def _listed(self, name: str, session: Callable[[], Session], recordings: Recordings) -> Look:
        """List a gateway's recordings; another one may still have the recording where this one cannot be read."""
        try:
            return listed(name, session().run(listing(recordings, self._wanted), 30).out, recordings, self._wanted)
        except CannotJudgeError as outcome:
            return outcome


def listing(recordings: Recordings, wanted: Wanted) -> str:
    """Return the command whose output `listed` reads.

    Only recent files are looked at: a gateway may hold years of them.
    """
    kind, login = (re.sub(r"([*?[\\])", r"\\\1", text) for text in (wanted.kind, wanted.login))
    pattern = recordings.file.replace("{kind}", kind).replace("{login}", login).replace("{time}", "*")
    find = f"find {shlex.quote(recordings.folder)} -type f -mmin -{RECENT_MINUTES} -name {shlex.quote(pattern)}"
    holds = wanted.text and recordings.holds_text
    holding = f" -exec grep -qa -- {shlex.quote(wanted.text)} {{}} \\;" if holds else ""
    return batch.question({"clock": "date +%s.%N", "files": f"{find}{holding} -printf '%s %p\\n'", "end": "true"})


def listed(gateway: str, output: str, recordings: Recordings, wanted: Wanted) -> Listed:
    """Read the output of `listing`; raise CannotJudgeError where it breaks off."""
    found = batch.sections(output, "clock", "files", "end")
    if not re.fullmatch(r"\d+(\.\d+)?", clock := found["clock"].strip()):
        raise CannotJudgeError(f"{gateway} does not say what time it is")
    files = re.findall(r"^(\d+) (.+)$", found["files"], re.MULTILINE)
    return Listed(
        float(clock),
        tuple(Recording(gateway, path, int(size), _begun(path, recordings, wanted)) for size, path in files),
    )


def _begun(path: str, recordings: Recordings, wanted: Wanted) -> datetime | None:
    """Return when the session began, in UTC; None where the recording's name does not say so."""
    meaning = {"{kind}": re.escape(wanted.kind), "{login}": re.escape(wanted.login), "*": ".*", "?": "."}
    meaning["{time}"] = f"({in_digits(recordings.time)})"
    parts = re.split(r"(\{kind\}|\{login\}|\{time\}|[*?])", recordings.file)
    expression = "".join(meaning.get(part) or re.escape(part) for part in parts)
    found = re.fullmatch(expression, path.rpartition("/")[2])
    if not (found and recordings.says_when):
        return None
    with suppress(ValueError):  # digits that are no date
        return datetime.strptime(found[1], recordings.time).replace(tzinfo=UTC)
    return None


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
