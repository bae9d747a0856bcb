"""Which subjects a kind stands for, and whom each of them blames."""

from __future__ import annotations

import pytest

from targets.model.components import Component
from targets.model.machines import Machine
from targets.model.services import Portal, PortThrough, SshDirectAccess, WebThrough
from targets.model.target import Target
from targets.subject import Cluster
from targets.subjects import KINDS, UnknownKindError, subjects

SERVERS = [
    ("mc1", "mediation controller", "mc1"),
    ("mc2", "mediation controller", "mc2"),
    ("eg1", "edge gateway", "eg1"),
    ("eg2", "edge gateway", "eg2"),
    ("html5", "HTML5 gateway", "html5"),
]
EVERY_MACHINE = [
    *SERVERS,
    ("srv1", "recording agent", "srv1"),
    ("pilot1", "client", "pilot1"),
    ("pilot2", "client", "pilot2"),
]
EXPECTED = {
    "portal": [("portal", "mediation controller", None)],
    "refused_sign_in": [("portal", "mediation controller", None)],
    "portal_on_controller": [("mc1", "mediation controller", "mc1"), ("mc2", "mediation controller", "mc2")],
    "cluster_with_portal": [("cluster", "mediation controller", None)],
    "logged_portal": [("portal", "mediation controller", None)],
    "federation": [("organization", "mediation controller", None)],
    "tried_federation": [("organization", "mediation controller", None)],
    "federation_on_controller": [
        ("organization on mc1", "mediation controller", "mc1"),
        ("organization on mc2", "mediation controller", "mc2"),
    ],
    "web_application": [("Intranet", "edge gateway", None), ("Admin notes", "edge gateway", None)],
    "web_through": [
        ("Intranet via eg1", "edge gateway", "eg1"),
        ("Intranet via eg2", "edge gateway", "eg2"),
        ("Admin notes via eg1", "edge gateway", "eg1"),
        ("Admin notes via eg2", "edge gateway", "eg2"),
    ],
    "ssh_direct_access": [
        ("srv1-ssh via eg1", "edge gateway", "eg1"),
        ("srv1-ssh via eg2", "edge gateway", "eg2"),
    ],
    "recorded_ssh_direct_access": [
        ("srv1-ssh via eg1", "recording agent", "srv1"),
        ("srv1-ssh via eg2", "recording agent", "srv1"),
    ],
    "recording_gateway": [("eg1", "edge gateway", "eg1"), ("eg2", "edge gateway", "eg2")],
    "recorded_desktop": [
        ("srv1-rdp via eg1", "recording agent", "srv1"),
        ("srv1-rdp via eg2", "recording agent", "srv1"),
        ("Desktop", "recording agent", "srv1"),
        ("Desktop HTML5", "recording agent", "srv1"),
    ],
    "surviving_file": [
        ("srv1-ssh via eg1", "edge gateway", "eg1"),
        ("srv1-ssh via eg2", "edge gateway", "eg2"),
    ],
    "rdp_direct_access": [
        ("srv1-rdp via eg1", "edge gateway", "eg1"),
        ("srv1-rdp via eg2", "edge gateway", "eg2"),
    ],
    "rdp_application": [("Desktop", "client", "pilot1")],
    "html5_application": [("Desktop HTML5", "HTML5 gateway", "html5")],
    "server": EVERY_MACHINE,
    "linux_machine": EVERY_MACHINE,
    "configured_machine": [
        ("mc1", "mediation controller", "mc1"),
        ("mc2", "mediation controller", "mc2"),
        ("eg1", "edge gateway", "eg1"),
        ("eg2", "edge gateway", "eg2"),
        ("html5", "HTML5 gateway", "html5"),
        ("srv1", "recording agent", "srv1"),
    ],
    "controller": [("mc1", "mediation controller", "mc1"), ("mc2", "mediation controller", "mc2")],
    "console": [("mc1", "mediation controller", "mc1"), ("mc2", "mediation controller", "mc2")],
    "delivered_console": [("mc1", "mediation controller", "mc1"), ("mc2", "mediation controller", "mc2")],
    "cluster": [("cluster", "mediation controller", None)],
    "event_log": [],
    "shown_release": [],
    "upgraded_component": [
        ("client", "client", None),
        ("recording agent", "recording agent", "srv1"),
        ("mediation controller", "mediation controller", None),
        ("edge gateway", "edge gateway", None),
        ("HTML5 gateway", "HTML5 gateway", "html5"),
    ],
    "upgrade": [("upgrade", "mediation controller", None)],
    "watched_service": [
        ("portal", "mediation controller", None),
        ("organization: sign-in", "mediation controller", None),
        ("organization: metadata", "mediation controller", None),
        ("Intranet via eg1", "edge gateway", "eg1"),
        ("Intranet via eg2", "edge gateway", "eg2"),
        ("Admin notes via eg1", "edge gateway", "eg1"),
        ("Admin notes via eg2", "edge gateway", "eg2"),
        ("srv1-ssh via eg1", "edge gateway", "eg1"),
        ("srv1-ssh via eg2", "edge gateway", "eg2"),
        ("srv1-rdp via eg1", "edge gateway", "eg1"),
        ("srv1-rdp via eg2", "edge gateway", "eg2"),
        ("Desktop HTML5", "HTML5 gateway", "html5"),
        ("mc1: console", "mediation controller", "mc1"),
        ("mc2: console", "mediation controller", "mc2"),
        ("eg1: recordings", "edge gateway", "eg1"),
        ("eg2: recordings", "edge gateway", "eg2"),
        ("db: PostgreSQL", "mediation controller", None),
    ],
    "continuous_service": [
        ("Intranet", "edge gateway", None),
        ("Admin notes", "edge gateway", None),
        ("srv1-ssh", "edge gateway", None),
        ("srv1-rdp", "edge gateway", None),
    ],
    "clientless_service": [
        ("Intranet via eg1", "edge gateway", "eg1"),
        ("Intranet via eg2", "edge gateway", "eg2"),
        ("Admin notes via eg1", "edge gateway", "eg1"),
        ("Admin notes via eg2", "edge gateway", "eg2"),
        ("Desktop HTML5", "HTML5 gateway", "html5"),
    ],
    "pilot": [("srv1", "recording agent", "srv1"), ("pilot1", "client", "pilot1"), ("pilot2", "client", "pilot2")],
    "pilot_with_configuration": [
        ("srv1", "recording agent", "srv1"),
        ("pilot1", "client", "pilot1"),
        ("pilot2", "client", "pilot2"),
    ],
    "client_pilot": [("Desktop on pilot1", "client", "pilot1"), ("Desktop on pilot2", "client", "pilot2")],
    "qualifying_ssh_session": [
        ("srv1-ssh via eg1", "recording agent", "srv1"),
        ("srv1-ssh via eg2", "recording agent", "srv1"),
    ],
    "qualifying_rdp_session": [
        ("srv1-rdp via eg1", "recording agent", "srv1"),
        ("srv1-rdp via eg2", "recording agent", "srv1"),
    ],
    "qualifying_html5_session": [("Desktop HTML5", "recording agent", "srv1")],
    "agent_pilot_to_gateway": [
        ("srv1 to eg1", "recording agent", "srv1"),
        ("srv1 to eg2", "recording agent", "srv1"),
    ],
    "held_session": [
        ("portal session", "mediation controller", None),
        ("srv1-ssh session via eg1", "edge gateway", "eg1"),
        ("srv1-ssh session via eg2", "edge gateway", "eg2"),
        ("Desktop HTML5 session", "HTML5 gateway", "html5"),
    ],
    "apt_machine": EVERY_MACHINE,
    "debian_server": SERVERS,
    "server_among_others": SERVERS,
    "backup": [
        ("mc1 files", "mediation controller", "mc1"),
        ("mc2 files", "mediation controller", "mc2"),
        ("eg1 files", "edge gateway", "eg1"),
        ("eg2 files", "edge gateway", "eg2"),
        ("html5 files", "HTML5 gateway", "html5"),
        ("main organization", "mediation controller", "db"),
        ("main organization as SQL", "mediation controller", "db"),
    ],
    "restorable_backup": [("main organization", "mediation controller", "db")],
    "download": [("client installer", "client", "repo"), ("agent installer", "recording agent", "repo")],
    "signed_download": [("client installer", "client", "repo"), ("agent installer", "recording agent", "repo")],
}


