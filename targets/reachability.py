"""What of a target answers from here: names resolve, ports answer in their protocol, certificates are trusted.

Nothing is signed in, so nothing can be locked. One attempt each, all at the same time.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Literal

import paramiko
from pydantic import HttpUrl

from targets.loader import LoadedTarget
from targets.model.services import PortThrough, WebThrough
from targets.model.target import Target
from targets.problems import shown

MOST_LINES_BEFORE_BANNER = 20
RDP_REQUEST = bytes.fromhex("030000130ee000000000000100080003000000")
"""X.224 Connection Request that offers TLS and CredSSP ([MS-RDPBCGR] 2.2.1.1)."""
RDP_CONFIRM = 0xD0
"""X.224 Connection Confirm ([MS-RDPBCGR] 2.2.1.2)."""
LONGEST_CONFIRM = 256

ADVICE = {
    socket.gaierror: "the name does not resolve here: give its address under “names”, or ask your DNS",
    ConnectionRefusedError: "refuses the connection: does the service run?",
    ConnectionResetError: "closes the connection without an answer: does what is behind it run?",
    EOFError: "closes the connection without an answer: does what is behind it run?",
}

Protocol = Literal["https", "ssh", "rdp"]
Addresses = dict[str, IPv4Address | IPv6Address]


@dataclass(frozen=True)
class Row:
    """Whether one address of the target answers: what it is for, what it said or what to do, and after how long."""

    what: str
    address: str
    answers: bool
    said: str
    seconds: float


@dataclass(frozen=True)
class Place:
    """A host and port, and what is spoken there."""

    protocol: Protocol
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.protocol}://{self.host}:{self.port}"


@dataclass(frozen=True)
class Answer:
    """What a place said, or why it did not answer."""

    answers: bool
    said: str
    seconds: float


class NoAnswerError(Exception):
    """A place does not answer as it should; the message says what to do."""


def check_rows(loaded: LoadedTarget) -> list[Row]:
    """Return a row for each address of the target, in the file's order, within `limits.answer` seconds of waiting."""
    wanted = list(_places(loaded.target))
    answers = asyncio.run(_Prober(loaded.target).ask_all({place for _, place in wanted}))
    return [
        Row(what, str(place), answers[place].answers, answers[place].said, answers[place].seconds)
        for what, place in wanted
    ]


def _places(target: Target) -> Iterator[tuple[str, Place]]:
    if target.portal:
        yield "portal", _at(target.portal.url)
    for federation in target.federations:
        yield f"{federation.name}: sign-in", _at(federation.sign_in)
        yield f"{federation.name}: metadata", _at(federation.metadata)
    for application in target.web_applications:
        yield from (_way(application.name, "https", way) for way in application.through)
    for access in target.direct_accesses:
        yield from (_way(access.name, access.protocol, way) for way in access.through)
    yield from _of_machines(target)


def _of_machines(target: Target) -> Iterator[tuple[str, Place]]:
    for machine in target.machines:
        if machine.console:
            yield f"{machine.name}: console", _at(machine.console)
        if machine.ssh:
            yield f"{machine.name}: SSH", Place("ssh", machine.address, machine.ssh.port)


def _way(name: str, protocol: Protocol, way: WebThrough | PortThrough) -> tuple[str, Place]:
    place = _at(way.url) if isinstance(way, WebThrough) else Place(protocol, way.host, way.port)
    return f"{name} via {way.gateway}", place


def _at(url: HttpUrl) -> Place:
    return Place("https", (url.host or "").strip("[]"), url.port or 443)


class _Prober:
    """Asks the places of one target."""

    def __init__(self, target: Target) -> None:
        self._addresses = {name.lower(): str(address) for name, address in target.names.items()}
        self._time_limit = target.limits.answer
        self._trust = ssl.create_default_context(cafile=target.trust.ca_file)
        self._pinned = _pinned(target.trust.known_hosts)

    async def ask_all(self, places: set[Place]) -> dict[Place, Answer]:
        # The default pool resolves six names at a time: where the resolver is dead, they would wait for one another.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=len(places) or 1))
        return dict(zip(places, await asyncio.gather(*map(self._ask, places)), strict=True))

    async def _ask(self, place: Place) -> Answer:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._time_limit):
                answers, said = True, await self._converse(place)
        except (NoAnswerError, OSError, EOFError) as error:
            answers, said = False, self._advice(error)
        return Answer(answers, said, time.monotonic() - began)

    async def _converse(self, place: Place) -> str:
        address = self._addresses.get(place.host.lower(), place.host)
        trust, name = (self._trust, place.host) if place.protocol == "https" else (None, None)
        reader, writer = await asyncio.open_connection(address, place.port, ssl=trust, server_hostname=name)
        try:
            match place.protocol:
                case "https":
                    return f"{writer.get_extra_info('ssl_object').version()}, certificate trusted"
                case "ssh":
                    return self._known(place, await ssh_banner(reader))
                case "rdp":
                    return await rdp_confirm(reader, writer)
        finally:
            writer.transport.abort()

    def _known(self, place: Place, banner: str) -> str:
        name = place.host if place.port == paramiko.config.SSH_PORT else f"[{place.host}]:{place.port}"
        if self._pinned.lookup(name) is None:
            raise NoAnswerError(f"answers ({banner}), but known_hosts has no key for {name}: pin it there")
        return f"{banner}, host key pinned"

    def _advice(self, error: Exception) -> str:
        if isinstance(error, NoAnswerError):
            return str(error)
        if isinstance(error, TimeoutError):
            return f"no answer within {self._time_limit:g} s: is a firewall in between, or the machine down?"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({shown(error.verify_message)}): see “trust: ca_file”"
        return next(
            (advice for kind, advice in ADVICE.items() if isinstance(error, kind)), f"no answer ({shown(error)})"
        )


def _pinned(file: Path | None) -> paramiko.HostKeys:
    file = file or Path.home() / ".ssh" / "known_hosts"
    return paramiko.HostKeys(str(file) if file.is_file() else None)


async def ssh_banner(reader: asyncio.StreamReader) -> str:
    """Return an SSH server's identification; other lines may come before it (RFC 4253, section 4.2).

    Raises NoAnswerError for what is no SSH server, EOFError where it closes.
    """
    for _ in range(MOST_LINES_BEFORE_BANNER):
        line = await _line(reader)
        if line.startswith(b"SSH-"):
            return shown(line.decode("ascii", "replace").strip())
    raise NoAnswerError("answers, but not as an SSH server does")


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        raise NoAnswerError("answers, but not as an SSH server does") from None


async def rdp_confirm(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Ask for an RDP connection over TLS and read the whole confirmation; return it in words.

    Raises NoAnswerError for what is no RDP server, EOFError where it closes.
    """
    writer.write(RDP_REQUEST)
    header = await reader.readexactly(6)
    if header[0] != 3 or header[5] != RDP_CONFIRM:  # noqa: PLR2004 -- version of a TPKT header (RFC 1006, section 6)
        raise NoAnswerError("answers, but not as an RDP server does")
    rest = int.from_bytes(header[2:4]) - len(header)
    await reader.readexactly(min(max(rest, 0), LONGEST_CONFIRM))
    return "RDP, connection confirmed"
