"""The new client and agent are qualified on pilots that really get them; what breaks there holds its component back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from commands.phases import Outcome
from reports.blame import place
from reports.decision import Word, decisions
from reports.records import Phase
from reports.verdicts import RunVerdict, Verdict
from targets.lab import breaking, upgrade
from targets.lab import lab as engine
from targets.lab.faults import FAULTS
from targets.lab.faults.change import edited, restart
from targets.lab.faults.fault import Fault
from targets.lab.store import Store
from tests.lab.conftest import silent
from tests.lab.site import Site

NO_RECORDING = "recording: 5"
PILOTS = ("pilot1", "pilot2", "srv1")
CLIENT, AGENT = "client on {}", "recording agent on srv1"
RECEIVER = "/usr/lib/ipdiva/edge-gateway/receiver.py"
HALVED = "s|recording.hardlink_to(draft)|&; os.truncate(recording, recording.stat().st_size // 2)|"
HALVING = Fault(
    "recordings-halved",
    "The Edge Gateway's disk keeps half of each recording.",
    "edge gateway",
    ("eg1",),
    ("QUAL-07", "QUAL-08"),
    edited(RECEIVER, HALVED, restart("ipdiva-edge-gateway")),
    phase="qualify",
)


@dataclass(frozen=True)
class Break:
    """A fault of the catalogue, and what must fail then: criterion and subject with the place to blame.

    `hurried` are limits of what all that is selected waits for in vain.
    """

    fault: str
    blamed: Mapping[tuple[str, str], str]
    words: str
    selection: str
    held: tuple[str, ...] = field(default=("client",))
    hurried: str = ""


def alone(criterion: str, subject: str, place: str) -> dict[tuple[str, str], str]:
    return {(criterion, subject): place}


BREAKS = [
    Break(
        "client-stopped",
        # What stopped is also what ran before.
        {("QUAL-02", "pilot1"): CLIENT.format("pilot1"), ("QUAL-05", "pilot1"): CLIENT.format("pilot1")},
        "ipdiva-client.service",
        "QUAL-02 or QUAL-05",
    ),
    Break(
        "client-disabled",
        alone("QUAL-02", "pilot2", CLIENT.format("pilot2")),
        "ipdiva-client.service is active and disabled",
        "QUAL-02 or QUAL-05",
    ),
    Break(
        "client-configuration-replaced",
        alone("QUAL-03", "pilot1", CLIENT.format("pilot1")),
        "/etc/ipdiva/client.d/site.ini",
        "QUAL-03",
    ),
    Break(
        "agent-configuration-gone",
        alone("QUAL-03", "srv1", AGENT),
        "No such file or directory",
        "QUAL-03",
        ("recording agent",),
    ),
    Break(
        "neighbour-stopped",
        alone("QUAL-05", "srv1", AGENT),
        "lost nginx.service",
        "QUAL-05",
        ("recording agent",),
    ),
    Break(
        "client-without-licence",
        alone("QUAL-06", "Desktop on pilot2", CLIENT.format("pilot2")),
        "the client ended before it showed a desktop",
        "QUAL-06",
    ),
    Break(
        "agent-misses-ssh",
        alone("QUAL-07", "srv1-ssh via eg1", AGENT),
        "no recording of the session arrived",
        "QUAL-07 and eg1",
        ("recording agent",),
        NO_RECORDING,
    ),
    Break(
        "agent-misses-desktops",
        {("QUAL-08", "srv1-rdp via eg1"): AGENT, ("QUAL-09", "Desktop HTML5"): AGENT},
        "no recording of the session arrived",
        "(QUAL-08 and eg1) or QUAL-09",
        ("recording agent",),
        NO_RECORDING,
    ),
    Break(
        "agent-cut-off-from-gateway",
        alone("QUAL-10", "srv1 to eg1", AGENT),
        "srv1 cannot reach eg1.cleanroom.test, TCP 8443",
        "QUAL-10",
        ("recording agent",),
    ),
    Break(
        "agent-trusts-another-ca",
        {("QUAL-10", "srv1 to eg1"): AGENT, ("QUAL-10", "srv1 to eg2"): AGENT},
        "srv1 does not trust the certificate of eg",
        "QUAL-10",
        ("recording agent",),
    ),
]


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
def broken(store: Store, fault: Fault) -> Iterator[None]:
    """Break the lab, and mend it whatever happens meanwhile."""
    try:
        breaking.break_now(store, fault)
        yield
    finally:
        breaking.mend(store, fault)


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


@pytest.mark.parametrize("how", BREAKS, ids=lambda how: how.fault)
def test_what_breaks_on_a_pilot_holds_its_component(how: Break, lab_with_pilots: tuple[Store, Site]) -> None:
    store, site = lab_with_pilots
    with broken(store, FAULTS[how.fault]):
        outcome = site.run(Phase.QUALIFY, how.selection, how.hurried)
    assert failures(outcome) == dict(how.blamed)
    assert [reason for reason in reasons(outcome) if how.words not in reason] == []
    assert (outcome.verdict, held(outcome)) == (RunVerdict.NO_GO, how.held)


def test_recordings_that_arrive_damaged_are_not_whole(lab_with_pilots: tuple[Store, Site]) -> None:
    """The agent cannot know, so it is no fault of the catalogue: nobody but the gateway is to blame."""
    store, site = lab_with_pilots
    with broken(store, HALVING):
        outcome = site.run(Phase.QUALIFY, "(QUAL-07 or QUAL-08) and eg1")
    assert failures(outcome) == {("QUAL-07", "srv1-ssh via eg1"): AGENT, ("QUAL-08", "srv1-rdp via eg1"): AGENT}
    assert all("on eg1 is not whole: " in reason for reason in reasons(outcome))


@pytest.mark.parametrize(("name", "fault"), [("pilot1", "client-error-in-the-log"), ("srv1", "agent-error-in-the-log")])
def test_an_error_that_is_new_in_the_log_is_seen(name: str, fault: str, lab_with_pilots: tuple[Store, Site]) -> None:
    """An agent's words stay on its machine."""
    store, site = lab_with_pilots
    before = failures(site.run(Phase.QUALIFY, "QUAL-04"))
    with broken(store, FAULTS[fault]):
        outcome = site.run(Phase.QUALIFY, "QUAL-04")
    assert failures(outcome).keys() - before.keys() == {("QUAL-04", name)}
    found = outcome.run.result("QUAL-04", name)
    assert found is not None
    assert "1 new in the log" in (found.reason or "")
    assert ("licence server" in found.model_dump_json()) is (name == "pilot1")


def test_a_pilot_that_kept_its_old_release_is_not_qualified(lab_with_pilots: tuple[Store, Site]) -> None:
    """Taken down and up again, a machine is as it was before the upgrade."""
    store, site = lab_with_pilots
    engine.down(store, ["pilot2"])
    engine.up(store, silent)
    outcome = site.run(Phase.QUALIFY, "QUAL-01")
    assert failures(outcome) == {("QUAL-01", "pilot2"): CLIENT.format("pilot2")}
    assert "release 4.6.0 is expected on pilot2" in reasons(outcome)[0]


def test_a_pilot_that_does_not_answer_is_unknown_and_the_others_are_judged(
    lab_with_pilots: tuple[Store, Site],
) -> None:
    store, site = lab_with_pilots
    engine.down(store, ["pilot2"])
    outcome = site.run(Phase.QUALIFY, "QUAL-02")
    verdicts = {result.subject: result.verdict for result in outcome.run.results}
    assert verdicts == {"pilot1": Verdict.PASSED, "pilot2": Verdict.UNKNOWN, "srv1": Verdict.PASSED}
    assert outcome.verdict is RunVerdict.NOT_JUDGED
