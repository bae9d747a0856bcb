"""A way for a browser to one server of several that share a name: a proxy of our own, on this machine alone.

TLS stays between browser and server, so the certificate is still verified for the name that was asked for.
"""

from __future__ import annotations

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

CONNECT = re.compile(rb"CONNECT \[?([^\s\]]+)\]?:(\d{1,5}) HTTP/1\.[01]\r\n")
PATIENCE = 10.0
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Detour:
    """Where connections to a host are to go instead: an address, or another name."""

    host: str
    address: str


@asynccontextmanager
async def led(detour: Detour) -> AsyncIterator[str]:
    """Run the proxy (RFC 9110 section 9.3.6) for the length of the block, and yield its address for a browser."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            await _serve(detour, reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the browser sees the connection end, and says so
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _serve(detour: Detour, reader: StreamReader, writer: StreamWriter) -> None:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    asked = CONNECT.match(head)
    if asked is None:
        writer.write(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
        return
    host = asked[1].decode("ascii", "replace")
    address = detour.address if host.lower() == detour.host.lower() else host
    far_reader, far_writer = await asyncio.wait_for(asyncio.open_connection(address, int(asked[2])), PATIENCE)
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
    finally:
        far_writer.close()


async def _pump(source: StreamReader, sink: StreamWriter) -> None:
    while chunk := await source.read(CHUNK):
        sink.write(chunk)
        await sink.drain()
    sink.close()
