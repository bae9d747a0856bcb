"""The campaign from the command line, on a ground that stands in for the lab: what is tried, kept and resumed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli
from commands import campaign, detect
from reports import detection
from reports.detection import Found, Place
from reports.verdicts import RunVerdict
from targets.lab.command import LabError
from targets.lab.faults import FAULTS
from targets.lab.faults.fault import Fault

NAMES = ("backup-empty", "slave-left-behind", "client-stopped")
SELECTED = [word for name in NAMES for word in ("-k", name)]


class StandIn:
    """Sees every fault at its place, but for those that `fails` names, which the lab cannot do."""

    fails: tuple[str, ...] = ()
    done: list[str]

    def __init__(self, _folder: Path, _tell: object) -> None:
        type(self).done = []

    @contextmanager
    def fresh(self) -> Iterator[None]:
        yield

    def measure(self) -> None:
        self.done.append("measured")

    def upgrade(self) -> None:
        self.done.append("upgraded")

    def see(self, fault: Fault) -> Found:
        self.done.append(fault.name)
        if fault.name in self.fails:
            raise LabError("it does not run")
        place = Place(component=fault.component, machines=fault.machines[:1])
        return Found(verdict=RunVerdict.NO_GO, run="r", broke=fault.seen_by, named=place, reason="")

    before_an_upgrade = after_an_upgrade = during_an_upgrade = see

    def clean_upgrade(self) -> Found:
        self.done.append("clean")
        return Found(verdict=RunVerdict.GO, run="r", broke=(), named=None, reason="All passed")


@pytest.fixture(autouse=True)
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[StandIn]:
    class Ground(StandIn):
        pass

    monkeypatch.setattr(detect, "Ground", Ground)
    monkeypatch.setattr(detect, "CAMPAIGNS", tmp_path)
    return Ground


def _run(*words: str) -> Result:
    return CliRunner().invoke(cli.app, ["detect", *words])


def test_a_campaign_goes_from_before_the_upgrade_to_after_it(ground: type[StandIn], tmp_path: Path) -> None:
    result = _run(*SELECTED, "--clean", "2")
    assert result.exit_code == 0, result.output
    assert ground.done == [
        "measured",
        "backup-empty",
        "upgraded",
        "slave-left-behind",
        "client-stopped",
        "clean",
        "clean",
    ]
    assert (
        "3 faults: 3 detected, the right component named first in 3. 2 clean upgrades: 0 false alarms." in result.output
    )
    (folder,) = tmp_path.iterdir()
    assert (folder / "matrix.html").is_file()
    assert detection.read(folder).good


def test_what_the_lab_could_not_do_is_no_detection_and_tried_again_when_resumed(
    ground: type[StandIn], tmp_path: Path
) -> None:
    ground.fails = ("slave-left-behind",)
    broken = _run(*SELECTED)
    assert broken.exit_code == 1
    assert "slave-left-behind: not tried: it does not run" in broken.output
    ground.fails = ()
    (folder,) = tmp_path.iterdir()
    resumed = _run(*SELECTED, "--resume", str(folder))
    assert (resumed.exit_code, ground.done) == (0, ["measured", "upgraded", "slave-left-behind"])
    assert {trial.fault for trial in detection.read(folder).trials} == set(NAMES)


def test_all_faults_come_with_twenty_clean_upgrades(ground: type[StandIn]) -> None:
    assert _run().exit_code == 0
    assert ground.done.count("clean") == 20
    assert set(ground.done) == {*FAULTS, "measured", "upgraded", "clean"}


def test_a_word_chooses_by_name_or_area() -> None:
    assert {fault.name for _, fault in campaign.chosen(["slave-left"])} == {"slave-left-behind"}
    assert {area for area, _ in campaign.chosen(["TLS"])} == {"TLS"}


@pytest.mark.parametrize("words", [("-k", "meteorite"), ("--resume", "/nowhere")])
def test_what_is_not_there_is_said(words: tuple[str, ...]) -> None:
    result = _run(*words)
    assert result.exit_code == 2
    assert "meteorite" in result.output or "holds no campaign" in result.output
