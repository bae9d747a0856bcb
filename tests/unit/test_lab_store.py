import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from targets.lab import pki
from targets.lab.machines import SERVERS, WINDOWS_PILOT, hosts, machines
from targets.lab.pki import ssh_public
from targets.lab.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_a_secret_stays_the_same_and_differs_from_others(store: Store) -> None:
    assert store.secret("alice") == store.secret("alice") != store.secret("bob")


def test_a_secret_shows_as_stars(store: Store) -> None:
    assert str(store.secret("alice")) == "**********"


def test_secrets_and_keys_are_for_their_owner_only(store: Store) -> None:
    store.secret("alice")
    store.certificate("eg1")
    store.ssh_user_key()
    private = [store.path / name for name in ("secrets/alice", "tls/eg1.pem", "tls/ca.pem", "id_ed25519")]
    assert [stat.S_IMODE(path.stat().st_mode) for path in private] == [0o600] * 4


def test_threads_that_make_the_same_key_at_once_all_get_the_first_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers = 4
    all_have_made_one = Barrier(makers, timeout=60)

    def made() -> str:
        key = make()
        all_have_made_one.wait()
        return key

    make = pki.ssh_key
    monkeypatch.setattr(pki, "ssh_key", made)
    with ThreadPoolExecutor(makers) as pool:
        keys = set(pool.map(store.ssh_host_key, ["eg1"] * makers))
    assert keys == {store.ssh_host_key("eg1")}
    assert [path.name for path in (store.path / "ssh").iterdir()] == ["eg1"]


def test_the_ca_certificate_is_kept_without_its_key(store: Store) -> None:
    assert store.ca == (store.path / "ca.pem").read_text()
    assert "PRIVATE" not in store.ca


def test_known_hosts_give_srv1s_key_for_port_2222_of_the_edge_gateways(store: Store) -> None:
    store.write_known_hosts(SERVERS)
    lines = (store.path / "known_hosts").read_text().splitlines()
    srv1 = ssh_public(store.ssh_host_key("srv1"))
    assert f"[eg1.cleanroom.test]:2222,[10.77.0.21]:2222 {srv1}" in lines
    assert f"srv1,srv1.cleanroom.test,10.77.0.51 {srv1}" in lines


def test_hosts_name_every_machine_and_the_portal() -> None:
    rendered = hosts(machines(1)).splitlines()
    assert "10.77.0.10 portal.cleanroom.test" in rendered
    assert "10.77.1.1 pilot1.cleanroom.test pilot1" in rendered
    assert len(rendered) == len(SERVERS) + 2


def test_the_number_of_pilots_is_a_parameter_within_bounds() -> None:
    assert [one.name for one in machines(3)][-3:] == ["pilot1", "pilot2", "pilot3"]
    for wrong in (-1, 201):
        with pytest.raises(ValueError, match="0 to 200 pilots"):
            machines(wrong)


def test_the_windows_pilot_is_there_only_when_asked_for() -> None:
    assert set(machines(2, with_windows=True)) - set(machines(2)) == {WINDOWS_PILOT}
