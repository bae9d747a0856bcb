"""The new client is qualified on a pilot with Windows' own commands, registry, services and installer (Wine's)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands.phases import Outcome
from reports.blame import place
from reports.decision import Word, decisions
from reports.records import Phase
from reports.results import Result
from reports.verdicts import RunVerdict, Verdict
from targets.access.facts import Facts, Service
from targets.access.platform import Platform
from targets.lab import lab as engine
from targets.lab import machine, upgrade
from targets.lab.lab import place_of
from targets.lab.machines import WINDOWS_PILOT
from targets.lab.store import Store
from targets.loader import load
from tests.lab.conftest import silent
from tests.lab.site import Site

TARGET = Path(__file__).parents[2] / "targets/lab-windows.yaml"
NAME = WINDOWS_PILOT.name
PATIENCE = 60.0
LONGEST = 120.0
CLIENT = "CleanroomClient"
FOLDER = r"C:\ProgramData\Cleanroom"
SETTINGS, LOG = rf"{FOLDER}\client.ini", rf"{FOLDER}\client.log"
KEPT_SETTINGS, KEPT_LOG = r"C:\client.ini", r"C:\client.log"
STARTS = rf"reg add HKLM\SYSTEM\CurrentControlSet\Services\{CLIENT} /v Start /t REG_DWORD /f /d"
INSTALLERS = r"Z:\usr\share\ipdiva\windows-client"


def windows(*commands: str) -> str:
    """Return the shell script that gives Windows one command after the other."""
    return "".join(f"windows {shlex.quote(command)} < /dev/null\n" for command in commands)


RESTARTED = windows(f"net stop {CLIENT}", f"net start {CLIENT}")
ERROR_IS_LOGGED = windows(f'findstr /n /i /c:"ERROR" {LOG}')
UNTIL_AN_ERROR = f"timeout {PATIENCE:.0f} sh -c {shlex.quote(f'until {ERROR_IS_LOGGED.strip()}; do sleep 0.2; done')}\n"


@dataclass(frozen=True)
class Break:
    """How the pilot is hurt and mended, which criteria must fail then, and what must be in each reason."""

    story: str
    hurts: str
    mends: str
    failed: frozenset[str]
    words: str


BREAKS = [
    Break(
        "the release before is still there",
        windows(rf"msiexec /x {INSTALLERS}\client-4.6.0.msi /qn", rf"msiexec /i {INSTALLERS}\client-4.5.0.msi /qn"),
        windows(rf"msiexec /i {INSTALLERS}\client-4.6.0.msi /qn"),
        frozenset({"QUAL-01"}),
        "release 4.6.0 is expected on pilot-win",
    ),
    Break(
        "the service is stopped",
        windows(f"net stop {CLIENT}"),
        windows(f"net start {CLIENT}"),
        frozenset({"QUAL-02", "QUAL-05"}),  # what stopped is also what ran before
        "Client",
    ),
    Break(
        "the service will not start with the machine",
        windows(f"{STARTS} 4"),
        windows(f"{STARTS} 2"),
        frozenset({"QUAL-02"}),
        "CleanroomClient is active and disabled",
    ),
    Break(
        "the configuration was replaced",
        windows(f"copy {SETTINGS} {KEPT_SETTINGS}", f"echo [client]> {SETTINGS}"),
        windows(f"move /y {KEPT_SETTINGS} {SETTINGS}"),
        frozenset({"QUAL-03"}),
        "client.ini",
    ),
    Break(
        "the configuration is gone",
        windows(f"move {SETTINGS} {KEPT_SETTINGS}"),
        windows(f"move {KEPT_SETTINGS} {SETTINGS}"),
        frozenset({"QUAL-03"}),
        "ERROR_FILE_NOT_FOUND",
    ),
    Break(
        "the client logs an error that is new",
        windows(f"copy {LOG} {KEPT_LOG}", f"move {SETTINGS} {KEPT_SETTINGS}")
        + RESTARTED
        + UNTIL_AN_ERROR
        + windows(f"move {KEPT_SETTINGS} {SETTINGS}"),
        windows(f"move /y {KEPT_LOG} {LOG}"),
        frozenset({"QUAL-04"}),
        "client.ini names no portal",
    ),
    Break(
        "another service of the machine does not run any more",
        windows("net stop PlugPlay"),
        windows("net start PlugPlay"),
        frozenset({"QUAL-05"}),
        "lost Plug and Play Service",
    ),
]


@dataclass(frozen=True)
class Upgraded:
    """The pilot that got the new client, and what it said before and after."""

    store: Store
    site: Site
    before: Facts
    after: Facts


@pytest.fixture(scope="module")
def upgraded(lab_of_its_module: Store, tmp_path_factory: pytest.TempPathFactory) -> Upgraded:
    """Give a pilot that was measured, and then got the new client as the lab's upgrade brings it."""
    store, site = lab_of_its_module, Site(tmp_path_factory.mktemp("site"), TARGET)
    engine.up(store, silent, 0, ("repo", NAME), with_windows=True)
    assert site.run(Phase.BASELINE).run.verdict is RunVerdict.GO
    before = facts()
    upgrade.upgrade(store, silent)
    return Upgraded(store, site, before, facts())


