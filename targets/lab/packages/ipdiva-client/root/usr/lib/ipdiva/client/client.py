#!/usr/bin/python3 -I
"""The desktop client: signs in to the portal, asks for an application, and shows its desktop with xfreerdp.

ipdiva-client launch --portal URL --login LOGIN --application NAME < password
ipdiva-client --version
"""

from __future__ import annotations

import argparse
import configparser
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from html.parser import HTMLParser
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, HTTPSHandler, OpenerDirector, build_opener

VERSION = "@VERSION@"
SETTINGS = Path("/etc/ipdiva")
PATIENCE = 20.0  # seconds for each answer of the portal
MOST_BYTES = 1024 * 1024
SESSION_COOKIE = "cleanroom_session"
LAST_PORT = 65535
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", re.ASCII)
LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}", re.ASCII)


class LaunchError(Exception):
    """The application cannot be shown; the message says why."""


@dataclass(frozen=True)
class Ticket:
    """Where the desktop of an application is reached, and the name that its certificate must carry."""

    host: str
    port: int
    server_name: str
    login: str

    @classmethod
    def parse(cls, text: str) -> Ticket:
        """Read the portal's JSON; raises ``LaunchError`` for what xfreerdp should not be given."""
        try:
            fields = json.loads(text)
            ticket = cls(fields["host"], fields["port"], fields["server_name"], fields["login"])
            if fields["kind"] == "rdp" and ticket.is_sound():
                return ticket
        except (ValueError, KeyError, TypeError):
            pass  # the same message as for a ticket that is not sound
        raise LaunchError("The portal's launch ticket is not understood: is it an RDP application?")

    def is_sound(self) -> bool:
        """Say whether the fields are what they are named for (names become arguments of a program)."""
        hosts = bool(HOST.fullmatch(self.host) and HOST.fullmatch(self.server_name))
        return hosts and type(self.port) is int and 0 < self.port <= LAST_PORT and bool(LOGIN.fullmatch(self.login))


class FormToken(HTMLParser):
    """Finds the value of the sign-in form's hidden ``form_token``."""

    value = ""

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the value of the field of that name."""
        fields = dict(attrs)
        if fields.get("name") == "form_token":
            self.value = fields.get("value") or ""


class Portal:
    """A session on the portal at ``url``; sign in first."""

    def __init__(self, url: str, authorities: str) -> None:
        self._url = url.rstrip("/")
        self._cookies = CookieJar()
        tls = HTTPSHandler(context=ssl.create_default_context(cafile=authorities))
        self._web: OpenerDirector = build_opener(tls, HTTPCookieProcessor(self._cookies))

    def sign_in(self, login: str, password: str) -> None:
        """Sign in with the form; raises ``LaunchError`` when the portal refuses."""
        form = FormToken()
        form.feed(self._read("/sign-in"))
        self._read("/sign-in", {"login": login, "password": password, "form_token": form.value})
        if SESSION_COOKIE not in {cookie.name for cookie in self._cookies}:
            raise LaunchError(f"The portal gave {login} no session.")

    def launch(self, application: str) -> Ticket:
        """Ask for an application; raises ``LaunchError`` when the portal does not give it."""
        return Ticket.parse(self._read(f"/applications/{quote(application, safe='')}/open"))

    def _read(self, path: str, form: dict[str, str] | None = None) -> str:
        body = None if form is None else urlencode(form).encode()
        try:
            with self._web.open(self._url + path, body, PATIENCE) as answer:
                return str(answer.read(MOST_BYTES).decode(errors="replace"))
        except HTTPError as refusal:
            raise LaunchError(f"The portal refused {path}: {refusal.code} {refusal.reason}.") from None
        except (OSError, HTTPException) as problem:
            raise LaunchError(f"The portal {self._url} does not answer: {problem}.") from None


def show(ticket: Ticket, password: str, authorities: str) -> int:
    """Show the desktop on ``$DISPLAY`` until its session ends; give xfreerdp's exit status.

    The certificate must be issued by one of the authorities for the server's name: FreeRDP asks OpenSSL's default
    store, and what it was once told to accept is kept in its configuration folder, hence an empty one.
    """
    arguments = ["xfreerdp", f"/v:{ticket.host}:{ticket.port}", f"/u:{ticket.login}", "/from-stdin:force"]
    arguments += [f"/cert:name:{ticket.server_name},deny", "/sec:tls", "/f", "/bpp:24", "/log-level:WARN"]
    with tempfile.TemporaryDirectory(prefix="ipdiva-client-") as folder:
        trust = {"SSL_CERT_FILE": authorities, "SSL_CERT_DIR": folder, "XDG_CONFIG_HOME": folder}
        return subprocess.run(
            arguments, input=f"{password}\n", text=True, env=os.environ | trust, check=False
        ).returncode


def settings() -> configparser.SectionProxy:
    """Read the client's settings, the site's last."""
    parser = configparser.ConfigParser()
    parser.read([SETTINGS / "client.ini", *sorted(SETTINGS.glob("client.d/*.ini"))])
    return parser["client"]


def launch(portal_url: str, login: str, application: str, password: str) -> int:
    """Sign in, launch an application and show it; give the exit status of this program."""
    authorities = settings()["authorities"]
    portal = Portal(portal_url, authorities)
    portal.sign_in(login, password)
    return show(portal.launch(application), password, authorities)


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="ipdiva-client", description="Opens RDP applications of the portal.")
    parser.add_argument("--version", action="version", version=f"ipdiva-client {VERSION}")
    command = parser.add_subparsers(required=True).add_parser("launch", help="password on standard input")
    for name in ("portal", "login", "application"):
        command.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    for ending in (signal.SIGTERM, signal.SIGHUP):  # an exit ends xfreerdp too, a signal would leave it behind
        signal.signal(ending, lambda number, _frame: sys.exit(128 + number))
    try:
        return launch(options.portal, options.login, options.application, sys.stdin.readline().rstrip("\n"))
    except LaunchError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
