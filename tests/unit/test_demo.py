"""When the demo goes on and when it stops, as an administrator would."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from commands.demo import _behind_the_watch, _Demo
from commands.phases import Outcome
from reports.records import Phase
from reports.verdicts import RunVerdict
from targets.lab.faults import FAULTS
from targets.lab.faults.fault import Phase as ShownBy
from targets.lab.store import Store
from tests.unit.reports_samples import a_run


def ends(phase: Phase, verdict: RunVerdict, shown_by: str | None = None) -> bool:
    fault = replace(FAULTS["slave-left-behind"], phase=cast(ShownBy, shown_by)) if shown_by else None
    demo = _Demo(Console(quiet=True), Store(), fault, ())
    return demo._ends_with(Outcome(a_run(phase, verdict=verdict), Path(), Path()))


@pytest.mark.parametrize("phase", [Phase.PREPARE, Phase.BASELINE, Phase.QUALIFY])
def test_a_phase_that_says_no_go_ends_it(phase: Phase) -> None:
    assert ends(phase, RunVerdict.NO_GO)
    assert not ends(phase, RunVerdict.GO)
    assert not ends(phase, RunVerdict.GO_WITH_RESERVATIONS)


def test_what_cannot_be_judged_ends_it_only_where_nothing_could_be_compared_with() -> None:
    assert ends(Phase.BASELINE, RunVerdict.NOT_JUDGED)
    assert not ends(Phase.PREPARE, RunVerdict.NOT_JUDGED)
    assert not ends(Phase.QUALIFY, RunVerdict.NOT_JUDGED)


@pytest.mark.parametrize("phase", [Phase.PREPARE, Phase.QUALIFY])
def test_a_fault_that_the_validation_is_to_show_gets_there(phase: Phase) -> None:
    assert not ends(phase, RunVerdict.NO_GO, "validate")
    assert ends(phase, RunVerdict.NO_GO, phase.value)


def test_a_fault_that_is_seen_during_the_upgrade_is_shown_then() -> None:
    assert ends(Phase.WATCH, RunVerdict.NO_GO, "watch")
    assert not ends(Phase.WATCH, RunVerdict.NO_GO, "validate")


def test_whatever_users_lost_the_platform_is_validated() -> None:
    assert not ends(Phase.WATCH, RunVerdict.NO_GO)


def test_what_runs_beside_the_watch_stands_back_and_no_longer() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    if os.geteuid():
        pytest.skip("only root, whom the lab needs, may take its priority back")
    with _behind_the_watch():
        assert os.getpriority(os.PRIO_PROCESS, 0) >= 10
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
