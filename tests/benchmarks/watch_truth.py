"""How far a watch's outages are from the truth: services that are stopped, killed and cut off for known times.

``unshare --net python -m tests.benchmarks.watch_truth [BEAT [SECONDS]]`` measures in a network namespace of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from reports.outages import Recording, read
from targets.model.target import Releases, Target
from targets.model.watch import TcpPlace, Watch
from watch import watching

FIRST_PORT = 15432
SERVER = """
import socketserver, sys
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        if self.request.recv(8):
            self.request.sendall(b"N")
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
Server(("0.0.0.0", int(sys.argv[1])), Answer).serve_forever()
"""
PAUSE = 3.0


@dataclass(frozen=True)
class Truth:
    """An outage that was made: by the monotonic clock."""

    service: str
    how: str
    begin: float
    end: float


class Fake:
    """A service that can be taken away in several ways."""

    def __init__(self, number: int, far: Far) -> None:
        self.far = far
        self.port = FIRST_PORT + number
        self.host = f"10.9.0.{10 + number}"
        self.place = TcpPlace(name=f"s{number}", host=self.host, port=self.port)
        far.run("ip", "addr", "add", f"{self.host}/32", "dev", "far")
        near = ["ip", "neigh", "replace", self.host, "lladdr", far.address, "dev", "near", "nud", "permanent"]
        subprocess.run(near, check=True)
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*self.far.inside, sys.executable, "-c", SERVER, str(self.port)])

    async def away(self, how: str, seconds: float) -> Truth:
        begin = time.monotonic()
        getattr(self, f"_{how}")()
        await asyncio.sleep(seconds)
        if how == "kill":
            self.process = self._start()
            end = await self._answering()
        else:
            end = time.monotonic()
            getattr(self, f"_un{how}")()
        return Truth(f"{self.place.name}: PostgreSQL", how, begin, end)

    async def _answering(self) -> float:
        while True:
            try:
                _, writer = await asyncio.open_connection(self.host, self.port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return time.monotonic()

    def _stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def _unstop(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def _kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _drop(self) -> None:
        """Take its address away: packets still arrive there, and are dropped without a word."""
        self.far.run("ip", "addr", "del", f"{self.host}/32", "dev", "far")

    def _undrop(self) -> None:
        self.far.run("ip", "addr", "add", f"{self.host}/32", "dev", "far")


class Far:
    """The other side: a network namespace of its own behind a cable of two ends, near and far."""

    def __init__(self) -> None:
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        time.sleep(0.3)
        self.inside = ["nsenter", "--net", "-t", str(self.holder.pid)]
        for words in (
            f"ip link add near type veth peer name far netns {self.holder.pid}",
            "ip addr add 10.9.0.1/24 dev near",
            "ip link set near up",
            "ip link set lo up",
        ):
            subprocess.run(words.split(), check=True)
        self.run("ip", "link", "set", "far", "up")
        self.run("ip", "route", "add", "10.9.0.1/32", "dev", "far")
        self.address = self._mac([*self.inside, "ip", "-j", "link", "show", "far"])
        near = self._mac(["ip", "-j", "link", "show", "near"])
        self.run("ip", "neigh", "replace", "10.9.0.1", "lladdr", near, "dev", "far", "nud", "permanent")

    def run(self, *words: str) -> None:
        subprocess.run([*self.inside, *words], check=True)

    @staticmethod
    def _mac(words: Sequence[str]) -> str:
        shown = subprocess.run(words, capture_output=True, check=True).stdout
        return str(json.loads(shown)[0]["address"])


async def schedule(fakes: Sequence[Fake], plans: Sequence[Sequence[float]], ways: Sequence[str]) -> list[Truth]:
    """Take each fake away for each of its durations, one way after the other."""

    async def one(fake: Fake, plan: Sequence[float], shift: int) -> list[Truth]:
        truths = []
        for number, seconds in enumerate(plan):
            await asyncio.sleep(PAUSE + 0.37 * ((shift * 7 + number * 3) % 10))
            truths.append(await fake.away(ways[(shift + number) % len(ways)], seconds))
        await asyncio.sleep(PAUSE)
        return truths

    found = await asyncio.gather(*(one(fake, plan, n) for n, (fake, plan) in enumerate(zip(fakes, plans, strict=True))))
    return list(itertools.chain(*found))


def measure(
    folder: Path, plans: Sequence[Sequence[float]], ways: Sequence[str], every: float, quiet: float = 0.0
) -> tuple[Recording, list[Truth]]:
    """Watch fakes while they are taken away; return what was recorded, and the truth in the watch's own time."""
    run = folder / "runs" / "truth-watch"
    run.mkdir(parents=True)
    with faked(len(plans)) as fakes:
        sampler = watching.begin(run, target(fakes, every), {}, every=every, seconds=None)
        time.sleep(2)
        truths = asyncio.run(schedule(fakes, plans, ways))
        time.sleep(quiet)
        sampler.terminate()
        sampler.wait(20)
    recording = read(run)
    origin = recording.watch.origin
    return recording, [Truth(t.service, t.how, t.begin - origin, t.end - origin) for t in truths]


