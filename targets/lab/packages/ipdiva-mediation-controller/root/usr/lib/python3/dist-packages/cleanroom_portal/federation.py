"""Sign-in through the identity provider: Shibboleth has checked the response, Apache passes on what it said."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cleanroom_portal import accounts, events, shibboleth, visitor
from cleanroom_portal.transactions import transaction
from cleanroom_portal.visitor import PORTAL

HANDLERS = "/Shibboleth.sso/"
SEE_OTHER, BAD_REQUEST, FORBIDDEN = 303, 400, 403

pages = Blueprint("federation", __name__)


@pages.get("/saml/")
def sign_in() -> ResponseReturnValue:
    """Sign in the user that the identity provider named, if this organization knows the login.

    Shibboleth grants a session even when the attributes were dropped: REMOTE_USER is then empty.
    """
    login = request.environ.get("REMOTE_USER", "")
    if request.environ.get("AUTH_TYPE") != "shibboleth" or not login:
        return _refuse(login)
    with transaction() as cursor:
        if not accounts.is_federated(cursor, login):
            return _refuse(login)
        groups = shibboleth.values(request.environ.get("groups", ""))
        token = visitor.begin(cursor, accounts.SAML, login, groups, None)
    visitor.log(events.SIGNED_IN, login, accounts.SAML)
    return visitor.welcome(PORTAL, token)


@pages.get("/federation-logout")
def logout() -> ResponseReturnValue:
    """End the portal's session when Shibboleth ends its own (front-channel notification), then go back to it."""
    back = request.args.get("return", "")
    if not _is_handler(back):
        abort(BAD_REQUEST, "This address is for Shibboleth only.")
    session = visitor.session(PORTAL)
    if session is None or session.domain != accounts.SAML:
        return redirect(back, SEE_OTHER)
    visitor.log(events.SIGNED_OUT, session.login, session.domain)
    return visitor.farewell(PORTAL, back)


def _is_handler(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" and parts.netloc == request.host and parts.path.startswith(HANDLERS)


def _refuse(login: str) -> ResponseReturnValue:
    visitor.log(events.REFUSED, login, accounts.SAML)
    return render_template("federation_refused.html"), FORBIDDEN