def _changed(target: Target, **values: object) -> Target:
    return target.model_copy(update=values)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_stands_for_these_subjects_of_the_lab(lab: Target, kind: str) -> None:
    found = [(subject.name, subject.component.value, subject.machine) for subject in subjects(lab, kind)]
    assert found == EXPECTED[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_subjects_of_a_kind_have_names_of_their_own(lab: Target, kind: str) -> None:
    names = [subject.name for subject in subjects(lab, kind)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", KINDS)
def test_a_target_without_services_has_no_subjects(lab: Target, kind: str) -> None:
    empty = Target(name="empty", releases=lab.releases)
    assert subjects(empty, kind) == []


def test_an_unknown_kind_is_refused_with_those_that_exist(lab: Target) -> None:
    with pytest.raises(
        UnknownKindError, match=r"@each:portals is no kind of subject; allowed: portal, .*, cluster, .*"
    ):
        subjects(lab, "portals")


def test_only_what_the_target_declares_is_a_subject(lab: Target) -> None:
    assert lab.portal
    access = next(access for access in lab.direct_accesses if isinstance(access, SshDirectAccess))
    bare = _changed(
        lab,
        portal=lab.portal.model_copy(update={"refused_user": None}),
        direct_accesses=(access.model_copy(update={"survivor": None, "recorded": False}),),
        machines=(lab.machine("mc1").model_copy(update={"console": None, "packages": ()}),),
    )
    kinds = ("refused_sign_in", "surviving_file", "recorded_ssh_direct_access", "console", "server", "cluster")
    assert {kind: subjects(bare, kind) for kind in kinds} == {kind: [] for kind in kinds}


def test_a_machine_without_component_is_no_server_of_the_platform(lab: Target) -> None:
    resource = lab.machine("srv1").model_copy(update={"component": None})
    assert subjects(_changed(lab, machines=(resource,)), "server") == []


def test_no_agent_is_blamed_by_name_where_there_are_several(lab: Target) -> None:
    second = lab.machine("srv1").model_copy(update={"name": "srv2"})
    blamed = subjects(_changed(lab, machines=(*lab.machines, second)), "recorded_ssh_direct_access")
    assert {(subject.component, subject.machine) for subject in blamed} == {(Component.RECORDING_AGENT, None)}


def test_a_subject_hands_over_its_payload_and_way(lab: Target) -> None:
    [first, _] = subjects(lab, "ssh_direct_access")
    assert first.a(SshDirectAccess).user == "carol"
    assert first.way(PortThrough).host == "eg1.cleanroom.test"
    [cluster] = subjects(lab, "cluster")
    assert [machine.name for machine in cluster.a(Cluster).controllers] == ["mc1", "mc2"]


def test_a_subject_refuses_to_be_taken_for_another(lab: Target) -> None:
    [portal] = subjects(lab, "portal")
    with pytest.raises(TypeError, match="kind portal holds a Portal, not a Machine"):
        portal.a(Machine)
    with pytest.raises(TypeError, match="NoneType, not a WebThrough"):
        portal.way(WebThrough)
    assert portal.a(Portal) is lab.portal
