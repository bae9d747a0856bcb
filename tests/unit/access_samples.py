"""Real servers on loopback, with certificates of a CA made for the test, that behave well or badly."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import HttpUrl

from targets.model.services import Portal, PortalPage

NAME = "portal.recette.test"
LONG_ENOUGH = 10.0
"""Seconds after which a test gives up; nothing here takes that long unless it hangs."""
Talk = Callable[[socket.socket], None]


@dataclass
class Authority:
    """A certificate authority in a folder of the test's own."""

    folder: Path

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Recette's test CA")])
        made = self._builder(self._name, self._key, 30).add_extension(x509.BasicConstraints(True, None), critical=True)
        self._write("ca.pem", made.sign(self._key, hashes.SHA256()))

    @cached_property
    def file(self) -> Path:
        return self.folder / "ca.pem"

    def server(self, name: str, days: int = 30) -> ssl.SSLContext:
        """Return a server's side of TLS, with a certificate for a name that ends in so many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = (
            self._builder(subject, key, days)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self._write(f"{name}-{days}.pem", made, key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(self._name, subject, key.public_key(), x509.random_serial_number())
        return builder.not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days, hours=1))

    def _write(self, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey | None = None) -> Path:
        private = (
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            if key
            else b""
        )
        (self.folder / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
        return self.folder / name


@contextmanager
def listening(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve each connection in a thread with `talk`; yield the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:

        def serve(connection: socket.socket) -> None:
            connection.settimeout(LONG_ENOUGH)
            with suppress(OSError), connection:  # a client that has seen enough hangs up
                if tls is None:
                    return talk(connection)
                with tls.wrap_socket(connection, server_side=True) as secured:
                    return talk(secured)

        def accept() -> None:
            with suppress(OSError):  # closed by the end of the block
                while True:
                    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        accepting.join(LONG_ENOUGH)


def saying(*parts: bytes) -> Talk:
    """Return a talk that reads a request and sends this."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)
        connection.close()

    return talk


def in_turn(*talks: Talk) -> Talk:
    """Return a talk that is another one on each connection."""
    left = iter(talks)

    def talk(connection: socket.socket) -> None:
        next(left)(connection)

    return talk


def page(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Return an HTTP answer."""
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers))
    return f"{head}\r\n\r\n".encode() + body


def dripping(before: bytes) -> Talk:
    """Return a talk that goes on for ever, a byte at a time."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(before)
        while True:
            threading.Event().wait(0.02)
            connection.sendall(b"x")

    return talk


def endless(before: bytes) -> Talk:
    """Return a talk that goes on for ever, as fast as it can."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(before)
        while True:
            connection.sendall(b"x" * 65536)

    return talk


def silent(connection: socket.socket) -> None:
    """Never say a word."""
    connection.recv(65536)
    threading.Event().wait(LONG_ENOUGH)


def resetting(connection: socket.socket) -> None:
    """Reset the connection instead of answering."""
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextmanager
def refusing() -> Iterator[int]:
    """Yield a port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def a_portal(port: int, refused_user: str | None = None) -> Portal:
    """Return the portal, as a target describes it, whose server here listens on a port."""
    page = PortalPage(
        login="#login",
        password="#password",  # noqa: S106 -- a selector
        submit="button",
        refused=".refused",
        signed_in_as="#me",
        application=".app",
        sign_out="#out",
    )
    url = HttpUrl(f"https://{NAME}:{port}/")
    return Portal(url=url, user="carol", refused_user=refused_user, session_cookie="session", page=page)
