"""The new client and agent are qualified on pilots that really get them; what breaks there holds its component back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from commands.phases import Outcome, execute
from reports.decision import Word, decisions
from reports.records import Phase, RunVerdict, Verdict
from reports.verdict import place
from targets.lab import lab as engine
from targets.lab import machine, pki, upgrade
from targets.lab.installed import role_of
from targets.lab.lab import place_of
from targets.lab.machines import machines
from targets.lab.store import Store
from tests.lab.conftest import silent

TARGET = Path(__file__).parents[2] / "targets/lab.yaml"
LIMITS = "limits: {recording: 15}\n"
"""Shorter than a user's, since a recording that is missing is waited for to the end."""
PATIENCE = 30.0
PILOTS = ("pilot1", "pilot2", "srv1")
CLIENT, AGENT = "client on {}", "recording agent on srv1"
AGENT_SETTINGS = "/etc/ipdiva/recording-agent"
ROLES = {one.name: role_of(one) for one in machines()}


def drop_in(unit: str, words: str) -> tuple[str, str]:
    """Return how a unit is changed by a drop-in, and how it is changed back."""
    folder = f"/etc/systemd/system/{unit}.service.d"
    again = f"systemctl daemon-reload\nsystemctl reset-failed {unit} || :\nsystemctl restart {unit}\n"
    return f"mkdir -p {folder}\ncat > {folder}/broken.conf <<'END'\n{words}END\n{again}", f"rm -rf {folder}\n{again}"


def edited(path: str, command: str, then: str = "") -> tuple[str, str]:
    """Return how a file is changed by a command, and how it is put back."""
    return f"cp -a {path} {path}.whole\n{command}\n{then}", f"mv {path}.whole {path}\n{then}"


RESTART_AGENT = "systemctl reset-failed ipdiva-recording-agent || :\nsystemctl restart ipdiva-recording-agent\n"


@dataclass(frozen=True)
class Break:
    """How a machine is hurt and mended, and what must fail then: criterion and subject with the place to blame."""

    story: str
    machine: str
    scripts: tuple[str, str]
    blamed: Mapping[tuple[str, str], str]
    words: str
    selection: str
    held: tuple[str, ...] = field(default=("client",))


def alone(criterion: str, subject: str, place: str) -> dict[tuple[str, str], str]:
    return {(criterion, subject): place}


