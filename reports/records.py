"""What a run leaves behind, as it is kept in run.json: which phase on which target, made where, and its results."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field

from reports.plain import Moment, Plain, PlainName, Sha256
from reports.results import Result, Waiver
from reports.verdicts import RunVerdict


class Phase(StrEnum):
    """The part of the upgrade that a run belongs to."""

    PREPARE = "prepare"
    BASELINE = "baseline"
    QUALIFY = "qualify"
    WATCH = "watch"
    VALIDATE = "validate"


class TargetFile(Plain):
    """The target as its file described it when the run began."""

    name: PlainName
    title: str
    portal: str
    file: str
    sha256: Sha256


class PilotMachine(Plain):
    """A machine on which the new client or agent is qualified before the fleet gets it."""

    name: str
    component: str


class FleetKind(Plain):
    """A kind of machine that the new client or agent is for, how many there are, and the pilots that are of it."""

    component: str
    operating_system: str
    architecture: str
    security_product: str
    role: str
    count: Annotated[int, Field(gt=0)]
    pilots: tuple[str, ...] = ()


class ReleaseStep(Plain):
    """The releases that the upgrade goes from and to."""

    from_: Annotated[str, Field(alias="from")]
    to: str

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)


class BaselineReference(Plain):
    """The accepted run that this one is compared with: its folder's name, the hash of its run.json and target file."""

    run: PlainName
    sha256: Sha256
    target_sha256: Sha256


class Acceptance(Plain):
    """What baseline.json says: the run that is accepted, the hashes of its files, and the target it is of."""

    run: PlainName
    sha256: Sha256
    answers: Sha256 | None = None
    target: TargetFile


class Environment(Plain):
    """Where the run was made. `time_zone` is the host's IANA name; `tools` maps a tool to its version."""

    recette: str
    python: str
    platform: str
    time_zone: str
    tools: dict[str, str] = Field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the host that made the run, or UTC where its name means nothing here."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo("UTC")


class Run(Plain):
    """One phase executed on one target.

    `planned` counts criteria times their subjects, `partial` says that they are a selection. `waivers`,
    `applications` (names), `pilots` and `fleet` are what the target file declared then.
    """

    format: Literal[1] = 1
    phase: Phase
    target: TargetFile
    releases: ReleaseStep
    started: Moment
    ended: Moment | None = None
    complete: bool = False
    partial: bool = False
    planned: Annotated[int, Field(ge=0)]
    baseline: BaselineReference | None = None
    environment: Environment
    waivers: tuple[Waiver, ...] = ()
    applications: tuple[str, ...] = ()
    pilots: tuple[PilotMachine, ...] = ()
    fleet: tuple[FleetKind, ...] = ()
    results: tuple[Result, ...] = ()
    verdict: RunVerdict | None = None
    reasons: tuple[str, ...] = ()

    def result(self, criterion: str, subject: str) -> Result | None:
        """Return the result of a criterion on a subject, or None."""
        return next((result for result in self.results if result.key == (criterion, subject)), None)

    @property
    def day(self) -> date:
        """The day on which it began, where it was made: what waivers are held against."""
        return self.started.astimezone(self.environment.zone).date()
