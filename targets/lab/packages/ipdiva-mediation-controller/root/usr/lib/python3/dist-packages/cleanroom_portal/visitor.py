"""Who is asking: the session behind the request's cookie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Response, redirect, request

from cleanroom_portal import accounts, events, sessions, settings
from cleanroom_portal.sessions import Session
from cleanroom_portal.transactions import transaction

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case


@dataclass(frozen=True)
class Door:
    """A place to sign in to: its cookie, the path that the cookie is for, and whose accounts it lets in."""

    cookie: str
    path: str
    domains: tuple[str, ...]


PORTAL = Door("cleanroom_session", "/", (accounts.LOCAL, accounts.SAML))
CONSOLE = Door("cleanroom_console", "/system/", (settings.NODE,))  # administrators are the node's own


def session(door: Door) -> Session | None:
    """Give the visitor's session at this door, if there is one."""
    token = request.cookies.get(door.cookie)
    if token is None:
        return None
    with transaction() as cursor:
        found = sessions.use(cursor, token)
    return found if found is not None and found.domain in door.domains else None


def sign_in(domain: str, login: str, password: str) -> str | None:
    """Begin the session of an account whose password this is; give its token, or ``None`` when refused."""
    with transaction() as cursor:
        if not accounts.check_password(cursor, domain, login, password):
            return None
        groups = accounts.groups(cursor, domain, login)
        return begin(cursor, domain, login, groups, password)


def begin(cursor: Cursor, domain: str, login: str, groups: list[str], password: str | None) -> str:
    """Begin a session within the bound of sessions at once; give its token."""
    token, ended = sessions.start(cursor, domain, login, groups, password)
    for _ in range(ended):
        log(events.TOO_MANY, login, domain)
    return token


def welcome(door: Door, token: str) -> Response:
    """Send the browser to the door's first page, with the cookie of its new session."""
    response = redirect(door.path, 303)
    response.set_cookie(door.cookie, token, path=door.path, secure=True, httponly=True, samesite="Lax")
    return response


def farewell(door: Door, then: str) -> Response:
    """End the visitor's session and send the browser on."""
    token = request.cookies.get(door.cookie)
    if token is not None:
        with transaction() as cursor:
            sessions.end(cursor, token)
    response = redirect(then, 303)
    response.delete_cookie(door.cookie, path=door.path, secure=True, httponly=True, samesite="Lax")
    return response


def log(event: str, login: str, domain: str) -> None:
    """Write an event of this visitor."""
    events.write(event, login, domain, request.remote_addr or "-")
