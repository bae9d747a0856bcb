"""The organization's database, as the site's settings say."""

from __future__ import annotations

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case

from cleanroom_portal import settings

LIMITS = {"connect_timeout": 3, "options": "-c statement_timeout=5000"}


def connect() -> Connection:
    """Connect; raises psycopg2.OperationalError within seconds when nobody answers."""
    return psycopg2.connect(**settings.database(), **LIMITS)
