"""What is typed inside a session arrives outside, on the machine behind it."""

from __future__ import annotations

import secrets
import shlex
import time

from targets.access.outcomes import PlatformFailed
from targets.access.ssh import Session
from targets.model import Proof


def new_marker() -> str:
    """Return a value that was never typed before."""
    return f"recette{secrets.token_hex(6)}"


def keystrokes(proof: Proof, marker: str) -> str:
    """Return what is to be typed."""
    return proof.type.replace("{marker}", marker)


def wait_for(proof: Proof, marker: str, session: Session, time_limit: float) -> None:
    """Wait until the marker has arrived in the proof's file; raise PlatformFailed after `time_limit` seconds."""
    ends = time.monotonic() + time_limit
    while marker not in session.run(f"head -c 4096 -- {shlex.quote(proof.file)} 2>/dev/null", time_limit).out:
        if time.monotonic() > ends:
            raise PlatformFailed(
                f"what was typed did not arrive in {proof.file} on {proof.machine} within {time_limit:g} s"
            )
        time.sleep(0.3)  # bounded by `ends`: a keystroke takes its time through every hop
