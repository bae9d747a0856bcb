"""The controller's service: deletes sessions that ran out, and writes their end to the event log."""

from __future__ import annotations

import sys
import time
from contextlib import closing

import psycopg2

from cleanroom_portal import database, events, sessions

BEAT = 30  # seconds; a session ends this much later than its time at most


def main() -> None:
    """Reap until systemd ends the service."""
    while True:
        try:
            reap()
        except psycopg2.OperationalError as error:
            print(f"The database does not answer, next try in {BEAT} s: {error}", file=sys.stderr)  # noqa: T201 - to the journal
        time.sleep(BEAT)


def reap() -> None:
    """Delete what ran out; raises psycopg2.OperationalError when the database does not answer."""
    with closing(database.connect()) as connection, connection, connection.cursor() as cursor:
        ended = sessions.reap(cursor)
    for domain, login in ended:
        events.write(events.RAN_OUT, login, domain)


if __name__ == "__main__":
    main()
