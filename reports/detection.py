"""What a campaign against the catalogue of faults found, as it is kept in detect.json.

A fault is detected when its run is NO-GO and one of the criteria that must see it is among those that broke. It is
placed rightly when what the report names first is the component at fault, on one of its machines where it names one.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from reports import blame
from reports.files import write_whole
from reports.plain import Moment, Seconds
from reports.records import Phase, Run
from reports.storage import RunError
from reports.verdict import broken
from reports.verdicts import RunVerdict

DETECTION_FILE = "detect.json"


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Place(_Record):
    """A component, and the machines of it; none where it is not known which."""

    component: str
    machines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.component} on {' and '.join(self.machines)}" if self.machines else self.component


class Found(_Record):
    """What a run found: its verdict and the name of its folder, what broke, and the place that it names first."""

    verdict: RunVerdict
    run: str
    broke: tuple[str, ...]
    named: Place | None
    reason: str


class Trial(_Record):
    """One fault: what it is, what must see it, and what a run found; `trouble` says why there was no run."""

    fault: str
    area: str
    story: str
    phase: Phase
    at_fault: Place
    seen_by: tuple[str, ...]
    found: Found | None = None
    trouble: str = ""
    seconds: Seconds

    @property
    def detected(self) -> bool:
        """Whether it was seen, and by what must see it."""
        return self.found is not None and self.found.verdict is RunVerdict.NO_GO and bool(self.seeing)

    @property
    def seeing(self) -> list[str]:
        """The criteria that broke of those that must see it."""
        return [criterion for criterion in self.seen_by if self.found and criterion in self.found.broke]

    @property
    def placed(self) -> bool:
        """Whether the right place is named first."""
        named = self.found.named if self.found else None
        if named is None or named.component != self.at_fault.component:
            return False
        return set(named.machines) <= set(self.at_fault.machines)


class CleanUpgrade(_Record):
    """An upgrade without any fault, which must be GO."""

    number: int
    found: Found | None = None
    trouble: str = ""
    seconds: Seconds

    @property
    def silent(self) -> bool:
        """Whether there was no false alarm."""
        return self.found is not None and self.found.verdict is RunVerdict.GO


class Campaign(_Record):
    """All that a campaign tried so far, of `planned` trials and clean upgrades."""

    started: Moment
    ended: Moment | None = None
    computer: str
    planned: int = 0
    seconds: Seconds = 0.0
    trials: tuple[Trial, ...] = ()
    clean: tuple[CleanUpgrade, ...] = ()

    @property
    def good(self) -> bool:
        """Whether everything was tried, every fault seen and placed, and no clean upgrade raised an alarm."""
        whole = len(self.trials) + len(self.clean) == self.planned
        return whole and all(one.detected and one.placed for one in self.trials) and all(c.silent for c in self.clean)


def found(run: Run, folder: Path) -> Found:
    """Return what a run found."""
    broke = broken(run)
    named = next((cause.place for cause in blame.causes(broke, run.results)), None)
    return Found(
        verdict=run.verdict or RunVerdict.NOT_JUDGED,
        run=folder.name,
        broke=tuple(dict.fromkeys(result.criterion for result in broke)),
        named=_place(named) if named and named.component else None,
        reason=run.reasons[0] if run.reasons else "",
    )


def _place(named: blame.Place) -> Place:
    return Place(component=named.component or "", machines=(named.machine,) if named.machine else ())


def write(folder: Path, campaign: Campaign) -> None:
    """Keep a campaign as it stands; raises RunError where it cannot be written."""
    path = folder / DETECTION_FILE
    try:
        write_whole(path, campaign.model_dump_json(indent=1).encode())
    except OSError as error:
        raise RunError(f"{path} could not be written: {error.strerror}. Make room, then resume the campaign") from error


def read(folder: Path) -> Campaign:
    """Read a campaign; raises RunError where the folder holds none."""
    path = folder / DETECTION_FILE
    try:
        return Campaign.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"{folder} holds no campaign: name the folder of one") from error
    except ValidationError as error:
        raise RunError(f"{path} is damaged, or of another version of Recette: begin a new campaign") from error
