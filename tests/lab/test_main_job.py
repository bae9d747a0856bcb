"""The main job on a fresh lab, as a user starts it: measured, upgraded, judged; and what is left when it is killed."""

from __future__ import annotations

import html
import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import pytest

from pytest_recette.plan import whole
from reports.records import Phase, Run
from reports.run import load
from reports.samples import State, marks, read_watch, samples
from reports.verdicts import RunVerdict, Verdict
from targets.lab.store import Store
from targets.loader import load as load_target
from tests.lab.breaks import PROVED_BY_THE_MAIN_JOB

HOME = Path(__file__).parents[2]
BEFORE, AFTER = "4.5.0", "4.6.0"
PATIENCE = 120.0
ENOUGH = 10
"""Results after which validate is killed: early enough for others to be on their way."""


@dataclass(frozen=True)
class Demo:
    """A demo that has ended: what it printed, and the runs that it left."""

    status: int
    lines: list[str]
    runs: Path

    def folder(self, phase: Phase) -> Path:
        """The folder of the demo's own run of a phase, which is the first."""
        return min((self.runs / "lab").glob(f"*-{phase}"))

    @cached_property
    def validation(self) -> Run:
        """The run after the upgrade."""
        return load(self.folder(Phase.VALIDATE))

    @property
    def reasons(self) -> list[str]:
        return [line for line in self.lines if line.startswith("- ")]

    def with_verdict(self, verdict: Verdict) -> set[tuple[str, str]]:
        return {result.key for result in self.validation.results if result.verdict is verdict}


def demo(runs: Path, *options: str) -> Demo:
    done = subprocess.run(
        [sys.executable, "cli.py", "demo", *options, f"--runs={runs}"],
        cwd=HOME, stdout=subprocess.PIPE, text=True, timeout=600, check=False,
    )  # fmt: skip
    return Demo(done.returncode, done.stdout.splitlines(), runs)


@pytest.fixture(scope="module")
def clean(lab_of_its_module: Store, tmp_path_factory: pytest.TempPathFactory) -> Demo:  # noqa: ARG001 - takes it down
    return demo(tmp_path_factory.mktemp("clean") / "runs", "--keep")


def test_a_clean_upgrade_is_go(clean: Demo) -> None:
    assert (clean.status, clean.lines[-1]) == (0, "GO"), clean.lines
    assert Path(clean.lines[-2].removeprefix("Report: ")).is_file()


def test_the_procedure_is_the_vendor_s_and_each_phase_before_the_servers_is_go(clean: Demo) -> None:
    """Prepared and measured before anything is upgraded; qualified between the clients and agents, and the servers."""
    runs = {phase: load(clean.folder(phase)) for phase in (Phase.PREPARE, Phase.BASELINE, Phase.QUALIFY)}
    assert {phase: run.verdict for phase, run in runs.items()} == dict.fromkeys(runs, RunVerdict.GO)
    watch = clean.folder(Phase.WATCH)
    steps = [mark for mark in marks(watch) if mark.what in {"begin", "end"}]
    fleet = [mark.wall for mark in steps if mark.component in {"client", "recording agent"}]
    servers = [mark.wall for mark in steps if mark.wall not in fleet]
    qualify = runs[Phase.QUALIFY]
    assert runs[Phase.PREPARE].started < runs[Phase.BASELINE].started < min(fleet)
    assert max(fleet) < qualify.started < (qualify.ended or qualify.started) < min(servers)


def test_what_is_qualified_takes_no_session_from_the_watch(clean: Demo) -> None:
    qualify, watch = load(clean.folder(Phase.QUALIFY)), clean.folder(Phase.WATCH)
    begin, end = ((at - read_watch(watch).wall(0)).total_seconds() for at in (qualify.started, qualify.ended) if at)
    lost = [each for each in samples(watch) if each.state is State.LOST and begin <= each.at <= end]
    assert lost == []


def test_every_criterion_is_judged_on_every_subject(clean: Demo) -> None:
    """What only a person can check has no subject in the lab."""
    lab = load_target("lab").target
    assert clean.with_verdict(Verdict.PASSED) == whole(Phase.VALIDATE, lab)
    assert clean.with_verdict(Verdict.FAILED) | clean.with_verdict(Verdict.UNKNOWN) == set()
    assert all(result.evidence for result in clean.validation.results if result.verdict is Verdict.PASSED)


