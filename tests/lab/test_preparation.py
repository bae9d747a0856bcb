"""What keeps an upgrade from being prepared is seen, on machines that are broken for it and mended again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from pytest_recette.collection import criterion_of
from pytest_recette.plan import scenarios
from reports.blame import place
from reports.records import Phase
from reports.verdicts import RunVerdict, Verdict
from targets.lab import breaking, machine
from targets.lab.faults import FAULTS
from targets.lab.faults.change import script
from targets.lab.faults.fault import Fault
from targets.lab.lab import place_of
from targets.lab.machines import machines
from targets.lab.store import Store
from tests.lab.site import Site

SERVERS = ("mc1", "mc2", "eg1", "eg2", "html5")
BY_APT = (*SERVERS, "srv1", "pilot1", "pilot2")
COMPONENTS = {one.name: one.component for one in machines()}
SSH_STOPPED = Fault(
    "ssh-stopped", "A server's SSH does not answer.", "edge gateway", ("eg2",), (),
    script("systemctl stop ssh", "systemctl start ssh"), phase="prepare",
)  # fmt: skip
"""Not in the catalogue: it makes the criteria unknown, which speaks of the judge and not of the platform."""


@dataclass(frozen=True)
class Break:
    """A fault, and what Recette must say of it.

    `failed` are the criteria that must fail, each with its subjects; `unknown` those that nobody can judge then. Every
    other one must still pass. `words` (one of them) must be in the reason of each that failed.
    """

    fault: Fault
    words: str | tuple[str, ...]
    failed: Mapping[str, tuple[str, ...]]
    unknown: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return f"{', '.join(self.failed) or 'unknown'} {self.fault}"


def _break(
    fault: str,
    words: str | tuple[str, ...],
    failed: Mapping[str, tuple[str, ...]],
    unknown: Mapping[str, tuple[str, ...]] | None = None,
) -> Break:
    return Break(FAULTS[fault], words, failed, unknown or {})


def _unread(*servers: str) -> dict[str, tuple[str, ...]]:
    """What nobody can judge where a repository does not answer."""
    return {"PREP-02": servers, "PREP-03": servers}


BREAKS = [
    _break("repository-stopped", "connection: ", {"PREP-01": BY_APT}, _unread(*BY_APT)),
    _break(
        "repository-name-unknown", "name: Temporary failure resolving", {"PREP-01": ("mc1",)}, _unread("mc1"),
    ),
    _break("repository-blocked", "connection: Could not connect", {"PREP-01": ("eg1",)}, _unread("eg1")),
    _break("repository-behind-dead-proxy", "10.77.0.61:3128", {"PREP-01": ("eg2",)}, _unread("eg2")),
    _break("repository-without-tls", "TLS: Could not handshake", {"PREP-01": ("mc2",)}, _unread("mc2")),
    _break(
        "repository-untrusted", "TLS: Certificate verification failed: The certificate is NOT trusted",
        {"PREP-01": BY_APT}, _unread(*BY_APT),
    ),
    _break(
        "repository-of-another-name", "The name in the certificate does not match the expected",
        {"PREP-01": BY_APT}, _unread(*BY_APT),
    ),
    _break("suite-missing", "HTTP status: 404", {"PREP-01": ("html5",)}, _unread("html5")),
    _break("repository-key-missing", "NO_PUBKEY", {"PREP-02": ("eg2",)}, {"PREP-03": ("eg2",)}),
    _break("repository-trusted-blindly", "NO_PUBKEY", {"PREP-02": ("mc1",)}, {"PREP-03": ("mc1",)}),
    _break("release-expired", "date: ", {"PREP-02": BY_APT}, {"PREP-03": BY_APT}),
    _break("package-not-mirrored", "ipdiva-edge-gateway would end at 4.5.0", {"PREP-03": ("eg1", "eg2")}),
    _break("dependency-not-mirrored", "keep back or remove ipdiva-html5-gateway", {"PREP-03": ("html5",)}),
    _break("package-file-not-served", "ipdiva-edge-gateway_4.6.0_all.deb: 404", {"PREP-03": ("eg1", "eg2")}),
    _break("package-file-cut-off", "it has 1000 bytes", {"PREP-03": ("srv1",)}),
    # The lab's mirror serves what was downloaded: what is wrong with it there, the clients get too.
    _break(
        "download-cut-off", ("is not what the vendor published", "it has 1000 bytes"),
        {"PREP-04": ("client installer",), "PREP-03": ("pilot1", "pilot2")},
    ),
    _break(
        "download-empty", ("is empty", "it has 0 bytes"),
        {"PREP-04": ("client installer",), "PREP-03": ("pilot1", "pilot2")},
    ),
    _break(
        "downloads-gone", ("is not there", "404"),
        {"PREP-04": ("client installer", "agent installer"), "PREP-03": BY_APT},
    ),
    _break("checksums-changed", "BAD signature", {"PREP-05": ("client installer", "agent installer")}),
    _break(
        "backups-gone", "there is no backup",
        {"PREP-06": ("mc2",), "PREP-07": ("mc2 files",), "PREP-08": ("mc2 files",)},
    ),
    _break("backup-too-old", "is 168 hours old", {"PREP-07": ("eg1 files",)}),
    _break("backup-empty", "empty", {"PREP-07": ("html5 files",), "PREP-08": ("html5 files",)}),
    _break("backup-truncated", "is not whole", {"PREP-08": ("eg2 files",)}),
    _break("backup-much-smaller", "% of the size of", {"PREP-07": ("mc1 files",)}),
    _break("backup-of-something-else", "does not hold etc/ipdiva/care", {"PREP-08": ("mc1 files",)}),
    _break(
        "dump-truncated", "pg_restore: error", {"PREP-08": ("main organization",), "PREP-09": ("main organization",)},
    ),
    _break(
        "dump-of-another-database", ("is of the database postgres, not org_main", "holds no table"),
        {"PREP-08": ("main organization",), "PREP-09": ("main organization",)},
    ),
    _break("sql-dump-truncated", "it is cut off", {"PREP-08": ("main organization as SQL",)}),
    _break("sql-dump-damaged", "is not whole", {"PREP-08": ("main organization as SQL",)}),
    _break("sql-dump-of-another-database", "makes no table", {"PREP-08": ("main organization as SQL",)}),
    _break(
        "organization-not-backed-up", "no backup of the databases org_second on db",
        {"PREP-09": ("main organization",)},
    ),
    _break("old-debian", "mc1 runs debian 11, not debian 12", {"PREP-10": ("mc1",)}),
    _break("disk-almost-full", "/var/cache/apt/archives has 8 MB, 1000 are needed", {"PREP-11": ("eg2",)}),
    _break("memory-too-small", "html5 has 1024 MB of memory", {"PREP-12": ("html5",)}),
    _break("clock-ahead", "the clock of eg2 is +", {"PREP-15": ("eg2",)}),
    _break("package-half-installed", "half installed: half", {"PREP-13": ("eg1",)}),
    _break("package-held-back", "ipdiva-html5-gateway", {"PREP-14": ("html5",), "PREP-03": ("html5",)}),
    _break(
        "database-settings-differ", "databasesettings.ini differs between mc1 and mc2", {"PREP-16": ("cluster",)},
    ),
    _break("address-on-both-controllers", "10.77.0.10 is held by mc1 and mc2", {"PREP-16": ("cluster",)}),
    Break(
        SSH_STOPPED, "", {},
        {f"PREP-{n:02}": ("eg2",) for n in (1, 2, 3, 6, 10, 11, 12, 13, 14, 15)}
        | {"PREP-07": ("eg2 files",), "PREP-08": ("eg2 files",)},
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def site(lab: Store, tmp_path_factory: pytest.TempPathFactory) -> Site:  # noqa: ARG001 - the lab must be up
    return Site(tmp_path_factory.mktemp("runs"))


@contextmanager
def broken(lab: Store, fault: Fault) -> Iterator[None]:
    """Break the lab, and mend it whatever happens meanwhile."""
    try:
        breaking.break_now(lab, fault)
        yield
    finally:
        breaking.mend(lab, fault)


def test_no_criterion_is_without_a_break() -> None:
    document = {criterion_of(template) for template in scenarios(Phase.PREPARE)}
    assert {criterion for how in BREAKS for criterion in how.failed} == document


def test_a_lab_that_is_up_is_prepared(site: Site) -> None:
    outcome = site.run(Phase.PREPARE)
    assert outcome.verdict is RunVerdict.GO, outcome.run.reasons


@pytest.mark.parametrize("how", BREAKS, ids=str)
def test_what_is_broken_is_said_and_nothing_else(how: Break, lab: Store, site: Site) -> None:
    with broken(lab, how.fault):
        results = site.run(Phase.PREPARE).run.results
    found = {(one.criterion, one.subject): one.verdict for one in results if one.verdict is not Verdict.PASSED}
    assert found == _expected(how.failed, Verdict.FAILED) | _expected(how.unknown, Verdict.UNKNOWN)
    failed = [one for one in results if one.verdict is Verdict.FAILED]
    words = (how.words,) if isinstance(how.words, str) else how.words
    assert [one.reason for one in failed if not any(word in (one.reason or "") for word in words)] == []
    assert [place(one) for one in failed if one.subject in SERVERS] == [
        "repository" if one.criterion == "PREP-03" else f"{COMPONENTS[one.subject]} on {one.subject}"
        for one in failed
        if one.subject in SERVERS
    ]


def _expected(criteria: Mapping[str, tuple[str, ...]], verdict: Verdict) -> dict[tuple[str, str], Verdict]:
    return {(criterion, subject): verdict for criterion, subjects in criteria.items() for subject in subjects}


def test_looking_leaves_nothing_behind(lab: Store, site: Site) -> None:
    """Neither files nor databases, nor package lists other than the server's own."""
    looks = {
        "mc1": "ls /tmp /var/lib/apt/lists /var/lib/apt/lists/partial /var/cache/apt",
        "db": "ls /tmp; runuser -u postgres -- psql -Atc 'SELECT datname FROM pg_database ORDER BY 1'",
    }
    before = {name: machine.inside(place_of(lab, name), look) for name, look in looks.items()}
    site.run(Phase.PREPARE)
    assert {name: machine.inside(place_of(lab, name), look) for name, look in looks.items()} == before
