"""The portal's pages: sign-in, the list of applications, launches, sign-out."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, abort, jsonify, redirect, render_template
from flask.typing import ResponseReturnValue

from cleanroom_portal import accounts, events, forms, gateways, html5, settings, visitor
from cleanroom_portal.applications import Application, allowed
from cleanroom_portal.sessions import Session
from cleanroom_portal.transactions import transaction
from cleanroom_portal.visitor import PORTAL

SIGN_IN = "/sign-in"
FEDERATED_SIGN_OUT = "/Shibboleth.sso/Logout?return=/sign-in"
SEE_OTHER, UNAUTHORIZED, NOT_FOUND = 303, 401, 404
WEB_PORT, RDP_PORT = 443, 3389

pages = Blueprint("portal", __name__)


@pages.get("/")
def applications() -> ResponseReturnValue:
    """List what the visitor may open."""
    session = visitor.session(PORTAL)
    if session is None:
        return redirect(SIGN_IN, SEE_OTHER)
    return render_template("applications.html", session=session, applications=_allowed(session))


@pages.get(SIGN_IN)
def sign_in_form() -> ResponseReturnValue:
    """Ask for login and password, or offer the identity provider."""
    return render_template("sign_in.html")


@pages.post(SIGN_IN)
def sign_in() -> ResponseReturnValue:
    """Sign a local account in, or refuse without saying which of login, password and lock it was."""
    forms.check()
    login, password = forms.text("login"), forms.text("password")
    token = visitor.sign_in(accounts.LOCAL, login, password)
    if token is None:
        visitor.log(events.REFUSED, login, accounts.LOCAL)
        return render_template("sign_in.html", refused=True), UNAUTHORIZED
    visitor.log(events.SIGNED_IN, login, accounts.LOCAL)
    return visitor.welcome(PORTAL, token)


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session; a federated user's at the identity provider too."""
    forms.check()
    session = visitor.session(PORTAL)
    if session is None:
        return redirect(SIGN_IN, SEE_OTHER)
    visitor.log(events.SIGNED_OUT, session.login, session.domain)
    return visitor.farewell(PORTAL, FEDERATED_SIGN_OUT if session.domain == accounts.SAML else SIGN_IN)


@pages.get("/applications/<name>/open")
def launch(name: str) -> ResponseReturnValue:
    """Open an application through a gateway that answers."""
    session = visitor.session(PORTAL)
    if session is None:
        return redirect(SIGN_IN, SEE_OTHER)
    application = next((one for one in _allowed(session) if one.name == name), None)
    if application is None:
        abort(NOT_FOUND)
    visitor.log(f"{events.LAUNCHES[application.kind]} : {name}", session.login, session.domain)
    return LAUNCHERS[application.kind](application, session)


def _allowed(session: Session) -> list[Application]:
    with transaction() as cursor:
        return allowed(cursor, session.groups)


def _web(application: Application, _session: Session) -> ResponseReturnValue:
    return redirect(f"https://{_gateway('edge', WEB_PORT)}{application.resource}")


def _html5(application: Application, session: Session) -> ResponseReturnValue:
    edge = _gateway("edge", RDP_PORT)
    desktop = html5.desktop(edge, application.resource, session.login, session.password)
    token = html5.token(settings.html5_key(), desktop)
    return redirect(f"https://{_gateway('html5', WEB_PORT)}/?{urlencode({'token': token})}")


def _rdp(application: Application, session: Session) -> ResponseReturnValue:
    return jsonify(
        application=application.name,
        kind=application.kind,
        host=_gateway("edge", RDP_PORT),
        port=RDP_PORT,
        server_name=application.resource,
        login=session.login,
    )


def _gateway(kind: str, port: int) -> str:
    with transaction() as cursor:
        candidates = gateways.hosts(cursor, kind)
    return gateways.pick(candidates, port)


LAUNCHERS: dict[str, Callable[[Application, Session], ResponseReturnValue]] = {
    "web": _web,
    "html5": _html5,
    "rdp": _rdp,
}
