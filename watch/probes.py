"""What is asked of each service, and what its answer must hold. Nobody signs in."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Awaitable, Callable
from urllib.parse import urljoin, urlsplit

from reports.samples import Stage
from targets.access.web import title_of
from targets.problems import shown
from targets.reachability import NoAnswerError, rdp_confirm, ssh_banner
from targets.services import Protocol, Service
from watch.http import Response, ask
from watch.network import Attempt, Connection, FailedError, Network

MOST_HOPS = 4
SUCCESS = range(200, 300)
REDIRECTS = range(300, 400)
TUNNEL_ANSWERS = {101, 400, 401, 403, 426}
"""Answers of a tunnel that is asked without a token: it speaks WebSocket, or says why it will not (RFC 6455)."""
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""PostgreSQL's question whether TLS is spoken; S and N are its answers (PostgreSQL, Message Formats: SSLRequest)."""

Probe = Callable[[Network, Service, Attempt, Connection], Awaitable[None]]


async def https(network: Network, service: Service, connection: Connection, attempt: Attempt) -> Connection | None:
    """Ask for a page on an open connection and follow it on the same host.

    Takes the connection over: returns it, or the one that took its place, where it lasts; closes it otherwise. Raises
    FailedError where the answer is not what it must be.
    """
    path = service.path
    try:
        for _ in range(MOST_HOPS):
            attempt.stage = Stage.PROTOCOL
            response = await ask(connection, _host(service), path)
            onward = _onward(service, path, response)
            if onward is None:
                attempt.stage = Stage.CONTENT
                _check(service, response)
                return _lasting(connection, response)
            if _lasting(connection, response) is None:  # a server ends a kept connection after so many answers
                connection = await reach(network, service, attempt)
            path = onward
        raise FailedError(f"is redirected more than {MOST_HOPS} times")
    except BaseException:
        connection.close()
        raise


def _lasting(connection: Connection, response: Response) -> Connection | None:
    if response.whole:
        return connection
    connection.close()
    return None


async def _tunnel(_: Network, service: Service, attempt: Attempt, connection: Connection) -> None:
    attempt.stage = Stage.PROTOCOL
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
    response = await ask(connection, _host(service), service.path, upgrade=upgrade)
    attempt.stage = Stage.CONTENT
    if response.status not in TUNNEL_ANSWERS:
        raise FailedError(f"is no tunnel: it {_said(response)}")


async def _ssh(_: Network, __: Service, attempt: Attempt, connection: Connection) -> None:
    attempt.stage = Stage.PROTOCOL
    await ssh_banner(connection.reader)


async def _rdp(network: Network, service: Service, attempt: Attempt, connection: Connection) -> None:
    attempt.stage = Stage.PROTOCOL
    await rdp_confirm(connection.reader, connection.writer)
    await network.begin_tls(connection, service.certificate_name or service.host, attempt)


async def _postgresql(_: Network, __: Service, attempt: Attempt, connection: Connection) -> None:
    attempt.stage = Stage.PROTOCOL
    connection.writer.write(SSL_REQUEST)
    if await connection.reader.readexactly(1) not in {b"S", b"N"}:
        raise FailedError("what answers is no PostgreSQL")


async def _connected(_: Network, __: Service, ___: Attempt, ____: Connection) -> None:
    """Ask nothing more: the connection itself, or its TLS, is the answer."""


BEGINS_WITH_TLS = {Protocol.HTTPS, Protocol.TUNNEL, Protocol.TLS}
PROBES: dict[Protocol, Probe] = {
    Protocol.TUNNEL: _tunnel,
    Protocol.SSH: _ssh,
    Protocol.RDP: _rdp,
    Protocol.TLS: _connected,
    Protocol.POSTGRESQL: _postgresql,
    Protocol.TCP: _connected,
}


async def reach(network: Network, service: Service, attempt: Attempt) -> Connection:
    """Open a connection to a service, with TLS where that comes first."""
    connection = await network.connect(service.host, service.port, attempt)
    if service.protocol in BEGINS_WITH_TLS:
        try:
            await network.begin_tls(connection, service.host, attempt)
        except BaseException:
            connection.close()
            raise
    return connection


async def over_new_connection(network: Network, service: Service, attempt: Attempt) -> None:
    """Ask a service once, over a connection of this attempt's own. Raises what went wrong."""
    connection = await reach(network, service, attempt)
    try:
        if service.protocol is Protocol.HTTPS:
            connection = await https(network, service, connection, attempt) or connection
        else:
            await PROBES[service.protocol](network, service, attempt, connection)
    except (NoAnswerError, asyncio.LimitOverrunError) as error:
        raise FailedError(str(error)) from None
    finally:
        connection.close()


def _host(service: Service) -> str:
    host = f"[{service.host}]" if ":" in service.host else service.host
    return host if service.port == 443 else f"{host}:{service.port}"  # noqa: PLR2004 -- the port of https


def _onward(service: Service, path: str, response: Response) -> str | None:
    """Return where a redirect leads on the same host; what leads elsewhere is an answer, to be judged as it is."""
    if response.status not in REDIRECTS or "location" not in response.headers:
        return None
    here = f"https://{_host(service)}"
    there = urlsplit(urljoin(here + path, response.headers["location"]))
    if f"{there.scheme}://{there.netloc}" != here or _shows(service, response):
        return None
    onward = there.path + (f"?{there.query}" if there.query else "")
    return onward if onward.isascii() and onward.isprintable() and " " not in onward else None


def _shows(service: Service, response: Response) -> bool:
    """Tell whether an answer holds what it must; a SAML request may be in the address that it leads to."""
    text = response.body.replace("'", '"')
    return service.shows in text or service.shows in response.headers.get("location", "")


def _check(service: Service, response: Response) -> None:
    """Content counts: a maintenance page says 200 too."""
    if response.status not in SUCCESS and response.status not in REDIRECTS:
        raise FailedError(_said(response))
    if not _shows(service, response):
        raise FailedError(f"{_said(response)}, without “{shown(service.shows)}”")


def _said(response: Response) -> str:
    title = title_of(response.body)
    return f"answers {response.status}" + (f", “{shown(title)}”" if title else "")
