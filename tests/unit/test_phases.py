"""Phases: which runs become baselines, what pytest is asked to run, and what the command line says in the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli
from commands.phases import _names_files, accept_if_good, baseline_of
from reports.baseline import BASELINE_FILE, accepted
from reports.records import Phase
from reports.run import load
from reports.run_store import RunStore
from reports.storage import RunError
from reports.verdicts import RunVerdict, Verdict
from tests.unit.reports_samples import TARGET, a_result, a_run, unscrubbed


def a_finished_run(root: Path, phase: Phase, *verdicts: Verdict, partial: bool = False, planned: int = 0) -> Path:
    """Keep a run with a result of each verdict; return its folder."""
    store = RunStore.begin(root, a_run(phase), scrub=unscrubbed)
    store.plan(planned or len(verdicts), partial=partial)
    for number, verdict in enumerate(verdicts):
        store.add(a_result(f"WEB-{number:02}", verdict=verdict))
    store.finish()
    return store.folder


def is_accepted(root: Path) -> bool:
    return (root / TARGET.name / BASELINE_FILE).exists()


def test_a_whole_baseline_that_passes_is_accepted(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path, Phase.BASELINE, Verdict.PASSED, Verdict.PASSED)
    accept_if_good(load(folder), folder)
    assert accepted(tmp_path, TARGET).folder == folder


def test_a_baseline_with_something_unknown_is_accepted_with_reservations(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path, Phase.BASELINE, Verdict.PASSED, Verdict.UNKNOWN)
    assert load(folder).verdict is RunVerdict.GO_WITH_RESERVATIONS
    accept_if_good(load(folder), folder)
    assert is_accepted(tmp_path)


@pytest.mark.parametrize(
    ("verdicts", "partial", "planned"),
    [
        ((Verdict.PASSED, Verdict.FAILED), False, 0),
        ((Verdict.PASSED,), True, 0),
        ((Verdict.PASSED,), False, 2),
        ((Verdict.UNKNOWN,), False, 0),
        ((), False, 0),
    ],
    ids=["with a failure", "a selection", "stopped half way", "nothing judged", "empty"],
)
def test_no_other_baseline_is_accepted_by_itself(
    tmp_path: Path, verdicts: tuple[Verdict, ...], partial: bool, planned: int
) -> None:
    folder = a_finished_run(tmp_path, Phase.BASELINE, *verdicts, partial=partial, planned=planned)
    accept_if_good(load(folder), folder)
    assert not is_accepted(tmp_path)


def test_a_validation_is_never_a_baseline(tmp_path: Path) -> None:
    first = a_finished_run(tmp_path, Phase.BASELINE, Verdict.PASSED)
    accept_if_good(load(first), first)
    before = (tmp_path / TARGET.name / BASELINE_FILE).read_bytes()
    folder = a_finished_run(tmp_path, Phase.VALIDATE, Verdict.PASSED)
    accept_if_good(load(folder), folder)
    assert (tmp_path / TARGET.name / BASELINE_FILE).read_bytes() == before


def test_a_run_without_a_baseline_has_none_beside_it(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path, Phase.BASELINE, Verdict.PASSED)
    assert baseline_of(load(folder), folder) is None


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], False),
        (["-x", "-q"], False),
        (["-k", "portal"], False),
        (["-k", "features"], False),
        (["-m", "steps"], False),
        (["-n", "2"], False),
        (["--runs", "tests"], False),
        (["features/versions"], True),
        (["features/acceptance/portal.feature"], True),
        (["features/acceptance/portal.feature::test_a_user_signs_in_with_login_and_password[portal]"], True),
        (["-k", "portal", "features/versions"], True),
    ],
)
def test_a_phase_runs_its_own_chapters_unless_files_are_named(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], names: bool
) -> None:
    monkeypatch.chdir(Path(cli.__file__).parent)
    assert _names_files(arguments) is names


def invoked(*words: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(cli.app, words)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, [*result.stdout.splitlines(), *result.stderr.splitlines()]


@pytest.mark.parametrize(
    ("verdicts", "code", "said"),
    [
        ((Verdict.PASSED,), 0, "GO"),
        ((Verdict.FAILED,), 1, "NO-GO"),
        ((Verdict.UNKNOWN,), 2, "NOT JUDGED"),
        ((Verdict.PASSED, Verdict.UNKNOWN), 3, "GO WITH RESERVATIONS"),
    ],
)
def test_the_last_line_is_the_verdict_and_the_one_before_it_where_the_report_is(
    tmp_path: Path, verdicts: tuple[Verdict, ...], code: int, said: str
) -> None:
    folder = a_finished_run(tmp_path, Phase.BASELINE, *verdicts)
    exit_code, lines = invoked("report", str(folder))
    assert (exit_code, lines[-1]) == (code, said)
    report = Path(lines[-2].removeprefix("Report: "))
    assert report.is_file()
    assert report.parent == folder


@pytest.mark.parametrize(
    "words",
    [
        ("check", "no-such-target"),
        ("baseline", "no-such-target"),
        ("validate", "no-such-target"),
        ("report", "no-such-run"),
        ("accept", "no-such-run"),
        ("demo", "--fault", "no-such-fault"),
        ("no-such-command",),
    ],
)
def test_what_is_wrongly_used_ends_with_2_and_says_so(words: tuple[str, ...]) -> None:
    exit_code, lines = invoked(*words)
    assert exit_code == 2
    assert "Traceback" not in "\n".join(lines)


def test_a_failed_baseline_is_accepted_knowingly_only(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path, Phase.BASELINE, Verdict.PASSED, Verdict.FAILED)
    _, lines = invoked("report", str(folder))
    assert f"To go on knowingly: recette accept {folder}" in lines
    assert not is_accepted(tmp_path)
    assert invoked("accept", str(folder))[0] == 0
    assert is_accepted(tmp_path)


def test_a_run_of_another_version_or_a_damaged_one_is_said(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path, Phase.BASELINE, Verdict.PASSED)
    (folder / "run.json").write_text("{")
    with pytest.raises(RunError, match="damaged"):
        load(folder)
    assert invoked("report", str(folder))[0] == 2
