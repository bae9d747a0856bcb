"""What a criterion came to on a subject: observations, evidence and verdict, and a person's word or a waiver on it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints

from reports.plain import Moment, Plain, Seconds, Sha256
from reports.rules import Rule
from reports.verdicts import Change, Verdict


class Observation(Plain):
    """A named value that a step saw. Without a rule it is volatile: recorded, never compared."""

    name: str
    value: JsonValue
    rule: Rule | None = None


class Evidence(Plain):
    """A file that a step left, relative to the run's folder; size in bytes."""

    title: str
    file: Annotated[str, StringConstraints(pattern=r"^evidence/[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
    media_type: str
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Step(Plain):
    """One sentence of the scenario, its keyword included, and how it went."""

    text: str
    verdict: Verdict
    seconds: Seconds


class Difference(Plain):
    """An observation that is not what it was, and what that means."""

    name: str
    before: JsonValue
    after: JsonValue
    meaning: str


class Waiver(Plain):
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


class Answer(Plain):
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


class Result(Plain):
    """One criterion on one subject.

    `behind` is what several ways may lead to (a server's name), `rests_on` what it cannot be well without (names of
    subjects and machines). `verdict_before`, `change` and `changes` are derived from the baseline when the result joins
    its run; `unwaived` is the verdict that a waiver took the place of. `manual` says that only a person can check it,
    and `answer` is the last word of one.
    """

    criterion: str
    title: str
    feature: str
    subject: str
    component: str | None = None
    machine: str | None = None
    behind: str | None = None
    rests_on: tuple[str, ...] = ()
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
