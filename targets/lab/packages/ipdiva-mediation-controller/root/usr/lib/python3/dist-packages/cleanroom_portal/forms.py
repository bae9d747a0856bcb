"""Forms carry a token that a ``__Host-`` cookie repeats, so that no other site can post them (CSRF)."""

from __future__ import annotations

import hmac
import secrets

from flask import Response, abort, g, request

COOKIE = "__Host-cleanroom_form"  # the prefix keeps sibling hosts from setting it
FIELD = "form_token"
BAD_REQUEST = 400


def token() -> str:
    """Give the token for a form of this answer: the browser's own, or a new one."""
    if "form_token" not in g:
        g.form_token = request.cookies.get(COOKIE) or secrets.token_urlsafe(16)
    return str(g.form_token)


def remember(response: Response) -> Response:
    """Set the cookie when this answer carries a form."""
    if "form_token" in g and COOKIE not in request.cookies:
        response.set_cookie(COOKIE, g.form_token, secure=True, httponly=True, samesite="Strict")
    return response


def text(field: str) -> str:
    """Give what was typed into a field; refuse (400) what PostgreSQL cannot hold as text."""
    typed = request.form.get(field, "")
    if "\0" in typed:
        abort(BAD_REQUEST, "This form holds characters that nobody can type.")
    return typed


def check() -> None:
    """Refuse (400) a posted form that does not repeat the browser's token."""
    posted, kept = request.form.get(FIELD, ""), request.cookies.get(COOKIE, "")
    if not kept or not hmac.compare_digest(posted.encode(), kept.encode()):
        abort(BAD_REQUEST, "This form is out of date. Go back, reload the page and try again.")