BREAKS = [
    Break(
        "the service is stopped",
        "pilot1",
        ("systemctl stop ipdiva-client", "systemctl start ipdiva-client"),
        # What stopped is also what ran before.
        {("QUAL-02", "pilot1"): CLIENT.format("pilot1"), ("QUAL-05", "pilot1"): CLIENT.format("pilot1")},
        "ipdiva-client.service",
        "QUAL-02 or QUAL-05",
    ),
    Break(
        "the service will not start with the machine",
        "pilot2",
        ("systemctl disable ipdiva-client", "systemctl enable ipdiva-client"),
        alone("QUAL-02", "pilot2", CLIENT.format("pilot2")),
        "ipdiva-client.service is active and disabled",
        "QUAL-02 or QUAL-05",
    ),
    Break(
        "the configuration was replaced",
        "pilot1",
        edited("/etc/ipdiva/client.d/site.ini", "echo '[client]' > /etc/ipdiva/client.d/site.ini"),
        alone("QUAL-03", "pilot1", CLIENT.format("pilot1")),
        "/etc/ipdiva/client.d/site.ini",
        "QUAL-03",
    ),
    Break(
        "the configuration is gone",
        "srv1",
        (f"mv {AGENT_SETTINGS}/gateways /tmp/", f"mv /tmp/gateways {AGENT_SETTINGS}/"),
        alone("QUAL-03", "srv1", AGENT),
        "No such file or directory",
        "QUAL-03",
        ("recording agent",),
    ),
    Break(
        "another service of the machine does not run any more",
        "srv1",
        ("systemctl stop nginx", "systemctl start nginx"),
        alone("QUAL-05", "srv1", AGENT),
        "lost nginx.service",
        "QUAL-05",
        ("recording agent",),
    ),
    Break(
        "the client cannot open the desktop",
        "pilot2",
        edited("/usr/bin/xfreerdp", "printf '#!/bin/sh\\necho no licence >&2\\nexit 1\\n' > /usr/bin/xfreerdp"),
        alone("QUAL-06", "Desktop on pilot2", CLIENT.format("pilot2")),
        "the client ended before it showed a desktop",
        "QUAL-06",
    ),
    Break(
        "the agent does not record SSH sessions",
        "srv1",
        edited("/etc/ssh/sshd_config.d/ipdiva-recording-agent.conf",
               ": > /etc/ssh/sshd_config.d/ipdiva-recording-agent.conf", "systemctl reload ssh"),
        alone("QUAL-07", "srv1-ssh via eg1", AGENT),
        "no recording of the session arrived",
        "QUAL-07 and eg1",
        ("recording agent",),
    ),
    Break(
        "the agent does not record desktops",
        "srv1",
        edited("/etc/X11/Xsession.d/60ipdiva-recording-agent", ": > /etc/X11/Xsession.d/60ipdiva-recording-agent"),
        {("QUAL-08", "srv1-rdp via eg1"): AGENT, ("QUAL-09", "Desktop HTML5"): AGENT},
        "no recording of the session arrived",
        "(QUAL-08 and eg1) or QUAL-09",
        ("recording agent",),
    ),
    Break(
        "TCP 8443 is blocked",
        "srv1",
        ("ip route add prohibit 10.77.0.21/32", "ip route del prohibit 10.77.0.21/32"),
        alone("QUAL-10", "srv1 to eg1", AGENT),
        "srv1 cannot reach eg1.cleanroom.test, TCP 8443",
        "QUAL-10",
        ("recording agent",),
    ),
]  # fmt: skip


class Site:
    """The lab as a platform under test, with a target file and a folder of runs of its own."""

    def __init__(self, folder: Path) -> None:
        self._target = folder / "lab.yaml"
        self._target.write_text(TARGET.read_text() + LIMITS)
        self._runs = f"--runs={folder / 'runs'}"

    def run(self, phase: Phase, *arguments: str) -> Outcome:
        """Run a phase as the command line does."""
        return execute(phase, str(self._target), [self._runs, *arguments], progress=lambda *_: None)


@pytest.fixture(scope="module")
def lab_with_pilots(lab_of_its_module: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Site]:
    """Give a fresh lab that was measured, and whose pilots then got the new client or agent; nobody else did."""
    store, site = lab_of_its_module, Site(tmp_path_factory.mktemp("site"))
    engine.up(store, silent)
    baseline = site.run(Phase.BASELINE).run
    assert (baseline.verdict, baseline.reasons[1:]) == (RunVerdict.GO, ())
    upgrade.upgrade(store, silent, names=PILOTS)
    return store, site


@contextmanager
def broken(store: Store, name: str, scripts: tuple[str, str]) -> Iterator[None]:
    hurts, mends = scripts
    try:
        machine.inside(place_of(store, name), hurts)
        yield
    finally:
        machine.inside(place_of(store, name), mends)
        machine.wait_until(place_of(store, name), ROLES[name].ready, PATIENCE)


def failures(outcome: Outcome) -> dict[tuple[str, str], str]:
    return {result.key: place(result) for result in outcome.run.results if result.verdict is not Verdict.PASSED}


def reasons(outcome: Outcome) -> list[str]:
    return [result.reason or "" for result in outcome.run.results if result.verdict is Verdict.FAILED]


def held(outcome: Outcome) -> tuple[str, ...]:
    """Name the components with something against them, beyond that only a selection was run."""
    return tuple(each.component for each in decisions(outcome.run) if len(each.reasons) > 1)


