"""The client on a pilot: opens desktops for those who may, and says why for the others."""

from collections.abc import Iterator

import pytest

from targets.access import ssh
from targets.lab.machines import PORTAL_HOST
from targets.lab.store import Store
from tests.lab.resource_access import on

OTHER_AUTHORITY = "/etc/ssl/certs/ISRG_Root_X1.pem"
LAUNCH = f"ipdiva-client launch --login erin --portal https://{PORTAL_HOST}/ --application"


@pytest.fixture(scope="module")
def pilot(lab: Store) -> Iterator[ssh.Session]:
    way = ssh.Way("10.77.1.1", 22, "recette", lab.path / "known_hosts", key_file=lab.path / "id_ed25519")
    with ssh.connected(way, 10) as session:
        yield session


def launched(lab: Store, pilot: ssh.Session, application: str) -> ssh.Ran:
    return pilot.run(f"{LAUNCH} {application}", 30, lab.secret("erin").get_secret_value() + "\n")


def test_the_client_says_its_version(pilot: ssh.Session) -> None:
    assert pilot.run("ipdiva-client --version", 10).out == "ipdiva-client 4.5.0\n"


def test_the_service_knows_whether_the_portal_can_be_reached(lab: Store, pilot: ssh.Session) -> None:
    """It looks once a minute, and for the first time before the portal may be up."""
    on(lab, "pilot1", "systemctl restart ipdiva-client")
    told = "timeout 60 sh -c 'until grep -qx joignable /run/ipdiva-client/portal; do sleep 0.2; done'"
    assert pilot.run(told, 70).status == 0


def test_an_application_that_is_not_the_users_is_not_launched(lab: Store, pilot: ssh.Session) -> None:
    ran = launched(lab, pilot, "Unknown")
    assert (ran.status, ran.err) == (1, "The portal refused /applications/Unknown/open: 404 NOT FOUND.\n")


def test_an_application_of_another_kind_is_not_launched(lab: Store, pilot: ssh.Session) -> None:
    ran = launched(lab, pilot, "Intranet")
    assert (ran.status, ran.err) == (
        1,
        "The portal's launch ticket is not understood: is it an RDP application?\n",
    )


def test_a_portal_that_another_authority_certified_is_not_trusted(lab: Store, pilot: ssh.Session) -> None:
    site = "/etc/ipdiva/client.d/zz-other-authority.ini"
    on(lab, "pilot1", f"printf '[client]\\nauthorities = {OTHER_AUTHORITY}\\n' > {site}")
    try:
        ran = launched(lab, pilot, "Desktop")
    finally:
        on(lab, "pilot1", f"rm {site}")
    assert ran.status == 1
    assert "CERTIFICATE_VERIFY_FAILED" in ran.err


@pytest.mark.parametrize(
    ("name", "authorities", "complaint"),
    [
        ("other.cleanroom.test", "/etc/ssl/certs/ca-certificates.crt", "CERTIFICATE NAME MISMATCH"),
        ("srv1.cleanroom.test", OTHER_AUTHORITY, "unable to get local issuer certificate"),
    ],
)
def test_a_desktop_with_another_certificate_is_not_shown(
    pilot: ssh.Session, name: str, authorities: str, complaint: str
) -> None:
    show = f"client.show(client.Ticket('eg1.cleanroom.test', 3389, '{name}', 'erin'), 'secret', '{authorities}')"
    ran = pilot.run(f'PYTHONPATH=/usr/lib/ipdiva/client xvfb-run -a python3 -Bc "import client; {show}" 2>&1', 30)
    assert complaint in ran.out
