"""Begins, finds and ends the watch of a target. There is one at a time: its process holds the target's lock."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reports.samples import Watched, WatchFile, write_watch
from reports.storage import RunError
from targets.model.target import Target
from targets.secret import Secret
from targets.services import INTERRUPTED_BY, HeldSession, Service, held_sessions, services
from watch.brief import Brief

HOME = Path(__file__).resolve().parent.parent
LOCK_FILE = "watch.lock"
LOG_FILE = "watch.log"
SESSION_BEAT = 2.0
"""Seconds from one look at a held session to the next: a browser looks at some of them."""
ENDING = 20.0


class WatchError(RunError):
    """A watch cannot be begun, found or ended; the message says what to do."""


@dataclass(frozen=True)
class Active:
    """A watch that is going on: its process and its folder."""

    pid: int
    folder: Path


def describe(target: Target, every: float, started: datetime, origin: float) -> WatchFile:
    """Return what a watch of the target is of."""
    watched = [_watched(service, every, held=False) for service in services(target)]
    watched += [_watched(session, max(every, SESSION_BEAT), held=True) for session in held_sessions(target)]
    return WatchFile(
        started=started,
        origin=origin,
        every=every,
        watched=tuple(watched),
        control=target.watch.control is not None,
    )


def begin(
    folder: Path, target: Target, secrets: Mapping[str, Secret], *, every: float, seconds: float | None
) -> subprocess.Popen[bytes]:
    """Start the sampler on the run in `folder`, in a session of its own, and return its process.

    `every` is the beat, `seconds` how long to watch (None: until it is stopped). Raises WatchError where the target is
    being watched already, RunError where the folder cannot be written.
    """
    try:
        write_watch(folder, describe(target, every, datetime.now(UTC), time.monotonic()))
        with _lock(folder.parent) as lock, (folder / LOG_FILE).open("ab") as log:
            sampler = _start(lock, log.fileno())
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{sampler.pid} {folder.name}\n".encode(), 0)
    except OSError as error:
        raise RunError(f"{folder} could not be written: {error.strerror}. Make room or give write access") from None
    _tell(sampler, Brief(folder, target, secrets, seconds))
    return sampler


def active(folder: Path) -> Active | None:
    """Return the watch that is going on among the runs of a target, if there is one."""
    try:
        with (folder / LOCK_FILE).open("rb") as file:
            if _is_free(file.fileno()):
                return None
            pid, name = file.read(500).decode().split(maxsplit=1)
    except (FileNotFoundError, ValueError):
        return None
    return Active(int(pid), folder / name.strip())


def end(found: Active) -> None:
    """Stop a watch and wait until it has written all. Raises WatchError where it does not end."""
    os.kill(found.pid, signal.SIGTERM)
    ends = time.monotonic() + ENDING
    while active(found.folder.parent) == found:
        if time.monotonic() > ends:
            raise WatchError(f"the watch (process {found.pid}) did not end within {ENDING:g} s: look at {LOG_FILE}")
        time.sleep(0.1)  # bounded by `ends`: another session's process cannot be waited for


def refuse_second(folder: Path) -> None:
    """Raise WatchError where a target is being watched already; `folder` is where its runs are."""
    if found := active(folder):
        raise WatchError(
            f"{folder.name} is being watched already (process {found.pid}, {found.folder}). "
            f"Stop it first: recette watch {folder.name} --stop"
        )


def _watched(one: Service | HeldSession, every: float, *, held: bool) -> Watched:
    return Watched(
        name=one.name,
        kind=one.kind,
        component=one.component,
        machine=one.machine,
        every=every,
        held=held,
        interrupted_by=tuple(INTERRUPTED_BY[one.kind]),
    )


@contextmanager
def _lock(folder: Path) -> Iterator[int]:
    """Hold the target's lock; the sampler inherits it, and with its end it is free again, however it ends."""
    handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refuse_second(folder)
            raise WatchError(f"{folder.name} was being watched until now: try again") from None
        yield handle
    finally:
        os.close(handle)


def _is_free(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start(lock: int, log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "watch.program"],
        cwd=HOME,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        pass_fds=[lock],
        start_new_session=True,
    )


def _tell(sampler: subprocess.Popen[bytes], brief: Brief) -> None:
    if sampler.stdin is None:
        raise WatchError("the sampler has no standard input")
    try:
        with sampler.stdin as told:
            told.write(brief.encoded())
    except BrokenPipeError:
        raise WatchError(f"the sampler ended at once: see {brief.folder / LOG_FILE}") from None
