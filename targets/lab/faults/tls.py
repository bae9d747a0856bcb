"""TLS: certificates and protocols."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from targets.lab import pki
from targets.lab.faults.change import APACHE, PROXY, Change, changed, replaced, restart
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import CONTROLLERS, HAPROXY
from targets.lab.pki import KeyPair
from targets.lab.store import Store

Make = Callable[[Store], KeyPair]
ENDS_SOON = timedelta(days=10, hours=1)
EARLIER = timedelta(days=200)
OLD_TLS = f"""
sed -i "s/ssl-min-ver TLSv1.2 no-tls-tickets/ssl-min-ver TLSv1.0/" {HAPROXY}
sed -i "s/^    ssl-default-bind-options/    ssl-default-bind-ciphers DEFAULT:@SECLEVEL=0\\n&/" {HAPROXY}
"""


def self_signed(host: str) -> Make:
    """Make a certificate that nobody else has signed."""
    return lambda _: pki.self_signed(host)


def of_another_name(_: str) -> Make:
    """Make a certificate for another server."""
    return lambda store: pki.server(_authority(store), ("elsewhere.cleanroom.test",))


def ending_soon(host: str) -> Make:
    """Make a certificate with ten days left."""
    return lambda store: pki.server(_authority(store), (host,), pki.CLOCKS_DIFFER + ENDS_SOON)


def expired(host: str) -> Make:
    """Make a certificate that ended half a day ago."""
    return lambda store: pki.server(_authority(store), (host,), pki.CLOCKS_DIFFER / 2)


def without_chain(host: str) -> Make:
    """Make a certificate of an authority that is trusted by way of another one, which is not presented."""
    return lambda _: pki.server(pki.authority("Cleanroom issuing CA"), (host,))


def earlier(host: str) -> Make:
    """Make a good certificate that is not the one of the others."""
    return lambda store: pki.server(_authority(store), (host,), EARLIER)


def portal_certificate(kind: Callable[[str], Make]) -> Change:
    """Give both controllers another certificate of the portal."""
    return _certificate("/etc/ipdiva/care/tls/portal.pem", kind("portal.cleanroom.test"), APACHE)


def gateway_certificate(kind: Callable[[str], Make], gateway: str = "eg1") -> Change:
    """Give an Edge Gateway another certificate."""
    return _certificate("/etc/ipdiva/edge-gateway/certificate.pem", kind(f"{gateway}.cleanroom.test"), PROXY)


def console_certificate(kind: Callable[[str], Make]) -> Change:
    """Give a controller another certificate of its own."""
    return _certificate("/etc/ipdiva/care/tls/node.pem", kind("mc2.cleanroom.test"), APACHE)


def mirror_certificate(kind: Callable[[str], Make]) -> Change:
    """Give the vendor's mirror another certificate."""
    return _certificate("/etc/nginx/mirror.pem", kind("repo.cleanroom.test"), restart("nginx"))


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
        "portal-certificate-expired",
        "The certificate of the portal expired while the upgrade was being prepared.",
        "mediation controller", CONTROLLERS, ("PORTAL-05", "CLUSTER-03"), portal_certificate(expired),
    ),
    Fault(
        "portal-certificate-differs",
        "The portal's certificate was renewed on the master alone: the slave presents the earlier one.",
        "mediation controller", ("mc2",), ("CLUSTER-04",), portal_certificate(earlier),
    ),
    Fault(
        "gateway-certificate-without-chain",
        "An Edge Gateway presents its certificate without the one that issued it.",
        "edge gateway", ("eg2",), ("WEB-04",), gateway_certificate(without_chain, "eg2"),
    ),
    Fault(
        "old-tls-accepted",
        "The new default settings of an Edge Gateway accept TLS 1.0 and 1.1 again.",
        "edge gateway", ("eg1",), ("WEB-04",), changed(HAPROXY, OLD_TLS, PROXY),
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
