"""Gateways: one is picked at each launch, another when it is down."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

ANSWERS_WITHIN = 1.0  # seconds


class NoGatewayError(Exception):
    """No gateway answers."""


def hosts(cursor: Cursor, kind: str) -> list[str]:
    """Give the host names of the gateways of a kind: edge or html5."""
    cursor.execute("SELECT host FROM gateways WHERE kind = %s", (kind,))
    return [host for (host,) in cursor.fetchall()]


def pick(candidates: list[str], port: int) -> str:
    """Give one of the hosts, at random among those that accept a connection; raises NoGatewayError if none does."""
    for host in random.sample(candidates, len(candidates)):
        if _answers(host, port):
            return host
    raise NoGatewayError(f"none of {len(candidates)} gateways answers on port {port}")


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), ANSWERS_WITHIN).close()
    except OSError:
        return False
    return True
