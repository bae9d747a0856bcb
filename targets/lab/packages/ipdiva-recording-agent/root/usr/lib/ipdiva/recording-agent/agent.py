#!/usr/bin/python3 -I
"""The recording agent: takes recordings from sessions, keeps them in its spool, sends them to an Edge Gateway.

A recording is ``<UTC time>-<kind>-<user>-<random>``; its name starts with a dot until its session has ended. It stays
in the spool until a gateway has said that it holds it, whatever happens to this service or machine in between.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import pwd
import secrets
import socket
import socketserver
import ssl
import struct
import sys
import syslog
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

VERSION = "@VERSION@"
SETTINGS = Path("/etc/ipdiva/recording-agent")
SOCKET = Path("/run/ipdiva-recording-agent/recordings")
SPOOL = Path("/var/lib/ipdiva-recording-agent")
KINDS = ("ssh", "rdp")
CHUNK = 65536
MOST_BYTES = 64 * 1024 * 1024  # of one recording, as the gateways accept them
PATIENCE = 10.0  # seconds for each exchange with a gateway
RETRY = 2.0  # seconds until a recording that no gateway took is offered again


class Spool:
    """The recordings that this machine holds; ``ready`` is set when one has been finished."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ready = threading.Event()

    def recover(self) -> None:
        """Finish the recordings that a stop of the agent cut short."""
        for unfinished in self.path.glob(".*"):
            self._finish(unfinished)

    @contextlib.contextmanager
    def recording(self, kind: str, user: str) -> Iterator[int]:
        """Give a file to record to; it is finished at the end of the block."""
        path = self.path / f".{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{kind}-{user}-{secrets.token_hex(8)}"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            yield file
        finally:
            os.fsync(file)
            os.close(file)
            self._finish(path)

    def finished(self) -> list[Path]:
        """Give the recordings to send, the oldest first."""
        return sorted(path for path in self.path.iterdir() if not path.name.startswith("."))

    def _finish(self, path: Path) -> None:
        path.rename(path.with_name(path.name[1:]))
        self.ready.set()


class Session(socketserver.StreamRequestHandler):
    """One session's connection: a line with its kind, then what it shows until it ends."""

    server: Sessions

    def handle(self) -> None:
        """Store what comes, up to the size that a gateway accepts."""
        kind = self.rfile.readline(16).decode("ascii", "replace").strip()
        if kind not in KINDS:
            return
        with self.server.spool.recording(kind, peer(self.connection)) as file:
            left = MOST_BYTES
            while left and (shown := self.rfile.read1(min(CHUNK, left))):
                left -= os.write(file, shown)


class Sessions(socketserver.ThreadingUnixStreamServer):
    """Takes recordings from sessions of any user, each in a thread of its own."""

    daemon_threads = True

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        SOCKET.unlink(missing_ok=True)
        super().__init__(str(SOCKET), Session)
        SOCKET.chmod(0o666)


def peer(connection: socket.socket) -> str:
    """Give the user at the other end, as the kernel knows it (unix(7), SO_PEERCRED)."""
    form = struct.Struct("3i")
    _process, user, _group = form.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size))
    return pwd.getpwuid(user).pw_name


def send_all(spool: Spool, gateways: list[str], tls: ssl.SSLContext) -> None:
    """Send recordings as they are finished, each to the first gateway that takes it; never returns."""
    while True:
        spool.ready.clear()
        for recording in spool.finished():
            if any(delivered(recording, gateway, tls) for gateway in gateways):
                recording.unlink()
        spool.ready.wait(RETRY if spool.finished() else None)


def delivered(recording: Path, gateway: str, tls: ssl.SSLContext) -> bool:
    """Offer a recording to a gateway (``host:port``); say whether it holds it now."""
    try:
        status = put(recording, gateway, tls)
    except (OSError, http.client.HTTPException) as problem:
        say(syslog.LOG_WARNING, f"Enregistrement non envoyé : {recording.name} vers {gateway} ({problem})")
        return False
    taken = status in (http.client.OK, http.client.CREATED)
    event = "Enregistrement envoyé" if taken else f"Enregistrement refusé ({status})"
    say(syslog.LOG_INFO if taken else syslog.LOG_WARNING, f"{event} : {recording.name} vers {gateway}")
    return taken


def put(recording: Path, gateway: str, tls: ssl.SSLContext) -> int:
    """Upload a recording; give the gateway's HTTP status."""
    connection = http.client.HTTPSConnection(gateway, timeout=PATIENCE, context=tls)
    with contextlib.closing(connection), recording.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        length = content.tell()
        content.seek(0)
        headers = {"Content-Length": str(length), "X-Content-SHA256": digest}
        connection.request("PUT", f"/recordings/{recording.name}", body=content, headers=headers)
        return connection.getresponse().status


def tls_context() -> ssl.SSLContext:
    """Trust the site's own CA only (TLS 1.2 or later), and show this agent's certificate."""
    tls = ssl.create_default_context(cafile=str(SETTINGS / "ca.pem"))
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(SETTINGS / "certificate.pem")
    return tls


def say(priority: int, event: str) -> None:
    """Write an event to the system log."""
    syslog.syslog(priority, event)


def tell_systemd_ready() -> None:
    """Say that sessions can be taken (sd_notify(3))."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])


def serve() -> None:
    """Take and send recordings until the service is stopped."""
    syslog.openlog("ipdiva-recording-agent", 0, syslog.LOG_DAEMON)
    spool = Spool(SPOOL)
    spool.recover()
    gateways, tls = (SETTINGS / "gateways").read_text().split(), tls_context()
    with Sessions(spool) as sessions:
        threading.Thread(target=sessions.serve_forever, daemon=True).start()
        tell_systemd_ready()
        say(syslog.LOG_INFO, f"Démarrage de l'agent d'enregistrement {VERSION}")
        send_all(spool, gateways, tls)


if __name__ == "__main__":
    if "--version" in sys.argv:
        sys.stdout.write(f"ipdiva-recording-agent {VERSION}\n")
    else:
        serve()
