"""The sampler: one asyncio program in a process of its own. ``python -m watch.program`` reads its brief and begins."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime
from typing import Any

from reports.samples import LONGEST_LINE, MARKS_FILE, SAMPLES_FILE, Mark, Sample, parsed
from targets.services import control, followed_machines, held_sessions, services
from watch.beat import Beat, Pulse
from watch.brief import Brief, received
from watch.journal import Journal
from watch.lane import Lane, lanes
from watch.marking import MarksOfOthers
from watch.network import Network

FLUSH = 0.5
"""Seconds: with what the disk takes, no more than the last second is lost."""
GOODBYE = 10.0
MOST_KEEPERS = 5
"""Each signs in anew: a keeper that cannot live must not do so for hours."""
KEEPERS_APART = 5.0


class Sampler:
    """Everything that runs in the sampler's process."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        watch = brief.watch
        self._every, self._origin = watch.every, watch.origin
        self._samples = Journal(brief.folder / SAMPLES_FILE)
        self._marks = Journal(brief.folder / MARKS_FILE)
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Sample until it is stopped, or its time is over, and write all that was taken."""
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, self._stop.set)
        pulse = Pulse(self._every)
        network = Network(self._brief.target.names, self._brief.target.trust.ca_file)
        tasks = [*map(asyncio.create_task, self._work(network, pulse))]
        try:
            async with asyncio.timeout(self._brief.seconds):
                await self._stop.wait()
        except TimeoutError:
            pass
        finally:
            await _ended(tasks)
            self._samples.close()
            self._marks.close()

    def _work(self, network: Network, pulse: Pulse) -> Iterable[Coroutine[Any, Any, None]]:
        yield pulse.run()
        yield self._flushing()
        yield from self._sampling(network, pulse)
        if self._brief.target.watch.marks:
            yield self._marking(MarksOfOthers(self._brief.target.watch.marks, self._origin))
        if held_sessions(self._brief.target) or followed_machines(self._brief.target):
            yield self._holding()

    def _sampling(self, network: Network, pulse: Pulse) -> Iterable[Coroutine[Any, Any, None]]:
        """Spread the services over the beat, so that they do not wait for one another."""
        watched = [*services(self._brief.target), *filter(None, [control(self._brief.target)])]
        found: list[Lane] = []
        for service in watched:
            found += lanes(service, network, pulse, origin=self._origin, every=self._every)
        now = time.monotonic()
        for number, lane in enumerate(found):
            yield lane.run(Beat(now + number * self._every / len(found), self._every), self._samples.add)

    async def _flushing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH)
            for journal in (self._samples, self._marks):
                await asyncio.to_thread(journal.flush)

    async def _marking(self, others: MarksOfOthers) -> None:
        while True:
            await asyncio.sleep(FLUSH)
            for mark in others.new():
                self._marks.add(mark)

    async def _holding(self) -> None:
        """Have a keeper of sessions; begin another where it ends by itself, so that nothing goes unseen for long."""
        for _ in range(MOST_KEEPERS):
            await self._keeping()
            self._marks.add(self._note("what holds sessions and follows releases ended by itself and is begun anew"))
            await asyncio.sleep(KEEPERS_APART)

    def _note(self, text: str) -> Mark:
        return Mark(at=round(time.monotonic() - self._origin, 3), wall=datetime.now(UTC), what="note", text=text)

    async def _keeping(self) -> None:
        """Let a process of its own hold sessions, for a browser is nothing to run beside a beat; keep what it tells."""
        keeper = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "watch.keeper", stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE
        )
        try:
            await self._hear(keeper)
        finally:
            if keeper.returncode is None:
                keeper.terminate()
            await keeper.wait()

    async def _hear(self, keeper: Process) -> None:
        if keeper.stdin is None or keeper.stdout is None:
            raise RuntimeError("the keeper of sessions has no pipes")
        keeper.stdin.write(self._brief.encoded())
        keeper.stdin.close()
        async for line in keeper.stdout:
            if sample := parsed(line, Sample):
                self._samples.add(sample)
            elif mark := parsed(line, Mark):
                self._marks.add(mark)


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=GOODBYE)


if __name__ == "__main__":
    asyncio.run(Sampler(received()).run())
