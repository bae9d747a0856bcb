from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from targets.lab import commands, prerequisites
from targets.lab.faults import FAULTS
from targets.lab.store import Store


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store(tmp_path / "lab")
    monkeypatch.setattr(commands, "Store", lambda: store)
    return store


def _run(*words: str) -> Result:
    return CliRunner().invoke(commands.app, words)


def test_status_says_that_the_lab_is_down_and_exits_1() -> None:
    result = _run("status")
    assert "The lab is down." in result.output
    assert result.exit_code == 1


def test_a_shell_on_a_machine_that_does_not_run_is_refused_with_what_to_do() -> None:
    result = _run("shell", "mc1")
    assert "`recette lab up` starts it" in result.output
    assert result.exit_code == 2


@pytest.mark.parametrize("words", [("upgrade", "--fault"), ("break",), ("mend",)], ids=str)
def test_a_fault_that_is_not_there_is_refused_with_where_they_are_listed(words: tuple[str, ...]) -> None:
    result = _run(*words, "meteorite")
    assert "there is no fault meteorite: `recette lab faults` lists them" in result.output
    assert result.exit_code == 2


def test_every_fault_is_listed_by_its_name() -> None:
    result = _run("faults")
    assert result.exit_code == 0
    assert [name for name in FAULTS if name not in result.output] == []


def test_what_lies_in_the_upgrade_itself_cannot_be_broken_afterwards() -> None:
    result = _run("break", "slave-left-behind")
    assert "recette lab upgrade --fault slave-left-behind" in result.output
    assert result.exit_code == 2


def test_what_comes_before_an_upgrade_is_no_fault_of_it() -> None:
    result = _run("upgrade", "--fault", "backup-empty")
    assert "recette lab break backup-empty" in result.output
    assert result.exit_code == 2


def test_where_the_lab_cannot_run_up_says_all_and_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prerequisites, "missing", lambda: ["no root", "no namespaces"])
    result = _run("up")
    assert all(words in result.output for words in ("no root", "no namespaces", "Without the lab you can still"))
    assert result.exit_code == 2
    assert not store.path.exists()
