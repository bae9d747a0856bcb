"""Watches and services for tests: samples as they would be written, and servers on loopback that behave badly."""

from __future__ import annotations

import asyncio
import socketserver
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.samples import MARKS_FILE, SAMPLES_FILE, Mark, Sample, Stage, State, Watched, WatchFile, write_watch
from targets.model.components import Component
from targets.services import Kind, Protocol, Service

STARTED = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def watched(name: str = "portal", component: str = "mediation controller", **more: Any) -> Watched:  # noqa: ANN401 -- its fields
    by = {"interrupted_by": ("mediation controller",)}
    return Watched.model_validate({"name": name, "kind": "portal", "component": component, "every": 1.0} | by | more)


def sample(at: float, state: State = State.OK, service: str = "portal", **more: object) -> Sample:
    stage = {"stage": Stage.CONNECT, "text": "refused"} if state is State.AWAY else {}
    return Sample.model_validate({"at": at, "took": 0.1, "service": service, "state": state} | stage | more)


def mark(at: float, what: str, component: str | None = None, machine: str | None = None, **more: object) -> Mark:
    return Mark.model_validate(
        {"at": at, "wall": STARTED, "what": what, "component": component, "machine": machine} | more
    )


def a_watch(
    folder: Path, services: list[Watched], samples: list[Sample], marks: list[Mark], control: bool = False
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_watch(folder, WatchFile(started=STARTED, origin=0, every=1.0, watched=tuple(services), control=control))
    for name, lines in ((SAMPLES_FILE, samples), (MARKS_FILE, marks)):
        (folder / name).write_text("".join(line.model_dump_json(exclude_defaults=True) + "\n" for line in lines))
    return folder


def service(port: int, protocol: Protocol = Protocol.POSTGRESQL, host: str = "127.0.0.1", **more: Any) -> Service:  # noqa: ANN401 -- its fields
    values = {"name": "fake", "kind": Kind.DATABASE, "component": Component.MEDIATION_CONTROLLER} | more
    return Service(protocol=protocol, host=host, port=port, **values)


@asynccontextmanager
async def serving(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on loopback; yield the port. What still goes on in the end is hung up: nothing outlives its loop."""
    talks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def talked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk(reader, writer)

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks[asyncio.ensure_future(talked(reader, writer))] = writer

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task, writer in talks.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports close in the loop's next turn


class Database(socketserver.ThreadingTCPServer):
    """Answers PostgreSQL's first question on loopback, as long as it is well."""

    daemon_threads = True
    well = True

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Answer(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        if self.request.recv(8) and isinstance(self.server, Database) and self.server.well:
            self.request.sendall(b"N")


@contextmanager
def database() -> Iterator[Database]:
    with Database(("127.0.0.1", 0), _Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def says(answer: bytes) -> Talk:
    """Answer whatever is asked, once."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(answer)
        await writer.drain()
        writer.close()

    return talk


async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)
    writer.close()


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.transport.abort()


async def trickles(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.02)
    except OSError:
        writer.close()


async def floods(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
    except OSError:
        writer.close()
