"""The WSGI application: portal, federation and console, and what all their answers have in common."""

from __future__ import annotations

import psycopg2
from flask import Flask, Response, current_app, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from cleanroom_portal import console, federation, forms, portal, settings
from cleanroom_portal.gateways import NoGatewayError
from cleanroom_portal.release import RELEASE
from cleanroom_portal.transactions import close, transaction

LARGEST_FORM = 16 * 1024  # bytes
UNAVAILABLE = 503


def create() -> Flask:
    """Put the application together."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.jinja_env.globals.update(release=RELEASE, node=settings.NODE, form_token=forms.token)
    for pages in (portal.pages, federation.pages, console.pages):
        app.register_blueprint(pages)
    app.add_url_rule("/health", view_func=health)
    app.after_request(forms.remember)
    app.after_request(_forbid_storing)
    app.teardown_appcontext(close)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(psycopg2.OperationalError, _database_is_away)
    app.register_error_handler(NoGatewayError, _gateways_are_away)
    return app


def health() -> ResponseReturnValue:
    """Answer 200 when the database answers; keepalived gives the floating address by this."""
    with transaction() as cursor:
        cursor.execute("SELECT FROM accounts LIMIT 1")
    return Response("ok\n", mimetype="text/plain")


def _forbid_storing(response: Response) -> Response:
    """Keep pages out of caches; files that say themselves how long they may be kept stay as they are."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _explain(error: HTTPException) -> ResponseReturnValue:
    return render_template("error.html", title=error.name, message=error.description), error.code or UNAVAILABLE


def _database_is_away(error: Exception) -> ResponseReturnValue:
    return _unavailable("The database does not answer. Try again in a moment.", error)


def _gateways_are_away(error: Exception) -> ResponseReturnValue:
    return _unavailable("No gateway answers. Try again in a moment, or call your administrator.", error)


def _unavailable(message: str, reason: Exception) -> ResponseReturnValue:
    """Tell the user what they can use of it; the reason is for the web server's error log."""
    current_app.logger.error("%s: %s", type(reason).__name__, reason)
    return render_template("error.html", title="Service unavailable", message=message), UNAVAILABLE
