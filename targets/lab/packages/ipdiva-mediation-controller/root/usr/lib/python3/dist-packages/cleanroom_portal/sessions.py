"""Sessions: rows that both controllers share, so that a user survives a failover.

The browser holds a random token; the row holds its hash alone, so the database gives no session away.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cleanroom_portal import credentials

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

AT_ONCE = 5
IDLE = "30 minutes"
LIFE = "8 hours"

START = """
INSERT INTO sessions (id, domain, login, groups, password) VALUES (%s, %s, %s, %s, %s)
"""
END_OLDEST = """
DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions WHERE domain = %s AND login = %s ORDER BY created DESC, id OFFSET %s)
RETURNING id
"""
USE = """
UPDATE sessions SET seen = now()
WHERE id = %s AND seen > now() - %s::interval AND created > now() - %s::interval
RETURNING domain, login, groups, password
"""
END = "DELETE FROM sessions WHERE id = %s"
REAP = """
DELETE FROM sessions WHERE seen <= now() - %s::interval OR created <= now() - %s::interval
RETURNING domain, login
"""


@dataclass(frozen=True)
class Session:
    """Somebody signed in. ``sealed_password`` opens with the token alone; a federated user has none."""

    token: str
    domain: str
    login: str
    groups: list[str]
    sealed_password: bytes | None

    @property
    def password(self) -> str | None:
        """The password that was typed at sign-in, to sign the user in to a desktop."""
        return None if self.sealed_password is None else credentials.unseal(self.token, self.sealed_password)


def start(cursor: Cursor, domain: str, login: str, groups: list[str], password: str | None) -> tuple[str, int]:
    """Begin a session; give its token, and how many of the user's oldest ones had to end for it.

    The caller holds the account's row locked, so that sign-ins in parallel do not pass the bound together.
    """
    token = secrets.token_urlsafe(32)
    sealed = None if password is None else credentials.seal(token, password)
    cursor.execute(START, (_id(token), domain, login, groups, sealed))
    cursor.execute(END_OLDEST, (domain, login, AT_ONCE))
    return token, cursor.rowcount


def use(cursor: Cursor, token: str) -> Session | None:
    """Find the session of a token and note that it was used; ``None`` if there is none or it ran out."""
    cursor.execute(USE, (_id(token), IDLE, LIFE))
    row = cursor.fetchone()
    if row is None:
        return None
    domain, login, groups, sealed = row
    return Session(token, domain, login, groups, None if sealed is None else bytes(sealed))


def end(cursor: Cursor, token: str) -> None:
    """End the session of a token: its row is gone."""
    cursor.execute(END, (_id(token),))


def reap(cursor: Cursor) -> list[tuple[str, str]]:
    """Delete the sessions that ran out; give domain and login of each."""
    cursor.execute(REAP, (IDLE, LIFE))
    return cursor.fetchall()


def _id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
