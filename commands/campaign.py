"""A campaign against the catalogue of faults, on a lab of its own from beginning to end.

The lab's states are kept in memory: as it was measured, and as a clean upgrade left it. For each fault, only the
machines that the one before it touched are put back, and the database, which every run writes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from ruamel.yaml import YAML

from commands import watches
from commands.phases import GOOD, HOME, Outcome, execute
from reports.detection import CleanUpgrade, Found, Place, Trial, found
from reports.records import Phase
from reports.storage import RunError
from targets.lab import breaking, faults, lab, prerequisites, states, upgrade
from targets.lab.command import LabError
from targets.lab.faults.fault import Fault
from targets.lab.image import Tell
from targets.lab.store import Store
from targets.loader import load

LAB = HOME / "targets" / "lab.yaml"
WINDOWS = {"client": 60, "recording_agent": 60, "mediation_controller": 60, "edge_gateway": 60, "html5_gateway": 60}
"""Seconds. A step of the lab takes a tenth of that."""
LIMITS = {"desktop": 20, "recording": 20}
"""Seconds. The lab's desktops show within five and its recordings arrive within three: many a fault is waited out."""
MEASURED, UPGRADED = "measured", "upgraded"
AFTER_AN_UPGRADE = (UPGRADED, MEASURED)
WRITTEN_TO = ("db",)


def write_target(folder: Path) -> Path:
    """Write the campaign's target file: the lab, with windows for its short steps and limits for its short ways."""
    yaml = YAML()
    target = yaml.load(LAB.read_text(encoding="utf-8"))
    target["watch"]["windows"] = WINDOWS
    target["limits"].update(LIMITS)
    path = folder / LAB.name
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(target, file)
    return path


class Ground:
    """The lab of a campaign, and the runs that are made on it; what it does is told to `tell`."""

    def __init__(self, folder: Path, tell: Tell) -> None:
        self._target = str(write_target(folder))
        self._runs = folder / "runs"
        self._tell = tell
        self._store = Store()
        self._touched: tuple[str, ...] = ()

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """Bring a fresh lab up, and take it down in the end."""
        prerequisites.check()
        lab.down(self._store)
        try:
            lab.up(self._store, self._tell)
            yield
        finally:
            lab.down(self._store)

    def measure(self) -> None:
        """Measure the platform and keep its state; raise RunError where it is not fit to begin with."""
        outcome = self._run(Phase.BASELINE)
        if outcome.verdict not in GOOD:
            raise RunError(f"the lab is not fit for a campaign: {outcome.run.reasons[0]}. See {outcome.report}")
        states.keep(self._store, MEASURED)
        states.restore(self._store, [MEASURED])

    def upgrade(self) -> None:
        """Upgrade the platform and keep its state."""
        upgrade.upgrade(self._store, self._tell)
        states.keep(self._store, UPGRADED)
        states.restore(self._store, AFTER_AN_UPGRADE)

    def before_an_upgrade(self, fault: Fault) -> Found:
        """Break the measured platform, and see what its preparation finds."""
        self._restore([MEASURED])
        return self._broken(fault, Phase.PREPARE)

    def after_an_upgrade(self, fault: Fault) -> Found:
        """Break the upgraded platform, and see what qualification or validation finds."""
        self._restore(AFTER_AN_UPGRADE)
        if fault.left_behind:
            states.restore(self._store, [MEASURED], fault.machines)
        return self._broken(fault, Phase(fault.phase))

    def during_an_upgrade(self, fault: Fault) -> Found:
        """Upgrade the measured platform with a fault, and see what the watch finds."""
        states.restore(self._store, [MEASURED])
        with watches.watched(load(self._target), runs=self._runs) as folder:
            upgrade.upgrade(self._store, self._tell, fault)
            watches.wait_until_well(folder)
        return _found(self._run(Phase.WATCH, watches.judging(folder)))

    def clean_upgrade(self) -> Found:
        """Upgrade the measured platform, all machines fresh, and see what validation finds."""
        states.restore(self._store, [MEASURED])
        upgrade.upgrade(self._store, self._tell)
        return _found(self._run(Phase.VALIDATE))

    def _restore(self, wanted: Sequence[str]) -> None:
        states.restore(self._store, wanted, tuple(dict.fromkeys((*self._touched, *WRITTEN_TO))))
        self._touched = ()

    def _broken(self, fault: Fault, phase: Phase) -> Found:
        self._touched = fault.touched
        breaking.change(self._store, fault)
        return _found(self._run(phase))

    def _run(self, phase: Phase, arguments: Sequence[str] = ()) -> Outcome:
        def tell(done: int, planned: int, _last: str) -> None:
            self._tell(phase.value, f"{done} of {planned}")

        return execute(phase, self._target, [f"--runs={self._runs}", *arguments], progress=tell)


def tried(area: str, fault: Fault, see: Callable[[Fault], Found]) -> Trial:
    """Try a fault, and say what was found; what the lab could not do is trouble, and not a detection."""
    found, trouble, seconds = _timed(lambda: see(fault))
    return Trial(
        fault=fault.name,
        area=area,
        story=fault.story,
        phase=Phase(fault.phase),
        at_fault=Place(component=fault.component, machines=fault.machines),
        seen_by=fault.seen_by,
        found=found,
        trouble=trouble,
        seconds=seconds,
    )


def upgraded_clean(number: int, ground: Ground) -> CleanUpgrade:
    """Upgrade without a fault, and say what was found."""
    found, trouble, seconds = _timed(ground.clean_upgrade)
    return CleanUpgrade(number=number, found=found, trouble=trouble, seconds=seconds)


def chosen(words: Sequence[str]) -> list[tuple[str, Fault]]:
    """Return the faults with one of the words in their name or area, each with its area; all for no word."""
    return [
        (area, fault)
        for area, entries in faults.AREAS.items()
        for fault in entries
        if not words or any(word in f"{fault.name} {area}" for word in words)
    ]


def _timed(look: Callable[[], Found]) -> tuple[Found | None, str, float]:
    began = monotonic()
    seen, trouble = None, ""
    try:
        seen = look()
    except (LabError, RunError) as error:
        trouble = str(error)
    return seen, trouble, round(monotonic() - began, 1)


def _found(outcome: Outcome) -> Found:
    return found(outcome.run, outcome.folder)
