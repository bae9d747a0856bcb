"""Transactions of a request: on one connection, opened when it is first needed and closed with the request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

from cleanroom_portal import database


@contextmanager
def transaction() -> Iterator[Cursor]:
    """Give a cursor of the request's connection: committed at the end, rolled back on an exception."""
    if "connection" not in g:
        g.connection = database.connect()
    with g.connection, g.connection.cursor() as cursor:
        yield cursor


def close(_exception: BaseException | None = None) -> None:
    """Close the request's connection, if it opened one."""
    connection = g.pop("connection", None)
    if connection is not None:
        connection.close()