def test_pilots_with_the_new_release_are_qualified(lab_with_pilots: tuple[Store, Site]) -> None:
    """And nothing that the baseline judges beside the pilots is called missing."""
    qualified = lab_with_pilots[1].run(Phase.QUALIFY)
    assert failures(qualified) == {}
    assert qualified.verdict is RunVerdict.GO
    assert {result.criterion for result in qualified.run.results} == {f"QUAL-{n:02}" for n in range(1, 11)}
    assert {(each.component, each.word) for each in decisions(qualified.run)} == {
        ("client", Word.RELEASE),
        ("recording agent", Word.RELEASE),
    }


@pytest.mark.parametrize("how", BREAKS, ids=lambda how: how.story)
def test_what_breaks_on_a_pilot_holds_its_component(how: Break, lab_with_pilots: tuple[Store, Site]) -> None:
    store, site = lab_with_pilots
    with broken(store, how.machine, how.scripts):
        outcome = site.run(Phase.QUALIFY, "-k", how.selection)
    assert failures(outcome) == dict(how.blamed)
    assert [reason for reason in reasons(outcome) if how.words not in reason] == []
    assert (outcome.verdict, held(outcome)) == (RunVerdict.NO_GO, how.held)


def test_a_gateway_of_another_authority_is_not_trusted(lab_with_pilots: tuple[Store, Site]) -> None:
    store, site = lab_with_pilots
    other = pki.authority("Another authority").certificate
    ca = f"{AGENT_SETTINGS}/ca.pem"
    hurts, mends = edited(ca, f"cat > {ca} <<'END'\n{other}END")
    with broken(store, "srv1", (hurts, mends)):
        outcome = site.run(Phase.QUALIFY, "-k", "QUAL-10")
    assert failures(outcome) == {("QUAL-10", "srv1 to eg1"): AGENT, ("QUAL-10", "srv1 to eg2"): AGENT}
    assert all("srv1 does not trust the certificate of eg" in reason for reason in reasons(outcome))


@pytest.mark.parametrize(("name", "unit"), [("pilot1", "ipdiva-client"), ("srv1", "ipdiva-recording-agent")])
def test_an_error_that_is_new_in_the_log_is_seen(name: str, unit: str, lab_with_pilots: tuple[Store, Site]) -> None:
    """An agent's words stay on its machine."""
    store, site = lab_with_pilots
    before = failures(site.run(Phase.QUALIFY, "-k", "QUAL-04"))
    with broken(store, name, drop_in(unit, "[Service]\nExecStartPre=/bin/echo <3>secret words\n")):
        outcome = site.run(Phase.QUALIFY, "-k", "QUAL-04")
    assert failures(outcome).keys() - before.keys() == {("QUAL-04", name)}
    found = outcome.run.result("QUAL-04", name)
    assert found is not None
    assert "1 new in the log" in (found.reason or "")
    assert ("secret words" in found.model_dump_json()) is (name == "pilot1")


def test_a_pilot_that_kept_its_old_release_is_not_qualified(lab_with_pilots: tuple[Store, Site]) -> None:
    """Taken down and up again, a machine is as it was before the upgrade."""
    store, site = lab_with_pilots
    engine.down(store, ["pilot2"])
    engine.up(store, silent)
    outcome = site.run(Phase.QUALIFY, "-k", "QUAL-01")
    assert failures(outcome) == {("QUAL-01", "pilot2"): CLIENT.format("pilot2")}
    assert "release 4.6.0 is expected on pilot2" in reasons(outcome)[0]


def test_a_pilot_that_does_not_answer_is_unknown_and_the_others_are_judged(
    lab_with_pilots: tuple[Store, Site],
) -> None:
    store, site = lab_with_pilots
    engine.down(store, ["pilot2"])
    outcome = site.run(Phase.QUALIFY, "-k", "QUAL-02")
    verdicts = {result.subject: result.verdict for result in outcome.run.results}
    assert verdicts == {"pilot1": Verdict.PASSED, "pilot2": Verdict.UNKNOWN, "srv1": Verdict.PASSED}
    assert outcome.verdict is RunVerdict.NOT_JUDGED
