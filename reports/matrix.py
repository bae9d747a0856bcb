"""The matrix of a campaign: each fault with the criteria that saw it, what was blamed, and how long it took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from reports.detection import Campaign, CleanUpgrade, Trial
from reports.files import write_whole
from reports.storage import RunError
from reports.templating import environment, style
from reports.wording import counted, duration

PAGE_FILE = "matrix.html"


@dataclass(frozen=True)
class Counts:
    """What a campaign comes to; each figure beside how many there were."""

    faults: int
    detected: int
    placed: int
    clean: int
    silent: int


def counts(campaign: Campaign) -> Counts:
    """Count what a campaign came to."""
    return Counts(
        len(campaign.trials),
        sum(trial.detected for trial in campaign.trials),
        sum(trial.detected and trial.placed for trial in campaign.trials),
        len(campaign.clean),
        sum(upgrade.silent for upgrade in campaign.clean),
    )


def sentences(campaign: Campaign) -> Iterator[str]:
    """Say what a campaign came to: what was missed or misplaced, the false alarms, and the figures."""
    yield from (said(trial) for trial in campaign.trials if not (trial.detected and trial.placed))
    yield from (said_of_clean(upgrade) for upgrade in campaign.clean if not upgrade.silent)
    figures = counts(campaign)
    left = campaign.planned - figures.faults - figures.clean
    yield (
        f"{counted(figures.faults, 'fault')}: {figures.detected} detected, the right component named first in "
        f"{figures.placed}. {counted(figures.clean, 'clean upgrade')}: "
        f"{counted(figures.clean - figures.silent, 'false alarm')}. {duration(campaign.seconds)}"
        + (f"; {left} not tried." if left else ".")
    )


def said(trial: Trial) -> str:
    """Say in a line what became of a fault."""
    if trial.found is None:
        return f"?? {trial.fault}: not tried: {trial.trouble}"
    mark = "ok" if trial.detected and trial.placed else "!!"
    broke = ", ".join(trial.found.broke) or "nothing broke"
    named = trial.found.named or "nothing"
    return (
        f"{mark} {trial.fault}: {trial.found.verdict} ({broke}); at fault: {trial.at_fault}; named first: {named}; "
        f"{duration(trial.seconds)}"
    )


def said_of_clean(upgrade: CleanUpgrade) -> str:
    """Say in a line what became of a clean upgrade."""
    found = f"{upgrade.found.verdict}: {upgrade.found.reason}" if upgrade.found else f"not tried: {upgrade.trouble}"
    return f"{'ok' if upgrade.silent else '!!'} clean upgrade {upgrade.number}: {found}; {duration(upgrade.seconds)}"


def render(folder: Path, campaign: Campaign) -> Path:
    """Write the page of a campaign into its folder and return its path; raises RunError."""
    path = folder / PAGE_FILE
    try:
        write_whole(path, page(campaign).encode())
    except OSError as error:
        raise RunError(f"{path} could not be written: {error.strerror}. Make room, then resume the campaign") from error
    return path


def page(campaign: Campaign) -> str:
    """Return the page of a campaign as HTML."""
    areas = [(area, list(trials)) for area, trials in groupby(_by_area(campaign), key=lambda trial: trial.area)]
    return (
        environment(ZoneInfo("UTC"), {})
        .get_template("matrix.html")
        .render(
            campaign=campaign,
            counts=counts(campaign),
            areas=areas,
            **style("report.css", "matrix.css"),
        )
    )


def _by_area(campaign: Campaign) -> list[Trial]:
    """Put trials of an area side by side, the areas in the order in which they were first tried."""
    areas = list(dict.fromkeys(trial.area for trial in campaign.trials))
    return sorted(campaign.trials, key=lambda trial: areas.index(trial.area))
