"""The site files of controllers, database and identity provider agree with each other."""

import configparser
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from targets.lab.machines import SERVERS
from targets.lab.role import Machine, Role
from targets.lab.roles import controller, database, identity
from targets.lab.store import Store
from tests.unit.portal_code import portal_module

MC1, MC2 = (one for one in SERVERS if one.role == "controller")
ROLES = {"database": database.ROLE, "controller": controller.ROLE, "identity": identity.ROLE}
CARE = "/etc/ipdiva/care"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def setup(store: Store) -> str:
    """The database's script: made once, as it hashes many passwords."""
    machine = next(one for one in SERVERS if one.role == "database")
    return database.ROLE.setup(machine, store)


def site(role: Role, machine: Machine, store: Store) -> dict[str, str]:
    return {file.path: str(file.content) for file in role.site_files(machine, store)}


@pytest.mark.parametrize("machine", [one for one in SERVERS if one.role in ROLES], ids=lambda one: one.name)
def test_the_same_store_gives_the_same_machine(machine: Machine, store: Store) -> None:
    """Otherwise the lab would build its image anew each time."""
    role, again = ROLES[machine.role], Store(store.path)
    before = role.setup(machine, store)
    database.password_hash.cache_clear()
    assert role.setup(machine, again) == before
    assert site(role, machine, again) == site(role, machine, store)


def test_both_controllers_share_all_but_their_name_their_certificate_and_their_place(store: Store) -> None:
    one, two = (site(controller.ROLE, machine, store) for machine in (MC1, MC2))
    differ = {path for path in one if one[path] != two[path]}
    own = {f"{CARE}/tls/node.pem", f"{CARE}/apache-names.conf", "/etc/keepalived/keepalived.conf"}
    assert differ == own


def test_the_database_takes_the_password_that_the_controllers_have(setup: str, store: Store) -> None:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read_string(site(controller.ROLE, MC1, store)[f"{CARE}/databasesettings.ini"])
    assert f"ALTER ROLE cleanroom PASSWORD '{settings['database']['password']}'" in setup
    assert settings["database"]["sslmode"] == "verify-full"


@pytest.mark.parametrize("login", database.LOCAL_USERS)
def test_the_portal_accepts_the_password_of_each_local_user(login: str, setup: str, store: Store) -> None:
    stored = re.search(rf"VALUES \('local', '{login}', '(scrypt[^']+)'\)", setup)
    assert stored is not None
    assert portal_module("passwords").verify(store.secret(login).get_secret_value(), stored[1])


def test_the_federated_user_has_no_password_at_the_portal(setup: str, store: Store) -> None:
    assert "VALUES ('saml', 'bob', NULL)" in setup
    assert store.secret("bob").get_secret_value() not in setup


def test_no_password_of_a_user_is_told_to_the_database(setup: str, store: Store) -> None:
    script = setup
    assert not [login for login in database.LOCAL_USERS if store.secret(login).get_secret_value() in script]


def test_the_address_moves_when_the_masters_portal_is_dead_and_only_then(store: Store) -> None:
    """The check's weight beats the distance of the ranks; with both portals dead the order stays."""
    master, slave = (priority(machine, store) for machine in (MC1, MC2))
    weight = int(re.findall(r"weight (-\d+)", keepalived(MC1, store))[0])
    assert master + weight < slave < master
    assert slave + weight < master + weight


def test_the_controllers_name_each_other_as_peers(store: Store) -> None:
    assert re.search(rf"unicast_peer {{\s+{MC2.address}\s+}}", keepalived(MC1, store))
    assert re.search(rf"unicast_peer {{\s+{MC1.address}\s+}}", keepalived(MC2, store))


def test_service_provider_and_identity_provider_know_each_other(store: Store) -> None:
    files = site(controller.ROLE, MC1, store)
    metadata = ET.fromstring(files["/etc/shibboleth/idp-metadata.xml"])  # noqa: S314 - our own template
    assert metadata.attrib["entityID"] == identity.ENTITY_ID
    assert f'SSO entityID="{identity.ENTITY_ID}"' in files["/etc/shibboleth/shibboleth2.xml"]
    idp = site(identity.ROLE, next(one for one in SERVERS if one.role == "identity"), store)
    remote = idp[f"{identity.FOLDER}/metadata/saml20-sp-remote.php"]
    assert f"$metadata['{controller.ENTITY_ID}']" in remote
    assert one_line(files["/etc/shibboleth/sp-signing-cert.pem"]) in remote
    assert one_line(idp[f"{identity.FOLDER}/idp.crt"]) in files["/etc/shibboleth/idp-metadata.xml"]


def test_the_html5_key_is_256_bits(store: Store) -> None:
    assert re.fullmatch("[0-9a-f]{64}", controller.html5_key(store))


def test_the_package_owns_no_site_file(store: Store) -> None:
    """What this site has set must survive an upgrade."""
    tree = Path(database.PORTAL_CODE.parents[4])
    packaged = {f"/{path.relative_to(tree)}" for path in tree.rglob("*") if path.is_file()}
    assert packaged.isdisjoint(site(controller.ROLE, MC1, store))


def keepalived(machine: Machine, store: Store) -> str:
    return site(controller.ROLE, machine, store)["/etc/keepalived/keepalived.conf"]


def priority(machine: Machine, store: Store) -> int:
    return int(re.findall(r"priority (\d+)", keepalived(machine, store))[0])


def one_line(pem: str) -> str:
    return "".join(pem.splitlines()[1:-1])
