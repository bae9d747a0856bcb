"""As much HTTP/1.1 (RFC 9112) as a sample needs: one question, and an answer of bounded size."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from watch.network import Connection, FailedError

LARGEST_BODY = 256 * 1024
STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |\r\n)")
ASKED = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Recette\r\nAccept: */*\r\n"
    "Accept-Encoding: identity\r\nConnection: {connection}\r\n{more}\r\n"
)


@dataclass(frozen=True)
class Response:
    """What came back; header names in lower case. `whole` tells whether the connection can carry another question."""

    status: int
    headers: dict[str, str]
    body: str
    whole: bool


async def ask(connection: Connection, host: str, path: str, *, upgrade: str = "") -> Response:
    """Ask for a path and return the answer; `upgrade` is further header lines that ask for another protocol.

    Raises FailedError for what is no HTTP, or too large; OSError and EOFError where the connection breaks.
    """
    how = "Upgrade" if upgrade else "keep-alive"
    connection.writer.write(ASKED.format(path=path, host=host, connection=how, more=upgrade).encode())
    head = await _head(connection.reader)
    found = STATUS.match(head)
    if not found:
        raise FailedError("what answers speaks no HTTP")
    status, headers = int(found[1]), _headers(head)
    body, whole = (b"", False) if status < 200 else await _body(connection.reader, headers, status)  # noqa: PLR2004 -- 1xx has no body (RFC 9110, section 15.2)
    lasts = whole and headers.get("connection", "").lower() != "close"
    return Response(status, headers, body.decode("utf-8", "replace"), lasts)


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise FailedError("what answers speaks no HTTP, or a head without end") from None


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _body(reader: asyncio.StreamReader, headers: dict[str, str], status: int) -> tuple[bytes, bool]:
    """Return the body, and whether it was read to its end; of a large one only the beginning is read."""
    if status in {204, 304}:
        return b"", True
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return await _chunks(reader)
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit():
        size = int(length[:18])
        return await reader.readexactly(min(size, LARGEST_BODY)), size <= LARGEST_BODY
    return await _until_closed(reader), False


async def _chunks(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    body = bytearray()
    while size := await _chunk_size(reader):
        if len(body) + size > LARGEST_BODY:
            return bytes(body + await reader.readexactly(LARGEST_BODY - len(body))), False
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    return bytes(body), await reader.readline() == b"\r\n"


async def _chunk_size(reader: asyncio.StreamReader) -> int:
    try:
        return int((await reader.readuntil(b"\r\n")).split(b";")[0].strip()[:8], 16)
    except (ValueError, asyncio.LimitOverrunError):
        raise FailedError("the answer's chunks are damaged") from None


async def _until_closed(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while len(body) < LARGEST_BODY and (part := await reader.read(LARGEST_BODY - len(body))):
        body += part
    return bytes(body)
