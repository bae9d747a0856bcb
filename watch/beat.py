"""The beat: when the next sample is due, and whether this program itself was late."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

LATE = 0.5
"""Share of a beat by which we may be late ourselves: what fails while we are later says nothing of the platform."""
PULSES = 8
SLOWEST_PULSE = 0.25
REMEMBERED = 4
"""Beats: no attempt, and no look at a session, began longer ago."""

Through = Callable[[], Awaitable[object]]


async def nothing() -> None:
    """Go through nothing but this program."""


class Pulse:
    """Feels whether this program runs: a pulse that comes late was held up, and with it everything else here.

    Being late adds up: an attempt goes wrong by one long stop, or by many short ones.
    """

    def __init__(self, every: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._step = min(every / PULSES, SLOWEST_PULSE)
        self._allowed = every * LATE
        self._remembered = every * REMEMBERED
        self._due = clock() + self._step
        self._late: deque[tuple[float, float]] = deque()

    async def run(self, through: Through = nothing) -> None:
        """Beat for ever; `through` goes through another program that must run too, such as a browser."""
        while True:
            await asyncio.sleep(self.rest)
            await through()
            self.felt()

    @property
    def rest(self) -> float:
        """Seconds until the next pulse is due."""
        return max(0.0, self._due - self._clock())

    def felt(self) -> None:
        """Note that this program runs now."""
        now = self._clock()
        self._late.append((now, max(0.0, now - self._due)))
        while self._late[0][0] < now - self._remembered:
            self._late.popleft()
        self._due = now + self._step

    def held_up_since(self, moment: float) -> bool:
        """Tell whether this program was held up since that moment, at once or little by little."""
        late = sum(seconds for felt, seconds in self._late if felt >= moment)
        return late + max(0.0, self._clock() - self._due) > self._allowed


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