@contextmanager
def faked(number: int) -> Iterator[list[Fake]]:
    """Give fakes that have begun to answer, and end them."""
    far = Far()
    fakes = [Fake(each, far) for each in range(number)]
    try:
        time.sleep(1)
        yield fakes
    finally:
        for fake in fakes:
            fake.process.kill()
        far.holder.kill()


def target(fakes: Sequence[Fake], every: float) -> Target:
    """Return the target whose databases the fakes are."""
    return Target(
        name="truth",
        releases=Releases.model_validate({"from": "1", "to": "2"}),
        watch=Watch(every=every, databases=tuple(fake.place for fake in fakes)),
    )


@dataclass(frozen=True)
class Compared:
    """What became of the truth: errors in seconds of begins and ends, the outages missed, and those invented."""

    begins: list[float]
    ends: list[float]
    missed: list[Truth]
    invented: int


def compare(recording: Recording, truths: Iterable[Truth]) -> Compared:
    """Match each outage that was made with the one that was recorded."""
    begins, ends, missed = [], [], []
    found = {track.watched.name: track.outages for track in recording.tracks}
    for truth in truths:
        beat = recording.watch.every
        fitting = [
            each for each in found[truth.service] if each.begin < truth.end + beat and each.end > truth.begin - beat
        ]
        if fitting:
            begins.append(fitting[0].begin - truth.begin)
            ends.append(fitting[-1].end - truth.end)
            found[truth.service] = [each for each in found[truth.service] if each not in fitting]
        else:
            missed.append(truth)
    return Compared(begins, ends, missed, sum(map(len, found.values())))


PLANS: list[Sequence[float]] = [
    [0.5, 1, 2.5, 5, 10, 20], [60], [30, 12, 0.7], [1.5, 2.2, 3, 4, 6, 8, 10], [0.6, 0.8, 1.2, 1.8, 2.4, 3.3, 4.4, 5.5],
    [15, 25], [2.1, 2.1, 2.1, 2.1, 2.1, 2.1, 2.1, 2.1], [0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1], [45], [7, 9, 11],
    [3, 3, 3, 3, 3, 3],
]  # fmt: skip


def main() -> None:
    """Measure and print."""
    every = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    quiet = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    ways = ["stop", "kill", "drop"]
    plans = [() for _ in PLANS] if quiet else PLANS
    with tempfile.TemporaryDirectory() as folder:
        recording, truths = measure(Path(folder), plans, ways, every, quiet)
    for line in told(recording, truths):
        Console(width=160).print(line, highlight=False)


def told(recording: Recording, truths: Sequence[Truth]) -> Iterable[str]:
    """Say what was measured."""
    every, found = recording.watch.every, compare(recording, truths)
    long = [truth for truth in found.missed if truth.end - truth.begin > 2 * every]
    unknown = sum(each.seconds for track in recording.tracks for each in track.unknown)
    yield f"beat {every} s, {recording.end:.0f} s watched, {len(truths)} outages made, {len(found.begins)} found"
    yield f"missed: {len(found.missed)}, of more than two beats: {len(long)}; invented: {found.invented}"
    yield f"unknown: {unknown:.1f} s of {len(recording.tracks)} services together"
    for name, errors in (("begins", found.begins), ("ends", found.ends)):
        if ordered := sorted(errors):
            yield f"{name}: {ordered[0]:+.3f} to {ordered[-1]:+.3f} s, median {ordered[len(ordered) // 2]:+.3f} s"


if __name__ == "__main__":
    main()
