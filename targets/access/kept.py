"""What an Edge Gateway keeps of recordings, and what room it has for more; nothing is opened or changed."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from targets.access import batch
from targets.access.outcomes import CannotJudgeError
from targets.access.shell import Shell
from targets.model.machines import Recordings

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Kept:
    """The recordings of a gateway, the newest first, by name with their sizes; and the room for more in MB."""

    recordings: tuple[str, ...]
    free: int


def look(session: Shell, recordings: Recordings, most: int, time_limit: float) -> Kept:
    """List the newest recordings, `most` of them: a gateway may hold years of them; `time_limit` in seconds.

    Raises CannotJudgeError where the reading account does not see the folder.
    """
    folder = shlex.quote(recordings.folder)
    asked = {
        "free": f"df -B{MEGABYTE} --output=avail -- {folder} | tail -n 1",
        "listing": f"find {folder} -type f -printf '%T@ %s %P\\n' | sort -rn | head -n {most}",
        "end": "true",
    }
    found = batch.sections(session.run(batch.question(asked), time_limit).out, *asked)
    free = found["free"].strip()
    if not free.isdecimal():
        raise CannotJudgeError(f"the folder {recordings.folder} cannot be looked at", "let Recette's account read it")
    lines = (line.split(" ", 2) for line in found["listing"].splitlines())
    names = (f"{parts[2]}, {parts[1]} bytes" for parts in lines if len(parts) == 3)  # noqa: PLR2004 -- time, size, name
    return Kept(tuple(names), int(free))


def has_taken(session: Shell, recordings: Recordings, since: float, time_limit: float) -> bool:
    """Tell whether a recording, of whomever, has arrived at a gateway since a time (seconds since 1970).

    `time_limit` in seconds. Raises CannotJudgeError where the reading account does not see the folder.
    """
    found = session.run(f"find {shlex.quote(recordings.folder)} -type f -newermt @{since:.0f} -print -quit", time_limit)
    if found.status:
        raise CannotJudgeError(f"the folder {recordings.folder} cannot be looked at", "let Recette's account read it")
    return bool(found.out.strip())
