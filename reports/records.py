"""What a run leaves behind, as it is kept in run.json.

Everything here is plain data: strict (a wrong type or an unknown key is refused), frozen, and in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
# Names become folders and files, so nothing in them may lead out of the folder.
PlainName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,199}$")]


class Phase(StrEnum):
    """The part of the upgrade that a run belongs to."""

    PREPARE = "prepare"
    BASELINE = "baseline"
    QUALIFY = "qualify"
    WATCH = "watch"
    VALIDATE = "validate"


class Verdict(StrEnum):
    """Of a criterion on a subject. Unknown is never a pass: the judge failed, not the platform."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"
    WAIVED = "waived"


class Change(StrEnum):
    """Of a criterion on a subject, against the accepted baseline."""

    UNCHANGED = "unchanged"
    REGRESSED = "regressed"
    FIXED = "fixed"
    CHANGED = "changed"
    NEW = "new"
    MISSING = "missing"


class RunVerdict(StrEnum):
    """Of a run as a whole."""

    GO = "GO"
    NO_GO = "NO-GO"
    NOT_JUDGED = "NOT JUDGED"
    GO_WITH_RESERVATIONS = "GO WITH RESERVATIONS"

    @property
    def exit_code(self) -> int:
        """What the command line ends with (issue 2, section 5)."""
        return {"GO": 0, "NO-GO": 1, "NOT JUDGED": 2, "GO WITH RESERVATIONS": 3}[self.value]


class Operator(StrEnum):
    """How a value is compared with its value in the baseline (design.md, Features are test files)."""

    SAME = "same"
    LOST_NONE = "lost none"
    NOT_GROWN = "not grown"
    WITHIN = "within"
    NOT_ABOVE = "not above"
    NEWER = "newer"


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Rule(_Strict):
    """How an observation may differ from the baseline."""

    operator: Operator
    percent: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _percent_where_it_means_something(self) -> Rule:
        if (self.percent is not None) != (self.operator in (Operator.WITHIN, Operator.NOT_ABOVE)):
            raise ValueError("percent goes with the operators within and not above, and with no other")
        return self

    @classmethod
    def same(cls) -> Rule:
        """Require a value equal to before."""
        return cls(operator=Operator.SAME)

    @classmethod
    def lost_none(cls) -> Rule:
        """Require a list that still has all that it had before; it may have gained."""
        return cls(operator=Operator.LOST_NONE)

    @classmethod
    def not_grown(cls) -> Rule:
        """Require a number that is not larger than before, or a list with nothing that was not in it before."""
        return cls(operator=Operator.NOT_GROWN)

    @classmethod
    def within(cls, percent: float) -> Rule:
        """Require a number at most `percent` % above or below its value before."""
        return cls(operator=Operator.WITHIN, percent=percent)

    @classmethod
    def not_above(cls, percent: float) -> Rule:
        """Require a number at most `percent` % above its value before; it may be lower."""
        return cls(operator=Operator.NOT_ABOVE, percent=percent)

    @classmethod
    def newer(cls) -> Rule:
        """Require a release, a date (ISO 8601, same form both times) or a number that is greater than before."""
        return cls(operator=Operator.NEWER)


class Observation(_Strict):
    """A named value that a step saw. Without a rule it is volatile: recorded, never compared."""

    name: str
    value: JsonValue
    rule: Rule | None = None


class Evidence(_Strict):
    """A file that a step left, relative to the run's folder; size in bytes."""

    title: str
    file: Annotated[str, StringConstraints(pattern=r"^evidence/[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
    media_type: str
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Step(_Strict):
    """One sentence of the scenario, its keyword included, and how it went."""

    text: str
    verdict: Verdict
    seconds: Seconds


class Difference(_Strict):
    """An observation that is not what it was, and what that means."""

    name: str
    before: JsonValue
    after: JsonValue
    meaning: str


class Waiver(_Strict):
    """A criterion that need not hold for a subject: why, who decided so, and the last day on which that counts."""

    criterion: str
    subject: str
    reason: str
    who: str
    until: date

    @property
    def key(self) -> tuple[str, str]:
        """The result that it waives: criterion ID and subject."""
        return self.criterion, self.subject


class Said(StrEnum):
    """What a person says of a criterion that only a person can check."""

    HELD = "held"
    DID_NOT_HOLD = "did not hold"
    COULD_NOT_BE_CHECKED = "could not be checked"


class Answer(_Strict):
    """A person's word on a criterion and a subject, with the evidence given for it: who, and when."""

    criterion: str
    subject: str
    said: Said
    remark: str | None = None
    evidence: tuple[Evidence, ...] = ()
    who: str
    at: Moment

    @property
    def key(self) -> tuple[str, str]:
        """The result that it answers: criterion ID and subject."""
        return self.criterion, self.subject


class Result(_Strict):
    """One criterion on one subject.

    `verdict_before`, `change` and `changes` are derived from the baseline when the result joins its run; `unwaived` is
    the verdict that a waiver took the place of. `manual` says that only a person can check it, and `answer` is the
    last word of one.
    """

    criterion: str
    title: str
    feature: str
    subject: str
    component: str | None = None
    machine: str | None = None
    verdict: Verdict
    verdict_before: Verdict | None = None
    change: Change | None = None
    changes: tuple[Difference, ...] = ()
    reason: str | None = None
    advice: str | None = None
    started: Moment
    seconds: Seconds
    steps: tuple[Step, ...] = ()
    observations: tuple[Observation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    manual: bool = False
    answer: Answer | None = None
    waiver: Waiver | None = None
    unwaived: Verdict | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What a result is recognised by in another run: criterion ID and subject."""
        return self.criterion, self.subject

    @property
    def found(self) -> Verdict:
        """The verdict as it would be without a waiver."""
        return self.unwaived or self.verdict


class TargetFile(_Strict):
    """The target as its file described it when the run began."""

    name: PlainName
    title: str
    portal: str
    file: str
    sha256: Sha256


class PilotMachine(_Strict):
    """A machine on which the new client or agent is qualified before the fleet gets it."""

    name: str
    component: str


class FleetKind(_Strict):
    """A kind of machine that the new client or agent is for, how many there are, and the pilots that are of it."""

    component: str
    operating_system: str
    architecture: str
    security_product: str
    role: str
    count: Annotated[int, Field(gt=0)]
    pilots: tuple[str, ...] = ()


class ReleaseStep(_Strict):
    """The releases that the upgrade goes from and to."""

    from_: Annotated[str, Field(alias="from")]
    to: str

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)


class BaselineReference(_Strict):
    """The accepted run that this one is compared with: its folder's name, the hash of its run.json and target file."""

    run: PlainName
    sha256: Sha256
    target_sha256: Sha256


class Acceptance(_Strict):
    """What baseline.json says: the run that is accepted, the hashes of its files, and the target it is of."""

    run: PlainName
    sha256: Sha256
    answers: Sha256 | None = None
    target: TargetFile


class Environment(_Strict):
    """Where the run was made. `time_zone` is the host's IANA name; `tools` maps a tool to its version."""

    recette: str
    python: str
    platform: str
    time_zone: str
    tools: dict[str, str] = {}

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the host that made the run, or UTC where its name means nothing here."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo("UTC")


class Run(_Strict):
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