def facts() -> Facts:
    """Return what the pilot says of itself by SSH."""
    target = load(TARGET).target
    with Platform(target, {}, before_upgrade=True) as platform:
        return platform.facts(target.machine(NAME))


@contextmanager
def broken(store: Store, how: Break) -> Iterator[None]:
    """Break the pilot, and mend it whatever happens meanwhile."""
    pilot = place_of(store, NAME)
    try:
        machine.inside(pilot, how.hurts, LONGEST)
        yield
    finally:
        machine.inside(pilot, how.mends, LONGEST)
        engine.wait_until_ready(store, WINDOWS_PILOT)


def judged(outcome: Outcome) -> list[Result]:
    return [each for each in outcome.run.results if each.verdict is not Verdict.NOT_APPLICABLE]


def unqualified(outcome: Outcome) -> dict[str, str]:
    return {each.criterion: place(each) for each in judged(outcome) if each.verdict is not Verdict.PASSED}


def test_facts_of_both_releases_come_from_windows_own_commands(upgraded: Upgraded) -> None:
    for found, release in ((upgraded.before, "4.5.0"), (upgraded.after, "4.6.0")):
        assert found.hostname == "PILOT-WIN"
        assert [(each.name, each.version) for each in found.packages] == [("Cleanroom Client", release)]
        assert found.services == (Service(CLIENT, "active", "enabled"),)
        assert found.pilot is not None
        assert found.pilot.running.count("Cleanroom Client") == 1
        assert found.pilot.errors == ()
        assert found.pilot.log_unread == ""


def test_what_windows_says_of_a_file_is_its_hash(upgraded: Upgraded) -> None:
    path = "/var/lib/windows/drive_c/ProgramData/Cleanroom/client.ini"
    computed = machine.inside(place_of(upgraded.store, NAME), f"sha256sum {path}").split()[0]
    assert upgraded.after.pilot is not None
    assert upgraded.after.pilot.configuration == {SETTINGS: computed}


def test_a_windows_pilot_with_the_new_release_is_qualified(upgraded: Upgraded) -> None:
    qualified = upgraded.site.run(Phase.QUALIFY)
    assert unqualified(qualified) == {}
    assert {result.criterion for result in judged(qualified)} == {f"QUAL-0{n}" for n in range(1, 6)}
    assert qualified.verdict is RunVerdict.GO
    assert [(each.component, each.word) for each in decisions(qualified.run)] == [("client", Word.RELEASE)]


@pytest.mark.parametrize("how", BREAKS, ids=lambda how: how.story)
def test_what_breaks_on_a_windows_pilot_holds_the_client(how: Break, upgraded: Upgraded) -> None:
    with broken(upgraded.store, how):
        outcome = upgraded.site.run(Phase.QUALIFY)
    assert unqualified(outcome) == dict.fromkeys(how.failed, "client on pilot-win")
    reasons = [result.reason or "" for result in outcome.run.results if result.verdict is Verdict.FAILED]
    assert len(reasons) == len(how.failed)
    assert [reason for reason in reasons if how.words not in reason] == []
    assert outcome.verdict is RunVerdict.NO_GO
    assert [each.word for each in decisions(outcome.run)] == [Word.HOLD]


def test_the_upgrade_of_a_windows_pilot_is_marked_as_any_other(upgraded: Upgraded) -> None:
    marks = (upgraded.store.path / "marks.jsonl").read_text()
    assert [f'"machine": "{NAME}", "what": "{what}"' in marks for what in ("begin", "end")] == [True, True]
