"""The identity provider of the federation: SimpleSAMLphp with one user, who is known nowhere else."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Iterable

from targets.lab.machines import PORTAL_HOST
from targets.lab.role import DOMAIN, Machine, Role, SiteFile
from targets.lab.store import Store
from targets.lab.template import render

BASE = f"https://idp.{DOMAIN}/simplesamlphp"
ENTITY_ID = f"{BASE}/saml2/idp/metadata.php"
FOLDER = "/etc/cleanroom-idp"
SETUP = """
a2enmod --quiet ssl headers
a2dissite --quiet 000-default
a2ensite --quiet cleanroom-idp
systemctl restart apache2
"""


def metadata(store: Store) -> str:
    """Give the identity provider's SAML metadata for its service providers."""
    certificate = _base64(store.signing_pair("idp").certificate)
    return render("identity/idp-metadata.xml", entity_id=ENTITY_ID, base=BASE, certificate=certificate)


def _site_files(_machine: Machine, store: Store) -> Iterable[SiteFile]:
    pair = store.signing_pair("idp")
    yield SiteFile(f"{FOLDER}/idp.crt", pair.certificate)
    yield _secret(f"{FOLDER}/idp.pem", pair.key)
    yield SiteFile(f"{FOLDER}/tls.pem", store.certificate("idp").pem, 0o600)
    yield _secret(f"{FOLDER}/authsources.php", _users(store))
    yield SiteFile(f"{FOLDER}/config.php", render("identity/config.php", folder=FOLDER))
    hosted = render("identity/saml20-idp-hosted.php", entity_id=ENTITY_ID)
    yield SiteFile(f"{FOLDER}/metadata/saml20-idp-hosted.php", hosted)
    yield SiteFile(f"{FOLDER}/metadata/saml20-sp-remote.php", _service_provider(store))
    site = render("identity/apache.conf", host=f"idp.{DOMAIN}", folder=FOLDER)
    yield SiteFile("/etc/apache2/sites-available/cleanroom-idp.conf", site)


def _secret(path: str, content: str) -> SiteFile:
    return SiteFile(path, content, 0o640, "root:www-data")


def _users(store: Store) -> str:
    return render("identity/authsources.php", password=store.secret("bob").get_secret_value())


def _service_provider(store: Store) -> str:
    return render(
        "identity/saml20-sp-remote.php",
        portal=f"https://{PORTAL_HOST}",
        signing=_base64(store.signing_pair("sp-signing").certificate),
        encryption=_base64(store.signing_pair("sp-encrypt").certificate),
    )


def _base64(pem: str) -> str:
    return b64encode(ssl.PEM_cert_to_DER_cert(pem)).decode()


ROLE = Role(
    name="identity",
    debian_packages=("apache2", "libapache2-mod-php", "php-xml", "simplesamlphp"),
    site_files=_site_files,
    setup=lambda _machine, _store: SETUP,
    ready=f"curl -fsS -o /dev/null --max-time 2 {ENTITY_ID}",
)
