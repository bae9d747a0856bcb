"""Holds sessions and follows releases, in a process of its own beside the sampler's.

``python -m watch.keeper`` reads its brief, and tells what it sees on its standard output, a JSON object a line.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

from pydantic import BaseModel

from reports.samples import Mark, State
from targets.access.platform import Platform
from targets.services import followed_machines, held_sessions
from watch.brief import Brief, received
from watch.holder import sample_of
from watch.releases import Releases
from watch.sessions import HOLDERS

BEHIND_THE_SAMPLER = 5
"""Niceness: a browser must not take the processor from the beat."""

_TELLING = threading.Lock()


def run(brief: Brief) -> None:
    """Hold every session and follow every machine until this process is ended."""
    watch = brief.watch
    scrub = brief.redactor.scrub

    def tell(name: str, began: float, state: State, words: str) -> None:
        _say(sample_of(watch.origin, name, began, state, scrub(words)[:300]))

    beats = {each.name: each.every for each in watch.watched}
    with Platform(brief.target, brief.secrets, before_upgrade=True) as platform:
        work = [HOLDERS[each.kind](each, platform, tell, beats[each.name]).run for each in held_sessions(brief.target)]
        work += [
            Releases(machine, platform, _say_mark, watch.origin).run for machine in followed_machines(brief.target)
        ]
        for one in work:
            threading.Thread(target=one, daemon=True).start()
        signal.pause()


def _say_mark(mark: Mark) -> None:
    _say(mark)


def _say(line: BaseModel) -> None:
    """Tell the sampler; where it is gone, this process has nobody left to work for."""
    with _TELLING:
        try:
            sys.stdout.write(line.model_dump_json(exclude_defaults=True) + "\n")
            sys.stdout.flush()
        except OSError:
            os._exit(1)


def _end(_: int, __: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    os.nice(BEHIND_THE_SAMPLER)
    signal.signal(signal.SIGTERM, _end)
    run(received())
