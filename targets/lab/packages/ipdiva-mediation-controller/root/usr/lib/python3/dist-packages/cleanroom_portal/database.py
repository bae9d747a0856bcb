"""The organization's database, as the site's settings say."""

from __future__ import annotations

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case

from cleanroom_portal import settings

PATIENCE = 10  # seconds; a busy small computer has been seen to take more than three to connect
LIMITS = {"connect_timeout": PATIENCE, "options": f"-c statement_timeout={PATIENCE}s"}


def connect() -> Connection:
    """Connect; raises psycopg2.OperationalError when nobody answers in time, and so does a statement that takes longer.

    A request has one connection at most, so the web server's threads bound how many there are.
    """
    return psycopg2.connect(**settings.database(), **LIMITS)
