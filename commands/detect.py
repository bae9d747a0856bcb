"""``recette detect``: whether the verdict can be trusted."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from commands.campaign import Ground, chosen, tried, upgraded_clean
from commands.phases import HOME
from commands.terminal import errors, kindly, tell
from reports import detection, matrix
from reports.detection import Campaign, CleanUpgrade, Found, Trial
from reports.storage import RunError
from targets.lab.command import LabError
from targets.lab.faults.fault import Fault

CAMPAIGNS = HOME / "reports" / "campaigns"
CLEAN_UPGRADES = 20
SECONDS = {"prepare": 12, "validate": 30, "qualify": 25, "watch": 45}
"""About what a trial of a phase takes on two cores; by this the time left is told."""
SECONDS_OF_CLEAN = 45
SPEED_SEEN_OVER = 900.0
AFTER = ("qualify", "validate")

Seeing = Callable[[Fault], Found]


def detect(
    only: Annotated[
        list[str] | None, typer.Option("-k", metavar="WORD", help="Faults with this in their name or area; repeatable.")
    ] = None,
    clean: Annotated[
        int | None, typer.Option(min=0, help="How many clean upgrades; 20 with all faults, none with -k.")
    ] = None,
    resume: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Go on with this campaign.")] = None,
) -> None:
    """Break the lab in every way of the catalogue, and see whether Recette says so, and says where."""
    with kindly():
        wanted = chosen(only or ())
        if not wanted:
            raise LabError(
                f"no fault has {' or '.join(only or ())} in its name or area: `recette lab faults` lists them."
            )
        upgrades = clean if clean is not None else 0 if only else CLEAN_UPGRADES
        folder = resume or _new_folder()
        begun = detection.read(folder) if resume else new_campaign()
        campaign = Campaigner(folder, begun).run(wanted, upgrades)
        page = matrix.render(folder, campaign)
    for line in matrix.sentences(campaign):
        tell(line)
    tell(f"Matrix: {page}")
    raise typer.Exit(0 if campaign.good else 1)


class Campaigner:
    """Tries faults and clean upgrades one after the other; each is kept as it comes, and not tried again.

    What the lab could not do is tried again when a campaign is resumed.
    """

    def __init__(self, folder: Path, campaign: Campaign) -> None:
        self.folder = folder
        self.campaign = campaign
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("left"))
        self._bar = Progress(
            *columns, TimeRemainingColumn(), console=errors, transient=True, speed_estimate_period=SPEED_SEEN_OVER
        )
        self._task = self._bar.add_task("lab", total=None)
        self._now = "lab"
        self._before = campaign.seconds
        self._began = monotonic()

    def run(self, wanted: Sequence[tuple[str, Fault]], upgrades: int) -> Campaign:
        """Try what was not tried yet, and return the whole campaign. Raises LabError and RunError."""
        trials = [trial for trial in self.campaign.trials if trial.found]
        clean = [upgrade for upgrade in self.campaign.clean if upgrade.found]
        done = {trial.fault for trial in trials}
        faults = [(area, fault) for area, fault in wanted if fault.name not in done]
        numbers = range(len(clean) + 1, upgrades + 1)
        planned = len(trials) + len(clean) + len(faults) + len(numbers)
        self._keep(trials=tuple(trials), clean=tuple(clean), planned=planned, ended=None)
        work = sum(SECONDS[fault.phase] for _, fault in faults) + SECONDS_OF_CLEAN * len(numbers)
        self._bar.update(self._task, total=work)
        if work:
            with self._bar:
                self._try(faults, numbers)
        self._keep(ended=datetime.now(UTC))
        return self.campaign

    def _try(self, faults: Sequence[tuple[str, Fault]], numbers: Iterable[int]) -> None:
        ground = Ground(self.folder, self._tell)
        with ground.fresh():
            ground.measure()
            self._try_each(faults, ("prepare",), ground.before_an_upgrade)
            if any(fault.phase in AFTER for _, fault in faults):
                ground.upgrade()
            self._try_each(faults, AFTER, ground.after_an_upgrade)
            self._try_each(faults, ("watch",), ground.during_an_upgrade)
            for number in numbers:
                self._now = f"clean upgrade {number}"
                self._keep_clean(upgraded_clean(number, ground))

    def _try_each(self, faults: Iterable[tuple[str, Fault]], phases: Sequence[str], see: Seeing) -> None:
        for area, fault in faults:
            if fault.phase in phases:
                self._now = fault.name
                self._keep_trial(tried(area, fault, see))

    def _keep_trial(self, trial: Trial) -> None:
        self._keep(trials=(*self.campaign.trials, trial))
        self._advance(matrix.said(trial), SECONDS[trial.phase.value])

    def _keep_clean(self, upgrade: CleanUpgrade) -> None:
        self._keep(clean=(*self.campaign.clean, upgrade))
        self._advance(matrix.said_of_clean(upgrade), SECONDS_OF_CLEAN)

    def _keep(self, **news: object) -> None:
        seconds = round(self._before + monotonic() - self._began, 1)
        self.campaign = self.campaign.model_copy(update={**news, "seconds": seconds})
        detection.write(self.folder, self.campaign)

    def _advance(self, line: str, seconds: float) -> None:
        self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._bar.advance(self._task, seconds)

    def _tell(self, subject: str, state: str) -> None:
        self._bar.update(self._task, description=f"{self._now}: {subject} {state}")


def _new_folder() -> Path:
    folder = CAMPAIGNS / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise RunError(f"{folder} could not be made: {error.strerror}") from error
    return folder


def new_campaign() -> Campaign:
    """Return a campaign that begins now, on this computer."""
    computer = f"{platform.platform()}, {os.cpu_count()} cores"
    return Campaign(started=datetime.now(UTC), computer=computer)
