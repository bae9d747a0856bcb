"""TLS: certificates and protocols."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from targets.lab import pki
from targets.lab.faults.change import APACHE, PROXY, Change, replaced
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import CONTROLLERS
from targets.lab.pki import KeyPair
from targets.lab.store import Store

Make = Callable[[Store], KeyPair]
ENDS_SOON = timedelta(days=10, hours=1)


def self_signed(host: str) -> Make:
    """Make a certificate that nobody else has signed."""
    return lambda _: pki.self_signed(host)


def of_another_name(_: str) -> Make:
    """Make a certificate for another server."""
    return lambda store: pki.server(_authority(store), ("elsewhere.cleanroom.test",))


def ending_soon(host: str) -> Make:
    """Make a certificate with ten days left."""
    return lambda store: pki.server(_authority(store), (host,), pki.CLOCKS_DIFFER + ENDS_SOON)


def portal_certificate(kind: Callable[[str], Make]) -> Change:
    """Give both controllers another certificate of the portal."""
    return _certificate("/etc/ipdiva/care/tls/portal.pem", kind("portal.cleanroom.test"), APACHE)


def gateway_certificate(kind: Callable[[str], Make]) -> Change:
    """Give an Edge Gateway another certificate."""
    return _certificate("/etc/ipdiva/edge-gateway/certificate.pem", kind("eg1.cleanroom.test"), PROXY)


def console_certificate(kind: Callable[[str], Make]) -> Change:
    """Give a controller another certificate of its own."""
    return _certificate("/etc/ipdiva/care/tls/node.pem", kind("mc2.cleanroom.test"), APACHE)


def _certificate(path: str, make: Make, then: str) -> Change:
    return replaced(path, lambda store: make(store).pem, then)


def _authority(store: Store) -> KeyPair:
    return KeyPair.parse((store.path / "tls/ca.pem").read_text())


FAULTS = (
    Fault(
        "portal-certificate-ends-soon",
        "The upgrade put an old certificate of the portal back, with ten days left.",
        "mediation controller", CONTROLLERS, ("PORTAL-05",), portal_certificate(ending_soon),
    ),
    Fault(
        "gateway-certificate-self-signed",
        "The upgrade gave an Edge Gateway a certificate that it signed itself.",
        "edge gateway", ("eg1",), ("WEB-04",), gateway_certificate(self_signed),
    ),
    Fault(
        "console-certificate-of-another-name",
        "A controller presents the certificate of another server.",
        "mediation controller", ("mc2",), ("CONSOLE-02",), console_certificate(of_another_name),
    ),
)  # fmt: skip
