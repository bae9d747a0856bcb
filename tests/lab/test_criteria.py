"""Every criterion of the document can fail: each is seen to, on machines that are broken for it and mended again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pytest_recette.collection import criterion_of
from pytest_recette.plan import scenarios
from reports.blame import place
from reports.records import Phase
from reports.verdicts import RunVerdict, Verdict
from targets.lab import breaking, machine
from targets.lab.lab import place_of
from targets.lab.store import Store
from tests.lab.breaks import BREAKS, PROVED_BY_THE_MAIN_JOB, Break
from tests.lab.resource_access import RECORDINGS, on
from tests.lab.site import Site

PATIENCE = 60.0
DESKTOPS = {"RDP-01", "RDPAPP-01", "HTML5-01"}
"""What has a picture: it is kept when the criterion fails, too."""


@pytest.fixture(scope="module")
def site(lab: Store, tmp_path_factory: pytest.TempPathFactory) -> Site:  # noqa: ARG001 - the lab must be up
    """Measure the whole lab before anything is broken; what it does then is accepted as the baseline."""
    site = Site(tmp_path_factory.mktemp("site"))
    baseline = site.run(Phase.BASELINE)
    assert baseline.verdict is RunVerdict.GO, baseline.run.reasons
    return site


@contextmanager
def broken(lab: Store, how: Break) -> Iterator[None]:
    """Break the lab, and mend it whatever happens meanwhile."""
    fault = how.fault
    try:
        if fault:
            breaking.break_now(lab, fault)
        yield
    finally:
        if fault:
            breaking.mend(lab, fault)
        if how.mended:
            name, condition = how.mended
            machine.wait_until(place_of(lab, name), condition, PATIENCE)


def test_no_criterion_is_without_a_break() -> None:
    document = {criterion_of(template) for template in scenarios(Phase.VALIDATE) if "manual" not in template.tags}
    assert {how.criterion for how in BREAKS} | PROVED_BY_THE_MAIN_JOB == document


@pytest.mark.parametrize("how", BREAKS, ids=str)
def test_a_criterion_fails_where_the_platform_is_broken(how: Break, lab: Store, site: Site) -> None:
    """Where it is broken and nowhere else, and the report says what, where, and in words that help."""
    with broken(lab, how):
        results = site.run(Phase.VALIDATE, how.selection, how.hurried).run.results
    assert {result.criterion for result in results} == {how.criterion}
    found = {result.subject: (result.verdict, place(result)) for result in results if result.verdict != Verdict.PASSED}
    assert found == {subject: (Verdict.FAILED, blamed) for subject, blamed in how.blamed.items()}
    failed = [result for result in results if result.verdict == Verdict.FAILED]
    assert [result.reason for result in failed if how.words not in (result.reason or "")] == []
    wanted = {"image/png"} if how.criterion in DESKTOPS else set()
    kept = [{evidence.media_type for evidence in result.evidence} for result in failed]
    assert all(kinds and kinds >= wanted for kinds in kept)


def test_a_gateway_that_refuses_recordings_is_not_passed_over_in_silence(lab: Store, site: Site) -> None:
    """Agents find another one meanwhile: nobody would notice, until that one is gone as well."""
    on(lab, "eg1", f"chown root {RECORDINGS}")
    try:
        results = site.run(Phase.VALIDATE, "REC-01").run.results
    finally:
        on(lab, "eg1", f"chown ipdiva {RECORDINGS}")
    assert {result.verdict for result in results} == {Verdict.UNKNOWN}
    assert all("to eg1 before the upgrade, which has taken none" in (result.reason or "") for result in results)


def test_the_mended_lab_is_as_before(site: Site) -> None:
    """So the breaks alone made the criteria fail: what is left is that nobody upgraded the lab."""
    results = site.run(Phase.VALIDATE).run.results
    not_well = [result for result in results if result.verdict not in (Verdict.PASSED, Verdict.NOT_APPLICABLE)]
    assert {result.criterion for result in not_well} == {"VERSION-01"}
