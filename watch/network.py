"""Connections of one attempt: a name resolved, a connection made, TLS begun, each a stage of its own."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from reports.samples import Stage
from targets.access.outcomes import CannotJudgeError, network_outcome
from targets.problems import shown

LONGEST_HEAD = 64 * 1024
RESOLVERS = 32


class FailedError(Exception):
    """The platform did not answer as it should; the message is for people."""


@dataclass
class Attempt:
    """One attempt on its way: `stage` is how far it has come."""

    stage: Stage = Stage.NAME


@dataclass
class Connection:
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def is_open(self) -> bool:
        """Whether neither side has closed it yet, as far as we have heard."""
        return not (self.reader.at_eof() or self.writer.is_closing())

    def close(self) -> None:
        """Close it at once: nobody waits for a goodbye."""
        self.writer.transport.abort()


class Network:
    """The network of this machine, as one watch uses it."""

    def __init__(self, names: Mapping[str, IPv4Address | IPv6Address], ca_file: Path | None) -> None:
        self._addresses = {name.lower(): [str(address)] for name, address in names.items()}
        self._resolving: dict[str, asyncio.Future[list[str]]] = {}
        self._resolvers = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolver")
        self.trust = ssl.create_default_context(cafile=ca_file)

    async def connect(self, host: str, port: int, attempt: Attempt) -> Connection:
        """Open a TCP connection to the first address of a host that takes it.

        Raises the OSError of the first address whose failure is not ours: one without a route from here tells nothing.
        """
        attempt.stage = Stage.NAME
        addresses = await self._resolve(host)
        attempt.stage = Stage.CONNECT
        failures: list[OSError] = []
        for address in addresses:
            try:
                reader, writer = await asyncio.open_connection(address, port, limit=LONGEST_HEAD)
            except OSError as error:
                failures.append(error)
            else:
                return Connection(reader, writer)
        theirs = (error for error in failures if not why_ours(error, attempt))
        raise next(theirs, failures[0] if failures else OSError(f"{host} has no address"))

    async def begin_tls(self, connection: Connection, name: str, attempt: Attempt) -> None:
        """Begin TLS on an open connection, and verify the server's certificate for that name."""
        attempt.stage = Stage.TLS
        await connection.writer.start_tls(self.trust, server_hostname=name)

    async def _resolve(self, host: str) -> list[str]:
        """Return a host's addresses. A resolver that hangs is waited for once, not by one thread a beat."""
        if known := self._addresses.get(host.lower()) or _literal(host):
            return known
        if host not in self._resolving:
            future = asyncio.get_running_loop().run_in_executor(self._resolvers, _looked_up, host)
            self._resolving[host] = future
            future.add_done_callback(lambda _: self._resolving.pop(host))
        return await asyncio.shield(self._resolving[host])


WORDS: dict[type[BaseException], str] = {
    TimeoutError: "no answer in time",
    asyncio.IncompleteReadError: "the connection was closed without an answer",
    ConnectionResetError: "the connection was closed without an answer",
    BrokenPipeError: "the connection was closed without an answer",
    ConnectionRefusedError: "the connection is refused",
}


def why_ours(error: Exception, attempt: Attempt) -> str:
    """Say why an error is this machine's: it has no network, or its resolver is silent; empty for the platform's."""
    if isinstance(error, TimeoutError) and attempt.stage is Stage.NAME:
        return "the resolver here does not answer"
    found = network_outcome(attempt.stage, error) if isinstance(error, OSError) else None
    return shown(found) if isinstance(found, CannotJudgeError) else ""


def words_for(error: BaseException) -> str:
    """Return what an error says, for people."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted ({shown(error.verify_message)})"
    if isinstance(error, ssl.SSLError):
        return f"TLS is refused ({shown(error.reason or error)})"
    if known := next((words for kind, words in WORDS.items() if isinstance(error, kind)), None):
        return known
    return shown(getattr(error, "strerror", None) or error) or type(error).__name__


def _literal(host: str) -> list[str]:
    with suppress(ValueError):
        return [str(ip_address(host))]
    return []


def _looked_up(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
