"""How a session hands what it showed to the recording agent."""

from __future__ import annotations

import socket
import time

AGENT = "/run/ipdiva-recording-agent/recordings"
PATIENCE = 1.0  # seconds that a session waits for the agent at most
PAUSE = 5.0  # seconds before an agent that failed is asked again


class Recorder:
    """A recording of one session.

    A session goes on whatever becomes of its recording: no method raises or waits for longer than ``PATIENCE``. When
    the agent was away (an upgrade), what the session shows from then on goes to a recording of its own.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._agent: socket.socket | None = None
        self._rest_until = 0.0

    def write(self, shown: bytes) -> None:
        """Add what the session showed."""
        if self._agent is None and time.monotonic() < self._rest_until:
            return
        try:
            self._agent = self._agent or self._connect()
            self._agent.sendall(shown)
        except OSError:
            self._agent = None
            self._rest_until = time.monotonic() + PAUSE

    def _connect(self) -> socket.socket:
        agent = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        agent.settimeout(PATIENCE)
        agent.connect(AGENT)
        agent.sendall(f"{self._kind}\n".encode())
        return agent
