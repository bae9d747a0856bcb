"""Mediation controllers: the portal behind Apache with Shibboleth, and keepalived with the floating address."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable

from targets.lab import backups
from targets.lab.machines import PORTAL_ADDRESS, PORTAL_HOST, SERVERS
from targets.lab.role import DOMAIN, Machine, Role, SiteFile
from targets.lab.roles import identity
from targets.lab.store import Store
from targets.lab.template import render

CARE = "/etc/ipdiva/care"
ENTITY_ID = f"https://{PORTAL_HOST}/shibboleth"
DELIVERED = "setup"
"""The account of a console that appliances are delivered with; here, as it should be, it is gone."""
PRIORITY = {"MASTER": 150, "SLAVE": 140}
READY = (
    "systemctl is-active --quiet shibd keepalived ipdiva-mediation-controller"
    f" && curl -fsS -o /dev/null --max-time 2 https://$(hostname -f)/health https://{PORTAL_HOST}/health"
)


def html5_key(store: Store) -> str:
    """Give the key, 64 hexadecimal digits, that the portal shares with the HTML5 Gateway."""
    return _key(store, "html5-key").hex()


def _site_files(machine: Machine, store: Store) -> Iterable[SiteFile]:
    yield _secret(f"{CARE}/databasesettings.ini", _database_settings(store))
    yield _secret(f"{CARE}/html5.key", html5_key(store) + "\n")
    yield SiteFile(f"{CARE}/tls/portal.pem", store.certificate("portal").pem, 0o600)
    yield SiteFile(f"{CARE}/tls/node.pem", store.certificate(machine.name).pem, 0o600)
    names = f"Define PORTAL_HOST {PORTAL_HOST}\nDefine NODE_HOST {machine.host}\n"
    yield SiteFile(f"{CARE}/apache-names.conf", names)
    yield SiteFile("/etc/keepalived/keepalived.conf", _keepalived(machine))
    yield from _shibboleth(store)
    yield from backups.of_files()


def _key(store: Store, name: str) -> bytes:
    return hashlib.sha256(store.secret(name).get_secret_value().encode()).digest()


def _secret(path: str, content: str) -> SiteFile:
    return SiteFile(path, content, 0o640, "root:ipdiva")


def _database_settings(store: Store) -> str:
    password = store.secret("database").get_secret_value()
    return render("controller/databasesettings.ini", host=f"db.{DOMAIN}", password=password)


def _keepalived(machine: Machine) -> str:
    peers = [one.address for one in SERVERS if one.role == "controller" and one != machine]
    assert machine.rank is not None, f"{machine.name} has no rank in its pair"  # noqa: S101 - for the type checker
    return render(
        "controller/keepalived.conf",
        machine=machine,
        priority=PRIORITY[machine.rank],
        peers=peers,
        address=PORTAL_ADDRESS,
    )


def _shibboleth(store: Store) -> Iterable[SiteFile]:
    names = {"entity_id": ENTITY_ID, "idp_entity_id": identity.ENTITY_ID, "portal": PORTAL_HOST, "domain": DOMAIN}
    yield SiteFile("/etc/shibboleth/shibboleth2.xml", render("controller/shibboleth2.xml", **names))
    yield SiteFile("/etc/shibboleth/idp-metadata.xml", identity.metadata(store))
    sealer = f"1:{b64encode(_key(store, 'shibboleth-sealer')).decode()}\n"
    yield SiteFile("/etc/shibboleth/sealer.keys", sealer, 0o600, "_shibd:_shibd")
    for use in ("sp-signing", "sp-encrypt"):
        pair = store.signing_pair(use)
        yield SiteFile(f"/etc/shibboleth/{use}-cert.pem", pair.certificate)
        yield SiteFile(f"/etc/shibboleth/{use}-key.pem", pair.key, 0o600, "_shibd:_shibd")


ROLE = Role(
    name="controller",
    debian_packages=(
        "apache2",
        "libapache2-mod-shib",
        "libapache2-mod-wsgi-py3",
        "python3-flask",
        "python3-psycopg2",
        "python3-cryptography",
        "keepalived",
        "curl",
    ),
    stand_ins=("ipdiva-mediation-controller",),
    site_files=_site_files,
    setup=lambda _machine, _store: backups.SETUP,
    ready=READY,
)
