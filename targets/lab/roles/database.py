"""The external database: PostgreSQL with the organization ``main``."""

from __future__ import annotations

import hashlib
import runpy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from targets.lab import backups
from targets.lab.machines import SERVERS
from targets.lab.role import DOMAIN, Machine, Role, SiteFile
from targets.lab.store import Store
from targets.lab.template import render

PORTAL_CODE = Path(__file__).parents[1] / (
    "packages/ipdiva-mediation-controller/root/usr/lib/python3/dist-packages/cleanroom_portal"
)
DATABASE = "org_main"
CONFIGURATION = "/etc/postgresql/15/main"
LOCAL_USERS = {
    "alice": ("staff", "admins"),
    "carol": ("staff",),
    "dave": ("staff",),
    "erin": ("staff",),
    "frank": ("staff",),
    "mallory": (),
}
FEDERATED_USERS = ("bob",)
CONSOLE_USER = "admin"


@dataclass(frozen=True)
class Application:
    """An application of the portal: ``resource`` is a path on the Edge Gateways, or a server's name."""

    name: str
    kind: str
    resource: str
    groups: tuple[str, ...] = ("staff",)


APPLICATIONS = (
    Application("Intranet", "web", "/intranet/"),
    Application("Admin notes", "web", "/notes/", ("admins",)),
    Application("Desktop", "rdp", f"srv1.{DOMAIN}"),
    Application("Desktop HTML5", "html5", f"srv1.{DOMAIN}"),
)


@dataclass(frozen=True)
class Account:
    """An account of a domain: ``local``, ``saml`` (no password here), or a controller's name for its console."""

    domain: str
    login: str
    password_hash: str | None
    groups: tuple[str, ...] = ()


def _site_files(_machine: Machine, store: Store) -> Iterable[SiteFile]:
    pair = store.certificate("db")
    yield SiteFile(f"{CONFIGURATION}/server.crt", pair.certificate)
    yield SiteFile(f"{CONFIGURATION}/server.key", pair.key, 0o600, "postgres:postgres")
    yield SiteFile(f"{CONFIGURATION}/conf.d/lab.conf", render("database/lab.conf", folder=CONFIGURATION))
    hba = render("database/lab_hba.conf", controllers=[one.address for one in _controllers()])
    yield SiteFile(f"{CONFIGURATION}/lab_hba.conf", hba, 0o640, "postgres:postgres")
    yield from backups.of_database(DATABASE)


def _setup(_machine: Machine, store: Store) -> str:
    made = render(
        "database/setup.sh",
        owner_password=_password(store, "database"),
        schema=render("database/schema.sql"),
        accounts=list(_accounts(store)),
        applications=APPLICATIONS,
        gateways=[_gateway(one) for one in SERVERS if one.component in ("edge gateway", "HTML5 gateway")],
    )
    return made + backups.SETUP


def _accounts(store: Store) -> Iterator[Account]:
    for login, groups in LOCAL_USERS.items():
        yield Account("local", login, password_hash(login, _password(store, login)), groups)
    for login in FEDERATED_USERS:
        yield Account("saml", login, None)
    for controller in _controllers():
        name = f"console-{controller.name}"
        yield Account(controller.name, CONSOLE_USER, password_hash(name, _password(store, name)))


@cache  # scrypt is slow by design, and the engine asks for the setup several times
def password_hash(name: str, password: str) -> str:
    """Hash as the portal does, with a salt that stays: the same store must give the same setup."""
    salt = hashlib.sha256(f"salt of {name}: {password}".encode()).digest()[:16]
    return str(runpy.run_path(str(PORTAL_CODE / "passwords.py"))["hash_password"](password, salt))


def _password(store: Store, name: str) -> str:
    return store.secret(name).get_secret_value()


def _controllers() -> list[Machine]:
    return [one for one in SERVERS if one.role == "controller"]


def _gateway(machine: Machine) -> tuple[str, str]:
    return machine.host, "html5" if machine.component == "HTML5 gateway" else "edge"


ROLE = Role(
    name="database",
    debian_packages=("postgresql-15",),
    site_files=_site_files,
    setup=_setup,
    ready=f"pg_isready --quiet --host db.{DOMAIN} --dbname org_main",
)
