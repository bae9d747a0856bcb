"""TLS certificates as a server presents them, verified as a browser would (RFC 5280, RFC 6125)."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from targets.access import old_tls
from targets.access.futures import within
from targets.access.outcomes import CannotJudgeError, PlatformFailed, network_outcome


@dataclass(frozen=True)
class Certificate:
    """A certificate whose chain and name were verified.

    `old_tls` names the TLS of the past that its server accepts too; it is empty where there is none, or nobody asked.
    """

    subject: str
    issuer: str
    not_after: datetime
    sha256: str
    old_tls: str = ""

    def days_left(self, now: datetime | None = None) -> float:
        """Return for how many more days the certificate is valid."""
        return (self.not_after - (now or datetime.now(UTC))).total_seconds() / 86400

    def as_evidence(self) -> str:
        """Return the certificate as text for a person."""
        return (
            f"subject: {self.subject}\nissuer: {self.issuer}\n"
            f"valid until: {self.not_after:%Y-%m-%d %H:%M} UTC\nSHA-256: {self.sha256}"
        )


def read(certificate: x509.Certificate) -> Certificate:
    """Return what is of interest in a certificate."""
    return Certificate(
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        certificate.not_valid_after_utc,
        certificate.fingerprint(SHA256()).hex(),
    )


def presented(host: str, port: int, ca_file: Path | None, time_limit: float, at: str | None = None) -> Certificate:
    """Connect, verify chain and name, and return the server's certificate, with the old TLS that it accepts.

    `at` is the name or address of the server to ask, where several share the host's name. Raises PlatformFailed where
    there is no answer or the certificate is not trusted for that name, CannotJudgeError where this machine has no
    network or cannot read the CA.
    """
    context = trusting(ca_file)
    try:
        encoded = within(time_limit, lambda: _handed_over(host, port, context, time_limit, at or host))
    except ssl.SSLCertVerificationError as error:
        raise PlatformFailed(f"{host}:{port}: the certificate is not trusted ({error.verify_message})") from None
    except OSError as error:
        raise network_outcome(f"{host}:{port}", error) from None
    if encoded is None:
        raise PlatformFailed(f"{host}:{port}: the server presented no certificate")
    certificate = read(x509.load_der_x509_certificate(encoded))
    return replace(certificate, old_tls=old_tls.accepted(host, port, at or host, time_limit))


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Return what verifies servers against a private CA, or the public ones; raise CannotJudgeError for no such CA."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        raise CannotJudgeError(f"the CA file {ca_file} cannot be used ({error.strerror})") from None


def _handed_over(host: str, port: int, context: ssl.SSLContext, time_limit: float, at: str) -> bytes | None:
    with (
        socket.create_connection((at, port), timeout=time_limit) as connection,
        context.wrap_socket(connection, server_hostname=host) as tls,
    ):
        return tls.getpeercert(binary_form=True)
