#!/usr/bin/python3 -I
"""The recording receiver of an Edge Gateway: TCP 8443, TLS with a client certificate, one PUT a recording.

``PUT /recordings/<UTC time>-<kind>-<user>-<id>`` with Content-Length and X-Content-SHA256 stores the whole recording
or nothing. The same recording may be sent again (its sender may not have heard the answer); one that was stored is
never replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import socket
import ssl
import sys
import syslog
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import cast

VERSION = "@VERSION@"
SETTINGS = Path("/etc/ipdiva/edge-gateway")
STORE = Path("/var/lib/ipdiva/recordings")
PORT = 8443
CHUNK = 65536
MOST_BYTES = 64 * 1024 * 1024
PATIENCE = 10.0  # seconds without a byte from an agent until it is left
NAME = re.compile(r"\d{8}T\d{6}Z-(?:ssh|rdp)-(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})-[0-9a-f]{16}", re.ASCII)
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
DRAFT = ".draft-"


class RefusedError(Exception):
    """An upload that is not stored: the HTTP status that says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Store:
    """The recordings at ``path``, readable by the group of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def clear(self) -> None:
        """Remove what a stop of the receiver cut short: its senders will send it again."""
        for draft in self.path.glob(f"{DRAFT}*"):
            draft.unlink()

    def keep(self, name: str, content: BufferedIOBase, length: int, digest: str) -> bool:
        """Store a recording of that length and SHA-256; False when it was there already.

        Raises ``RefusedError`` when the content is not what was announced, or another one has this name.
        """
        draft = self.path / f"{DRAFT}{secrets.token_hex(8)}"
        try:
            with draft.open("xb") as file:
                if not hmac.compare_digest(copy(content, file, length), digest):
                    raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY)
                file.flush()
                os.fsync(file.fileno())
            return self._publish(draft, self.path / name)
        finally:
            draft.unlink(missing_ok=True)

    def _publish(self, draft: Path, recording: Path) -> bool:
        try:
            recording.hardlink_to(draft)  # unlike a rename, never replaces
        except FileExistsError:
            if not hmac.compare_digest(sha256(recording), sha256(draft)):
                raise RefusedError(HTTPStatus.CONFLICT) from None
            return False
        folder = os.open(self.path, os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)
        return True


def copy(content: BufferedIOBase, file: BufferedIOBase, length: int) -> str:
    """Copy that many bytes; give their SHA-256 in hexadecimal. Raises ``RefusedError`` when fewer come."""
    digest = hashlib.sha256()
    while length:
        chunk = content.read(min(CHUNK, length))
        if not chunk:
            raise RefusedError(HTTPStatus.BAD_REQUEST)
        digest.update(chunk)
        file.write(chunk)
        length -= len(chunk)
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Upload(BaseHTTPRequestHandler):
    """One connection of an agent: one request."""

    timeout = PATIENCE
    server: Receiver
    connection: ssl.SSLSocket

    def do_PUT(self) -> None:
        """Store the recording in the request's body and answer 201, 200 when it was there already, or the refusal."""
        try:
            name, user = self._name()
            new = self.server.store.keep(name, self.rfile, self._length(), self._digest())
        except RefusedError as refusal:
            self._answer(refusal.status)
            self._let_finish()
        except OSError as problem:
            self._say(f"Enregistrement non stocké : {problem.strerror}")
            self._answer(HTTPStatus.INSUFFICIENT_STORAGE)
        else:
            self._say(
                f"Enregistrement reçu : {name} org:main, user:{user}@{self._agent()}, ip:{self.client_address[0]}"
            )
            self._answer(HTTPStatus.CREATED if new else HTTPStatus.OK)

    def _name(self) -> tuple[str, str]:
        match = NAME.fullmatch(self.path.removeprefix("/recordings/"))
        if match is None:
            raise RefusedError(HTTPStatus.NOT_FOUND)
        return match[0], match["user"]

    def _length(self) -> int:
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"\d{1,10}", length, re.ASCII):
            raise RefusedError(HTTPStatus.LENGTH_REQUIRED)
        if int(length) > MOST_BYTES:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return int(length)

    def _digest(self) -> str:
        digest = self.headers.get("X-Content-SHA256", "")
        if not DIGEST.fullmatch(digest):
            raise RefusedError(HTTPStatus.BAD_REQUEST)
        return digest

    def _agent(self) -> str:
        certificate = self.connection.getpeercert() or {}
        subject = cast("tuple[tuple[tuple[str, str]]]", certificate.get("subject", ()))  # as ssl documents it
        return next((value for ((key, value),) in subject if key == "commonName"), "unnamed")

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _let_finish(self) -> None:
        """Read on while the agent sends: closing before would lose it the answer (RFC 9112 section 9.6)."""
        left = MOST_BYTES
        with contextlib.suppress(OSError):
            while left > 0 and (chunk := self.rfile.read1(CHUNK)):
                left -= len(chunk)

    def _say(self, event: str) -> None:
        syslog.syslog(event)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Write a request that was answered, or a client that was left, to the system log."""
        syslog.syslog(f"{self.client_address[0]} {format % args!r}")


class Receiver(ThreadingHTTPServer):
    """Takes uploads, each in a thread of its own, TLS handshake included: a slow agent holds up nobody."""

    daemon_threads = True

    def __init__(self, port: int, store: Store, tls: ssl.SSLContext) -> None:
        self.store = store
        self._tls = tls
        super().__init__(("", port), Upload)

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Shake hands, then serve the request; a connection that fails at either is left."""
        assert isinstance(request, socket.socket)  # noqa: S101 - a TCP server's request is its connection
        request.settimeout(PATIENCE)
        with contextlib.suppress(OSError), self._tls.wrap_socket(request, server_side=True) as connection:
            super().finish_request(connection, client_address)


def tls_context() -> ssl.SSLContext:
    """Take only agents that the site's CA has certified (TLS 1.2 or later)."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(SETTINGS / "agents-ca.pem"))
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_cert_chain(SETTINGS / "certificate.pem")
    return tls


def tell_systemd_ready() -> None:
    """Say that recordings can be received (sd_notify(3))."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])


def serve() -> None:
    """Receive recordings until the service is stopped."""
    syslog.openlog("ipdiva-edge-gateway", 0, syslog.LOG_DAEMON)
    store = Store(STORE)
    store.clear()
    with Receiver(PORT, store, tls_context()) as receiver:
        tell_systemd_ready()
        syslog.syslog(f"Démarrage de la passerelle {VERSION}")
        receiver.serve_forever()


if __name__ == "__main__":
    if "--version" in sys.argv:
        sys.stdout.write(f"ipdiva-edge-gateway {VERSION}\n")
    else:
        serve()
