"""Accounts: who may sign in, and the lock after too many refusals in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanroom_portal import passwords

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

LOCAL, SAML = "local", "saml"
REFUSALS_ALLOWED = 3
LOCKED_FOR = "15 minutes"

# Hashed for a login that does not exist, so that the answer takes as long as for one that does.
NOBODY = passwords.hash_password("")

FIND = """
SELECT password_hash, refusals >= %(allowed)s AND refused_at > now() - %(locked)s::interval
FROM accounts WHERE domain = %(domain)s AND login = %(login)s FOR UPDATE
"""
REFUSE = """
UPDATE accounts SET refused_at = now(),
    refusals = CASE WHEN refused_at > now() - %(locked)s::interval THEN refusals + 1 ELSE 1 END
WHERE domain = %(domain)s AND login = %(login)s
"""
ACCEPT = "UPDATE accounts SET refusals = 0 WHERE domain = %(domain)s AND login = %(login)s"
KNOWN = "SELECT FROM accounts WHERE domain = %s AND login = %s FOR UPDATE"
GROUPS = "SELECT group_name FROM memberships WHERE domain = %s AND login = %s ORDER BY group_name"


def check_password(cursor: Cursor, domain: str, login: str, password: str) -> bool:
    """Say whether this signs the account in, and count the refusal if not.

    The row stays locked to the end of the transaction, so guesses in parallel are counted one by one.
    A locked account is refused whatever the password, and its lock grows no longer by that.
    """
    who = {"domain": domain, "login": login, "allowed": REFUSALS_ALLOWED, "locked": LOCKED_FOR}
    cursor.execute(FIND, who)
    stored, locked = cursor.fetchone() or (None, False)
    matches = passwords.verify(password, stored or NOBODY) and stored is not None
    if not locked:
        cursor.execute(ACCEPT if matches else REFUSE, who)
    return matches and not locked


def is_federated(cursor: Cursor, login: str) -> bool:
    """Say whether this login is one that the identity provider may vouch for; its row stays locked as above."""
    cursor.execute(KNOWN, (SAML, login))
    return cursor.fetchone() is not None


def groups(cursor: Cursor, domain: str, login: str) -> list[str]:
    """Give the groups of an account of this domain."""
    cursor.execute(GROUPS, (domain, login))
    return [name for (name,) in cursor.fetchall()]
