"""One service, sampled over new connections or a kept one: attempt after attempt, none longer than a beat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from reports.samples import Sample, Stage, State
from targets.services import Protocol, Service
from watch import probes
from watch.beat import Beat, Pulse
from watch.network import Attempt, Connection, FailedError, Network, why_ours, words_for

TIME_LIMIT = 0.9
"""Share of a beat that an attempt may take: it ends before the next one is due, and no hang of two beats is missed."""
LONGEST_TEXT = 300
Keep = Callable[[Sample], None]


class Lane:
    """Samples of one service over one kind of connection; `origin` is the watch's beginning by the monotonic clock."""

    def __init__(self, service: Service, network: Network, pulse: Pulse, *, origin: float, every: float) -> None:
        self._service = service
        self._network = network
        self._pulse = pulse
        self._origin = origin
        self._limit = every * TIME_LIMIT

    kept = False

    async def run(self, beat: Beat, keep: Keep) -> None:
        """Sample at every beat, for ever."""
        while True:
            await beat.next()
            keep(await self.sample())

    async def sample(self) -> Sample:
        """Make one attempt, once, and say what came of it."""
        began = time.monotonic()
        attempt = Attempt()
        try:
            async with asyncio.timeout(self._limit):
                await self._try(attempt)
        except (FailedError, OSError, EOFError, ValueError) as error:
            if ours := self._why_ours(error, attempt, began):
                return self._sample(began, State.UNKNOWN, text=ours)
            words = words_for(error) or type(error).__name__
            return self._sample(began, State.AWAY, attempt.stage, words[:LONGEST_TEXT])
        return self._sample(began, State.OK)

    def _why_ours(self, error: Exception, attempt: Attempt, began: float) -> str:
        """Say why a failure is ours and says nothing of the platform; an answer is one, however late we were."""
        if self._pulse.held_up_since(began):
            return "this program was held up"
        return why_ours(error, attempt)

    def _sample(self, began: float, state: State, stage: Stage | None = None, text: str = "") -> Sample:
        return Sample(
            at=round(began - self._origin, 4),
            took=round(time.monotonic() - began, 4),
            service=self._service.name,
            kept=self.kept,
            state=state,
            stage=stage,
            text=text,
        )

    async def _try(self, attempt: Attempt) -> None:
        if self._service.protocol is Protocol.TCP:
            await self._control(attempt)
        else:
            await probes.over_new_connection(self._network, self._service, attempt)

    async def _control(self, attempt: Attempt) -> None:
        """Take a refusal for an answer: somebody is there, so our own network works."""
        try:
            await probes.over_new_connection(self._network, self._service, attempt)
        except ConnectionRefusedError:
            return


class KeptLane(Lane):
    """The same over one connection that is kept, and made anew when it is gone."""

    kept = True
    _connection: Connection | None = None

    async def _try(self, attempt: Attempt) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and connection.is_open:
            try:
                self._connection = await probes.https(self._network, self._service, connection, attempt)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                if getattr(error, "partial", b""):
                    raise
                # Its server had ended it before it heard the question, which is asked anew (RFC 9112, section 9.3.1).
            else:
                return
        connection = await probes.reach(self._network, self._service, attempt)
        self._connection = await probes.https(self._network, self._service, connection, attempt)


def lanes(service: Service, network: Network, pulse: Pulse, *, origin: float, every: float) -> list[Lane]:
    """Return the ways in which a service is sampled."""
    kinds = [Lane, KeptLane] if service.can_be_kept else [Lane]
    return [kind(service, network, pulse, origin=origin, every=every) for kind in kinds]