def test_no_secret_of_the_lab_is_in_any_file_of_the_runs(clean: Demo) -> None:
    secrets = [file.read_bytes().strip() for file in (Store().path / "secrets").iterdir()]
    written = {file: file.read_bytes() for file in clean.runs.rglob("*") if file.is_file()}
    assert len(written) > len(secrets) > 0
    found = {
        file.name for secret in secrets for form in forms(secret) for file, text in written.items() if form in text
    }
    assert found == set()


def forms(secret: bytes) -> Iterator[bytes]:
    """Give a secret as it may be written: plain, in an address, in a page, in base64 wherever in a text it stood."""
    plain = secret.decode()
    yield from {form.encode() for form in (plain, quote(plain, safe=""), html.escape(plain))}
    for offset in range(3):
        encoded = b64encode(bytes(offset) + secret)
        yield encoded[-(-offset * 8 // 6) : (offset + len(secret)) * 8 // 6]


@pytest.mark.usefixtures("clean")
def test_a_feature_runs_by_itself(tmp_path: Path) -> None:
    """The lab of the clean demo is still up, at the release from after: direct access is not about releases."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "features/acceptance/direct_access.feature", "--target", "lab", "-q",
         f"--runs={tmp_path}"],
        cwd=HOME, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    (folder,) = (tmp_path / "lab").iterdir()
    assert {result.criterion for result in load(folder).results} == {"SSH-01", "SSH-02", "SSH-03", "RDP-01"}


def test_a_validation_that_is_killed_leaves_what_was_seen(clean: Demo) -> None:
    known = set((clean.runs / "lab").glob("*-validate"))
    words = [sys.executable, "cli.py", "validate", "lab", "-q", f"--runs={clean.runs}"]
    with subprocess.Popen(words, cwd=HOME, stdout=subprocess.DEVNULL, start_new_session=True) as validate:
        folder = wait_for_results(clean.runs, known, validate)
        os.killpg(validate.pid, signal.SIGKILL)  # its browser and desktops too: nothing may go on on its behalf
    run = load(folder)
    assert not run.complete
    assert run.verdict in {None, RunVerdict.NOT_JUDGED}
    assert ENOUGH <= len(run.results) < run.planned
    assert {result.verdict for result in run.results} <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}
    evidence = [each for result in run.results for each in result.evidence]
    assert evidence
    assert [each.file for each in evidence if (folder / each.file).stat().st_size != each.size] == []


def wait_for_results(runs: Path, known: set[Path], validate: subprocess.Popen[bytes]) -> Path:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and validate.poll() is None:
        for folder in set((runs / "lab").glob("*-validate")) - known:
            file = folder / "run.json"
            if file.exists() and len(json.loads(file.read_text())["results"]) >= ENOUGH:
                return folder
        time.sleep(0.02)  # nothing tells of a result from outside; bounded by the deadline
    raise AssertionError(f"there were no {ENOUGH} results within {PATIENCE:g} s")


def test_a_slave_left_behind_is_no_go(lab_of_its_module: Store, tmp_path: Path) -> None:  # noqa: ARG001 - takes it down
    """It is named first, with its component and both releases; nothing else is said to be broken."""
    faulty = demo(tmp_path / "runs", "--fault", "slave-left-behind")
    assert (faulty.status, faulty.lines[-1]) == (1, "NO-GO"), faulty.lines
    assert Path(faulty.lines[-2].removeprefix("Report: ")).is_file()
    assert [word for word in ("mediation controller", "mc2", BEFORE, AFTER) if word not in faulty.reasons[0]] == []
    assert faulty.with_verdict(Verdict.FAILED) == {("VERSION-01", "mc2"), ("VERSION-04", "cluster")}
    assert faulty.with_verdict(Verdict.UNKNOWN) == set()
    assert {criterion for criterion, _ in faulty.with_verdict(Verdict.FAILED)} >= PROVED_BY_THE_MAIN_JOB
