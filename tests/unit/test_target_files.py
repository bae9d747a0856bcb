"""The target files of this checkout, and the schema that editors read them with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest

from targets import schema
from targets.lab.machines import PORTAL_ADDRESS, PORTAL_HOST, WINDOWS_PILOT, machines
from targets.loader import TARGETS, load, ours_by_name
from targets.model.components import Component
from targets.model.services import Html5Application, RdpApplication, RdpDirectAccess
from targets.model.target import Target
from targets.subjects import KINDS, subjects
from tests.unit.target_samples import HOST_KEY, LAB_STORE, certificate, lab_copy, private


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The example, as on an administrator's machine where all that it names is there."""
    for name in ("MALLORY", "BOB", "CAROL", "DELIVERED"):
        monkeypatch.setenv(f"RECETTE_{name}", name.lower())
    monkeypatch.setattr(keyring, "get_password", lambda service, user: f"{service}, {user}")
    folder = tmp_path / "example"
    private(folder / "dave.secret", "dave")
    private(folder / "vendor.asc", "a public key")
    private(folder / "id_ed25519", "a key")
    (folder / "known_hosts").write_text(f"mc1.example.com {HOST_KEY}\n")
    for name in ("ca", "idp"):
        (folder / f"{name}.pem").write_text(certificate(name)[0])
    (folder / "workstations.csv").write_text("operating_system,architecture,security_product,role\na,b,c,d\n")
    (folder / "servers.ini").write_text("srv1 operating_system=a architecture=b security_product=c role=d\n")
    copy = tmp_path / "example.yaml"
    copy.write_bytes((TARGETS / "example.yaml").read_bytes())
    return load(copy).target


def test_the_schema_in_its_file_is_current() -> None:
    """If not: python -m targets.schema."""
    assert schema.SCHEMA_FILE.read_text(encoding="utf-8") == schema.text()


def _fields(of: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for shape in of["$defs"].values():
        yield from shape.get("properties", {}).items()
    yield from of["properties"].items()


def test_the_schema_describes_every_field() -> None:
    silent = [name for name, shape in _fields(json.loads(schema.text())) if not shape.get("description")]
    assert silent == []


@pytest.mark.parametrize("name", ours_by_name())
def test_a_target_file_tells_editors_its_schema(name: str) -> None:
    first = (TARGETS / f"{name}.yaml").read_text().splitlines()[0]
    assert first == f"# yaml-language-server: $schema={schema.SCHEMA_FILE.name}"


def test_the_example_gives_every_kind_of_subject(example: Target) -> None:
    assert [kind for kind in KINDS if not subjects(example, kind)] == []


def test_the_example_shows_every_key_that_there_is(example: Target) -> None:
    text = (TARGETS / "example.yaml").read_text()
    known = {name for name, _ in _fields(json.loads(schema.text()))}
    assert {name for name in known if not re.search(rf"\b{name}:\s", text)} == set()
    assert example.title


def test_the_lab_has_every_kind_of_subject_but_those_that_need_a_person(lab: Target) -> None:
    assert [kind for kind in KINDS if not subjects(lab, kind)] == ["event_log", "shown_release"]


def test_the_target_lab_is_the_one_that_lab_up_makes(lab: Target) -> None:
    """Names, addresses, components and roles are those of targets/lab/machines.py; nothing is read of the idp."""
    made = machines(pilots=2)
    assert {name: str(address) for name, address in lab.names.items()} == (
        {machine.host: machine.address for machine in made} | {PORTAL_HOST: PORTAL_ADDRESS}
    )
    described = {(machine.name, machine.address, machine.component, machine.role) for machine in lab.machines}
    assert described == {
        (
            machine.name,
            machine.host,
            Component(machine.component) if machine.component else None,
            (machine.rank or "").lower() or None,
        )
        for machine in made
        if machine.name != "idp"
    }


def test_the_target_of_the_windows_pilot_is_the_one_that_lab_up_makes(tmp_path: Path) -> None:
    made, folder = WINDOWS_PILOT, lab_copy(tmp_path).parent
    copy = folder / "lab-windows.yaml"
    copy.write_text((TARGETS / "lab-windows.yaml").read_text().replace(LAB_STORE, str(folder)))
    target = load(copy).target
    assert {name: str(address) for name, address in target.names.items()} == {made.host: made.address}
    described = [(one.name, one.address, one.component, one.system) for one in target.machines]
    assert described == [(made.name, made.host, Component.CLIENT, "windows")]


def test_each_desktop_of_the_lab_has_a_user_and_a_file_of_its_own(lab: Target) -> None:
    """So that sessions exercised at the same time neither end one another nor prove one another's keyboard."""
    desktops: list[RdpDirectAccess | RdpApplication | Html5Application] = [
        *(access for access in lab.direct_accesses if isinstance(access, RdpDirectAccess)),
        *lab.rdp_applications,
        *lab.html5_applications,
    ]
    assert len({desktop.user for desktop in desktops}) == len({desktop.proof.file for desktop in desktops}) == 3
    assert all(desktop.proof.file in desktop.proof.type for desktop in desktops)


def test_the_desktop_that_the_watch_holds_is_no_phase_s(lab: Target) -> None:
    """The demo qualifies while it watches: one user's second session would take over the first."""
    opened = {desktop.user for desktop in (*lab.direct_accesses, *lab.rdp_applications, *lab.html5_applications)}
    assert not {application.held_by for application in lab.html5_applications} & {None, *opened}
