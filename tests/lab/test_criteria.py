"""Every criterion of the document can fail: each is seen to, on machines that are broken for it and mended again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from commands.phases import Outcome, execute
from pytest_recette.collection import criterion_of
from pytest_recette.plan import scenarios
from reports.records import Phase, RunVerdict, Verdict
from reports.verdict import place
from targets.lab import machine
from targets.lab.image import each
from targets.lab.installed import role_of
from targets.lab.lab import place_of
from targets.lab.machines import machines
from targets.lab.store import Store
from tests.lab.breaks import BREAKS, PROVED_BY_THE_MAIN_JOB, Break

TARGET = Path(__file__).parents[2] / "targets/lab.yaml"
HURRIED = "limits: {answer: 8, desktop: 8, recording: 2}\n"
"""Shorter than a user's, for waiting in vain; the whole lab at once is measured with all the time that users have."""
PATIENCE = 30.0
AT_ONCE = 2
DESKTOPS = {"RDP-01", "RDPAPP-01", "HTML5-01"}
"""What has a picture: it is kept when the criterion fails, too."""
ROLES = {one.name: role_of(one) for one in machines()}


class Site:
    """The lab as a platform under test, with a target file and a folder of runs of its own."""

    def __init__(self, folder: Path) -> None:
        self._hurried = folder / "lab.yaml"
        self._hurried.write_text(TARGET.read_text() + HURRIED)
        (folder / "lab").symlink_to(TARGET.parent / "lab")  # the target names files beside it
        self._runs = f"--runs={folder / 'runs'}"

    def measure(self, phase: Phase) -> Outcome:
        """Run a whole phase."""
        return execute(phase, str(TARGET), [self._runs], progress=lambda *_: None)

    def validate(self, selection: str) -> Outcome:
        """Validate what `pytest -k` selects, in a hurry."""
        return execute(Phase.VALIDATE, str(self._hurried), [self._runs, "-k", selection], progress=lambda *_: None)


@pytest.fixture(scope="module")
def site(lab: Store, tmp_path_factory: pytest.TempPathFactory) -> Site:  # noqa: ARG001 - the lab must be up
    """Measure the whole lab before anything is broken; what it does then is accepted as the baseline."""
    site = Site(tmp_path_factory.mktemp("site"))
    baseline = site.measure(Phase.BASELINE)
    assert baseline.verdict is RunVerdict.GO, baseline.run.reasons
    return site


@contextmanager
def broken(lab: Store, how: Break) -> Iterator[None]:
    """Hurt the machines, and mend them whatever happens meanwhile."""
    try:
        run_on(lab, how.machines, how.hurts(lab))
        yield
    finally:
        run_on(lab, how.machines, how.mends)
        each(how.machines, lambda name: machine.wait_until(place_of(lab, name), ROLES[name].ready, PATIENCE), AT_ONCE)
        if how.mended:
            name, condition = how.mended
            machine.wait_until(place_of(lab, name), condition, PATIENCE)


def run_on(lab: Store, names: Sequence[str], script: str) -> None:
    def run(name: str) -> None:
        machine.inside(place_of(lab, name), script)

    each(names, run, AT_ONCE)


def test_no_criterion_is_without_a_break() -> None:
    document = {criterion_of(template) for template in scenarios(Phase.VALIDATE) if "manual" not in template.tags}
    assert {how.criterion for how in BREAKS} | PROVED_BY_THE_MAIN_JOB == document


@pytest.mark.parametrize("how", BREAKS, ids=str)
def test_a_criterion_fails_where_the_platform_is_broken(how: Break, lab: Store, site: Site) -> None:
    """Where it is broken and nowhere else, and the report says what, where, and in words that help."""
    with broken(lab, how):
        results = site.validate(how.selection).run.results
    assert {result.criterion for result in results} == {how.criterion}
    found = {result.subject: (result.verdict, place(result)) for result in results if result.verdict != Verdict.PASSED}
    assert found == {subject: (Verdict.FAILED, blamed) for subject, blamed in how.blamed.items()}
    failed = [result for result in results if result.verdict == Verdict.FAILED]
    assert [result.reason for result in failed if how.words not in (result.reason or "")] == []
    wanted = {"image/png"} if how.criterion in DESKTOPS else set()
    kept = [{evidence.media_type for evidence in result.evidence} for result in failed]
    assert all(kinds and kinds >= wanted for kinds in kept)


def test_the_mended_lab_is_as_before(site: Site) -> None:
    """So the breaks alone made the criteria fail: what is left is that nobody upgraded the lab."""
    results = site.measure(Phase.VALIDATE).run.results
    not_well = [result for result in results if result.verdict not in (Verdict.PASSED, Verdict.NOT_APPLICABLE)]
    assert {result.criterion for result in not_well} == {"VERSION-01"}
