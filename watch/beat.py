"""The beat: when the next sample is due, and whether this program itself was late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LATE = 0.5
"""Share of a beat by which we may be late ourselves: what is later says nothing of the platform."""
PULSES = 8
SLOWEST_PULSE = 0.25


class Pulse:
    """Feels whether this program runs: a pulse that comes late was held up, and with it everything else here.

    `late` is in seconds; `worst` is the largest lateness so far.
    """

    def __init__(self, every: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._step = min(every / PULSES, SLOWEST_PULSE)
        self._late = every * LATE
        self._due = clock() + self._step
        self._last_stall = float("-inf")
        self.worst = 0.0

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            await asyncio.sleep(max(0.0, self._due - self._clock()))
            self.felt()

    def felt(self) -> None:
        """Note that this program runs now."""
        now = self._clock()
        self.worst = max(self.worst, now - self._due)
        if now - self._due > self._late:
            self._last_stall = now
        self._due = now + self._step

    def held_up_since(self, moment: float) -> bool:
        """Tell whether this program was held up at any time since that moment."""
        return self._last_stall >= moment or self._clock() - self._due > self._late


class Beat:
    """Moments at a fixed distance from a first one, by the monotonic clock, so that nothing adds up."""

    def __init__(self, first: float, every: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._first = first
        self._every = every
        self._clock = clock
        self._number = 0

    async def next(self) -> None:
        """Wait for the next moment; one that we are too late for is left out, never made up for."""
        now = self._clock()
        passed = int((now - self._first - LATE * self._every) // self._every) + 1
        self._number = max(self._number, passed)
        await asyncio.sleep(max(0.0, self.due - now))
        self._number += 1

    @property
    def due(self) -> float:
        """When the next moment is."""
        return self._first + self._number * self._every
