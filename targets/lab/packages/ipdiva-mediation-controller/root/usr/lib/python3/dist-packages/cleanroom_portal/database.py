"""The organization's database: one connection a request, opened when it is first needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from flask import g
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - as above

from cleanroom_portal import settings

LIMITS = {"connect_timeout": 3, "options": "-c statement_timeout=5000"}


def connect() -> Connection:
    """Connect as the site's settings say; raises psycopg2.OperationalError within seconds when nobody answers."""
    return psycopg2.connect(**settings.database(), **LIMITS)


@contextmanager
def transaction() -> Iterator[Cursor]:
    """Give a cursor of the request's connection: committed at the end, rolled back on an exception."""
    if "connection" not in g:
        g.connection = connect()
    with g.connection, g.connection.cursor() as cursor:
        yield cursor


def close(_exception: BaseException | None = None) -> None:
    """Close the request's connection, if it opened one."""
    connection = g.pop("connection", None)
    if connection is not None:
        connection.close()
