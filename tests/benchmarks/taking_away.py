"""Ways of taking a real service of the lab away for a known time."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from targets.lab import machine, traces
from targets.lab.lab import place_of
from targets.lab.network import BRIDGE
from targets.lab.store import Store

LOOK = 0.01
PATIENCE = 30.0


class Way(Protocol):
    """A way of taking services away."""

    def away(self, seconds: float) -> tuple[float, float]:
        """Take them away; return when they went and when they were back, by the monotonic clock."""


@dataclass(frozen=True)
class Frozen:
    """A program's processes are stopped (SIGSTOP): connections are taken, and nobody answers."""

    store: Store
    machine: str
    program: str

    def away(self, seconds: float) -> tuple[float, float]:
        """Stop the processes at once, and let them go on at once."""
        pids = [pid for pid in traces.processes(place_of(self.store, self.machine)) if self._runs(pid)]
        begin = time.monotonic()
        self._send(pids, signal.SIGSTOP)
        time.sleep(seconds)  # how long users must do without it
        self._send(pids, signal.SIGCONT)
        return begin, time.monotonic()

    def _runs(self, pid: int) -> bool:
        return Path(f"/proc/{pid}/comm").read_text().strip() == self.program

    @staticmethod
    def _send(pids: list[int], what: signal.Signals) -> None:
        for pid in pids:
            os.kill(pid, what)


@dataclass(frozen=True)
class Unplugged:
    """A machine's cable is out: packets are dropped without a word."""

    machine: str

    def away(self, seconds: float) -> tuple[float, float]:
        """Take the machine's cable out of the bridge, and put it back."""
        begin = time.monotonic()
        self._ip("nomaster")
        time.sleep(seconds)  # how long users must do without it
        self._ip("master", BRIDGE)
        return begin, time.monotonic()

    def _ip(self, *words: str) -> None:
        subprocess.run(["ip", "link", "set", f"vb-{self.machine}", *words], check=True)


@dataclass(frozen=True)
class Stopped:
    """A service is stopped by systemctl: connections are refused. We look ourselves when that is so."""

    store: Store
    machine: str
    unit: str
    address: str
    port: int

    def away(self, seconds: float) -> tuple[float, float]:
        """Stop the service, and start it."""
        place = place_of(self.store, self.machine)
        with subprocess.Popen(self._words("stop")):
            begin = self._until(answers=False)
        time.sleep(max(0.0, begin + seconds - time.monotonic()))  # what is left of the outage
        machine.inside(place, f"systemctl reset-failed {self.unit} || :")
        with subprocess.Popen(self._words("start")):
            return begin, self._until(answers=True)

    def _words(self, what: str) -> list[str]:
        leader = traces.leader(place_of(self.store, self.machine))
        return [*machine.entrance(leader or 0), "systemctl", what, self.unit]

    def _until(self, *, answers: bool) -> float:
        """Look until it is so; return when the look began that saw it first, or ended that was answered."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            looked = time.monotonic()
            try:
                socket.create_connection((self.address, self.port), timeout=1).close()
                answered = True
            except OSError:
                answered = False
            if answered is answers:
                return time.monotonic() if answers else looked
            time.sleep(LOOK)  # bounded by `ends`
        raise TimeoutError(f"{self.unit} on {self.machine} did not become what it should")
