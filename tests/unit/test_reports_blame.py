"""What is named first where several things broke, and what is told behind it."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blame import causes
from reports.results import Result
from reports.verdicts import Verdict
from tests.unit.reports_samples import a_result, broke

WAYS = ("eg1", "eg2")


def told(results: Sequence[Result], *well: Result) -> list[tuple[str, list[str]]]:
    """Give the places in the order in which they are told, each with the subjects behind it."""
    found = causes(results, [*results, *well])
    return [(str(cause.place), [result.subject for result in cause.consequences]) for cause in found]


def ssh(gateway: str, criterion: str = "SSH-01", **changes: object) -> Result:
    named = {"criterion": criterion, "behind": "srv1", **changes}
    return broke(f"srv1-ssh via {gateway}", "edge gateway", gateway, **named)


SERVER = a_result(criterion="VERSION-01", subject="srv1").model_copy(
    update={"component": "recording agent", "machine": "srv1"}
)


def test_servers_come_before_services_and_gather_those_behind_them() -> None:
    through_eg1 = broke("Intranet", "edge gateway", "eg1")
    through_eg2 = broke("Notes", "edge gateway", "eg2")
    eg1, mc1 = broke("eg1", "edge gateway", "eg1"), broke("mc1", "mediation controller", "mc1")
    assert told([through_eg1, through_eg2, eg1, mc1]) == [
        ("mediation controller on mc1", []),
        ("edge gateway on eg1", ["Intranet"]),
        ("edge gateway on eg2", []),
    ]


def test_a_gateway_that_is_down_explains_all_that_goes_through_it_or_rests_on_it() -> None:
    gateway = broke("eg1", "edge gateway", "eg1")
    through = [broke(f"application {n} via eg1", "edge gateway", "eg1") for n in range(10)]
    resting = broke("Intranet", "edge gateway", None, rests_on=("portal", "eg1", "eg2"))
    assert told([resting, *through, gateway]) == [
        ("edge gateway on eg1", [each.subject for each in (*through, resting)])
    ]


def test_what_fails_on_one_machine_is_told_together_with_the_machine() -> None:
    """Where the gateway says nothing is wrong with itself, such as with another certificate."""
    through = [broke("Intranet via eg1", "edge gateway", "eg1"), broke("Notes via eg1", "edge gateway", "eg1")]
    opened = broke("Intranet", "edge gateway", None, rests_on=("portal", "eg1", "eg2"))
    assert told([opened, *through]) == [("edge gateway on eg1", ["Notes via eg1", "Intranet"])]


def test_a_portal_that_signs_nobody_in_explains_what_users_open_from_it() -> None:
    portal = broke("portal", "mediation controller", None)
    opened = [
        broke("Desktop", "client", "pilot1", rests_on=("portal",)),
        broke("Desktop HTML5", "HTML5 gateway", "html5", rests_on=("portal",)),
    ]
    federation = broke("organization", "mediation controller", None, rests_on=("portal",))
    assert told([federation, *opened, portal]) == [
        ("mediation controller", ["organization", "Desktop HTML5", "Desktop"])
    ]


def test_a_session_that_did_not_open_explains_that_nothing_of_it_was_recorded() -> None:
    recorded = broke("Desktop", "recording agent", "srv1", criterion="REC-02", rests_on=("portal", "pilot1", "srv1"))
    opened = broke("Desktop", "client", "pilot1", criterion="RDPAPP-01", behind="srv1", rests_on=("portal",))
    assert told([recorded, opened], SERVER) == [("client on pilot1", ["Desktop"])]
    assert told([recorded], SERVER) == [("recording agent on srv1", [])]


def test_what_fails_by_every_way_is_the_fault_of_the_server_behind() -> None:
    assert told([ssh(gateway) for gateway in WAYS], SERVER) == [("recording agent on srv1", ["srv1-ssh via eg2"])]


def test_what_fails_by_one_way_of_two_is_the_gateway_s_fault() -> None:
    well = ssh("eg2").model_copy(update={"verdict": Verdict.PASSED})
    assert told([ssh("eg1")], well, SERVER) == [("edge gateway on eg1", [])]


def test_the_only_way_to_a_server_is_to_blame_before_the_server() -> None:
    assert told([ssh("eg1")], SERVER) == [("edge gateway on eg1", [])]


def test_what_fails_over_a_way_that_is_proven_good_is_the_server_s_fault() -> None:
    """File transfer goes the way that a command just went."""
    proof = ssh("eg1").model_copy(update={"verdict": Verdict.PASSED})
    assert told([ssh("eg1", "SSH-02")], proof, SERVER) == [("recording agent on srv1", [])]


def test_what_passes_by_another_way_is_the_gateway_s_fault_though_its_way_is_proven_good() -> None:
    """A session left alone is cut by one gateway, and kept by the other."""
    proof = ssh("eg1").model_copy(update={"verdict": Verdict.PASSED})
    kept = ssh("eg2", "SSH-03").model_copy(update={"verdict": Verdict.PASSED})
    assert told([ssh("eg1", "SSH-03")], proof, kept, SERVER) == [("edge gateway on eg1", [])]


def test_a_server_that_fails_by_every_way_explains_what_rests_on_it() -> None:
    desktop = broke("Desktop HTML5", "HTML5 gateway", "html5", behind="srv1")
    assert told([desktop, *(ssh(gateway) for gateway in WAYS)], SERVER) == [
        ("recording agent on srv1", ["srv1-ssh via eg2", "Desktop HTML5"])
    ]


def test_both_gateways_down_are_to_blame_though_every_way_fails() -> None:
    down = [broke(name, "edge gateway", name) for name in WAYS]
    assert told([*(ssh(gateway) for gateway in WAYS), *down], SERVER) == [
        ("edge gateway on eg1", ["srv1-ssh via eg1"]),
        ("edge gateway on eg2", ["srv1-ssh via eg2"]),
    ]


def test_what_every_server_lacks_alike_is_not_the_servers_fault() -> None:
    """Such as a repository, which has no criteria of its own."""
    lacking = [broke(name, "edge gateway", name, behind="repository") for name in WAYS]
    assert told(lacking) == [("repository", ["eg2"])]


def test_what_one_server_of_several_lacks_is_that_server_s_fault() -> None:
    """It reaches the repository, and does not trust it."""
    reached = broke("eg1", "edge gateway", "eg1", criterion="PREP-01", behind="repository", verdict=Verdict.PASSED)
    trusts = broke("eg2", "edge gateway", "eg2", criterion="PREP-02", behind="repository", verdict=Verdict.PASSED)
    refuses = broke("eg1", "edge gateway", "eg1", criterion="PREP-02", behind="repository")
    assert told([refuses], reached, trusts) == [("edge gateway on eg1", [])]


def test_failures_of_one_service_are_one_cause() -> None:
    changed = broke("organization", "mediation controller", None, criterion="SAML-03")
    refused = broke("organization", "identity provider", None)
    assert told([refused, changed]) == [("mediation controller", ["organization"])]
