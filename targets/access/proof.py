"""What is typed inside a session arrives outside, on the machine behind it."""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Callable

from targets.access.ssh import Session
from targets.model.services import Proof

PATIENCE = 2.0
"""Seconds after which the same is typed again: keys sent before a desktop is ready are lost (lab notes)."""


def new_marker() -> str:
    """Return a value that was never typed before."""
    return f"recette{secrets.token_hex(6)}"


def keystrokes(proof: Proof, marker: str) -> str:
    """Return what is to be typed."""
    return proof.type.replace("{marker}", marker)


def has_arrived(proof: Proof, marker: str, session: Session, time_limit: float) -> bool:
    """Tell whether the marker is in the proof's file by now, with all that is to come with it.

    Keys that were lost on the way may have left the one and not the other.
    """
    text = said(proof, session, time_limit)
    return marker in text and not missing(proof, text)


def said(proof: Proof, session: Session, time_limit: float) -> str:
    """Return what the proof's file holds, nothing where it is not there."""
    return session.run(f"head -c 4096 -- {shlex.quote(proof.file)} 2>/dev/null", time_limit).out


def missing(proof: Proof, text: str) -> list[str]:
    """Return what of the user's and server's answers is not in a text."""
    return [word for word in proof.answers if word not in text.split()]


def type_until(arrived: Callable[[], bool], type_it: Callable[[], None], time_limit: float) -> str:
    """Type, and type again after a while, until it has arrived; return what went wrong, or nothing.

    `time_limit` in seconds for all of it.
    """
    ends = time.monotonic() + time_limit
    while time.monotonic() < ends:
        type_it()
        again = time.monotonic() + PATIENCE
        while time.monotonic() < again:
            if arrived():
                return ""
            time.sleep(0.2)  # bounded by PATIENCE: a keystroke takes its time through every hop
    return f"the keyboard does not answer: what was typed did not arrive within {time_limit:g} s"
