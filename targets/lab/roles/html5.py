"""The HTML5 Gateway: guacd, from the last Debian that carries it, behind a Node.js server."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from targets.lab import backups
from targets.lab.role import DOMAIN, Machine, Role, SiteFile
from targets.lab.roles.controller import html5_key
from targets.lab.store import Store

FOLDER = "/etc/ipdiva/html5-gateway"
GATEWAYS = (f"eg1.{DOMAIN}", f"eg2.{DOMAIN}")
READY = f"""
curl --fail --silent --output /dev/null https://html5.{DOMAIN}/ && timeout 1 bash -c '</dev/tcp/127.0.0.1/4822'
"""


def _site_files(machine: Machine, store: Store) -> Iterable[SiteFile]:
    yield from backups.of_files()
    yield SiteFile(f"{FOLDER}/certificate.pem", store.certificate(machine.name).pem, 0o640, "root:ipdiva")
    yield SiteFile("/etc/ipdiva/care/html5.key", html5_key(store) + "\n", 0o640, "root:ipdiva")
    yield SiteFile(f"{FOLDER}/known_desktops", _known_desktops(store))


def _known_desktops(store: Store) -> str:
    """Pin srv1's certificate behind each Edge Gateway, as FreeRDP writes it: host, port, SHA-256, issuer, subject.

    guacd 1.3 cannot be told to expect another name than the one it connects to, as xfreerdp can (``/cert:name``).
    So this very certificate is trusted, and no other. FreeRDP decodes the names (Base64) but compares the hash only.
    """
    certificate = x509.load_pem_x509_certificate(store.certificate("srv1").certificate.encode())
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":")
    names = " ".join(b64encode(f"CN = {name}".encode()).decode() for name in ("Recette lab CA", f"srv1.{DOMAIN}"))
    return "".join(f"{gateway} 3389 {fingerprint} {names}\n" for gateway in GATEWAYS)


ROLE = Role(
    name="html5",
    debian_packages=("guacd", "libguac-client-rdp0", "nodejs"),
    extra_suites=("bullseye",),
    stand_ins=("ipdiva-html5-gateway",),
    site_files=_site_files,
    setup=lambda _machine, _store: backups.SETUP,
    ready=READY,
)
