"""The system console: each controller's own, with an administrator of that node."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cleanroom_portal import events, forms, settings, visitor
from cleanroom_portal.transactions import transaction
from cleanroom_portal.visitor import CONSOLE

UNAUTHORIZED = 401

pages = Blueprint("console", __name__, url_prefix="/system")


@pages.get("/")
def home() -> ResponseReturnValue:
    """Ask for the administrator's password, or show the node's state."""
    session = visitor.session(CONSOLE)
    if session is None:
        return render_template("console_sign_in.html")
    with transaction() as cursor:
        cursor.execute("SELECT count(*), current_setting('server_version') FROM sessions")
        count, version = cursor.fetchone()
    return render_template("console.html", session=session, sessions=count, database_version=version)


@pages.post("/")
def sign_in() -> ResponseReturnValue:
    """Sign an administrator of this node in."""
    forms.check()
    login, password = forms.text("login"), forms.text("password")
    token = visitor.sign_in(settings.NODE, login, password)
    if token is None:
        visitor.log(events.CONSOLE_REFUSED, login, settings.NODE)
        return render_template("console_sign_in.html", refused=True), UNAUTHORIZED
    visitor.log(events.CONSOLE, login, settings.NODE)
    return visitor.welcome(CONSOLE, token)


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the administrator's session."""
    forms.check()
    return visitor.farewell(CONSOLE, CONSOLE.path)
