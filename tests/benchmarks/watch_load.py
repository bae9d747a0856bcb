"""What a watch of 200 services costs: ``python -m tests.benchmarks.watch_load [SECONDS [HTTPS]]``.

HTTPS services are asked over a new and over a kept connection at each beat, so they are two samples each; the others
speak PostgreSQL without TLS.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from reports.outages import read
from reports.samples import samples
from targets.model.services import WebApplication
from targets.model.target import Releases, Target, Trust
from targets.model.watch import TcpPlace, Watch
from tests.unit.target_samples import certificate
from watch import watching

SERVICES = 200
PLAIN, TLS = 15600, 15601


async def serve(folder: Path) -> None:
    """Answer on both ports, for ever."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "key.pem")

    async def database(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(8):
            writer.write(b"N")
        writer.close()

    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nIntranet")
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    await asyncio.start_server(database, "127.0.0.1", PLAIN, backlog=500)
    await asyncio.start_server(web, "127.0.0.1", TLS, ssl=context, backlog=500)
    await asyncio.Event().wait()


def target(folder: Path, https: int) -> Target:
    """Return a target of that many HTTPS services, and plain ones up to 200."""
    way = {"gateway": "eg", "url": f"https://localhost:{TLS}/"}
    webs = [
        WebApplication.model_validate({"name": f"w{n}", "expect": "Intranet", "through": [way]}) for n in range(https)
    ]
    places = [TcpPlace(name=f"d{n}", host="127.0.0.1", port=PLAIN) for n in range(SERVICES - https)]
    return Target(
        name="load",
        releases=Releases.model_validate({"from": "1", "to": "2"}),
        trust=Trust(ca_file=folder / "ca.pem"),
        web_applications=tuple(webs),
        watch=Watch(databases=tuple(places)),
    )


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """Return the memory that a process has, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def main() -> None:
    """Measure and print."""
    seconds, https = int(sys.argv[1]) if sys.argv[1:] else 60, int(sys.argv[2]) if sys.argv[2:] else SERVICES // 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = folder / "runs" / "load-watch"
        run.mkdir(parents=True)
        with served(folder):
            sampler = watching.begin(run, target(folder, https), {}, every=1.0, seconds=None)
            share, first, last = watched(sampler.pid, seconds)
            sampler.terminate()
            sampler.wait(20)
        tell(run, share, first, last)


@contextmanager
def served(folder: Path) -> Iterator[None]:
    """Let a process of its own answer on both ports, with a certificate made in a folder."""
    public, key = certificate("localhost")
    (folder / "ca.pem").write_text(public)
    (folder / "key.pem").write_text(public + key)
    server = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.watch_load", "serve", folder])
    try:
        time.sleep(1.5)  # it takes its ports meanwhile
        yield
    finally:
        server.kill()


def watched(pid: int, seconds: float) -> tuple[float, int, int]:
    """Return the share of a core that a process takes for some seconds, and its memory (KiB) before and after."""
    time.sleep(5)  # the sampler's beginning is not what is measured
    used, began, first = cpu_seconds(pid), time.monotonic(), memory(pid)
    time.sleep(seconds)  # the sampler works meanwhile
    return (cpu_seconds(pid) - used) / (time.monotonic() - began), first, memory(pid)


def tell(run: Path, share: float, first: int, last: int) -> None:
    """Say what was measured."""
    starts: dict[tuple[str, bool], float] = {}
    worst = number = 0.0
    for sample in samples(run):
        number += 1
        phase = starts.setdefault((sample.service, sample.kept), sample.at % 1.0)
        worst = max(worst, (sample.at - phase + 0.5) % 1.0 - 0.5)
    recording = read(run)
    outages = sum(len(track.outages) for track in recording.tracks)
    unknown = sum(each.seconds for track in recording.tracks for each in track.unknown)
    console = Console(width=160)
    console.print(f"{number / recording.end:.0f} samples a second: {share:.1%} of one core", highlight=False)
    console.print(f"memory {first} KiB at first, {last} KiB at last; largest lateness {worst * 1000:.0f} ms")
    console.print(f"{outages} outages invented, {unknown:.1f} s unknown of all {len(recording.tracks)} services")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(Path(sys.argv[2])))
    else:
        main()
