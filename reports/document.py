"""The acceptance-criteria document: what is brought to the meeting where the upgrade is decided.

Plain data comes in, HTML that prints on A4 goes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reports.coverage import uncovered
from reports.records import Run
from reports.results import Result, Waiver
from reports.templating import environment, style
from reports.verdicts import RunVerdict, Verdict
from reports.waivers import standing
from reports.wording import duration


@dataclass(frozen=True)
class Subject:
    """What a criterion holds for; `where` is where a person looks, where only a person can."""

    name: str
    where: str | None = None


@dataclass(frozen=True)
class Criterion:
    """A scenario: its permanent ID, its sentences as keyword and text, and its subjects on this target."""

    id: str
    title: str
    steps: tuple[tuple[str, str], ...]
    subjects: tuple[Subject, ...]
    manual: bool


@dataclass(frozen=True)
class Service:
    """A feature: what it is about, and its criteria."""

    title: str
    description: str
    criteria: tuple[Criterion, ...]

    @property
    def applying(self) -> list[Criterion]:
        """Return the criteria that the target has subjects for."""
        return [criterion for criterion in self.criteria if criterion.subjects]

    @property
    def idle(self) -> list[Criterion]:
        """Return the criteria that the target declares nothing for."""
        return [criterion for criterion in self.criteria if not criterion.subjects]


@dataclass(frozen=True)
class Chapter:
    """A folder of the document, and the commands that exercise it."""

    title: str
    phases: tuple[str, ...]
    services: tuple[Service, ...]


@dataclass(frozen=True)
class Offer:
    """A service that the target declares: what it is, how it is reached, by which user of the tests."""

    kind: str
    name: str
    reached: tuple[str, ...]
    user: str


@dataclass(frozen=True)
class Machine:
    """A machine of the target."""

    name: str
    component: str
    role: str
    address: str
    read: str


@dataclass(frozen=True)
class PlanStep:
    """A step of the upgrade: what is upgraded, in order, what it interrupts, and for how long (seconds)."""

    component: str
    machines: tuple[str, ...]
    impact: str
    advice: str
    vendor: float
    here: float


@dataclass(frozen=True)
class Plan:
    """The whole upgrade: before, during and after; windows in seconds."""

    preparation: tuple[str, ...]
    steps: tuple[PlanStep, ...]
    validation: tuple[str, ...]
    whole: str
    vendor: float
    here: float


@dataclass(frozen=True)
class TestUser:
    """An account made for the tests, and what it is used for; its password is no part of this."""

    login: str
    checked_by: str
    uses: tuple[str, ...]


@dataclass(frozen=True)
class Pilot:
    """A machine that gets the new client or agent first: what it opens, and how many of the fleet are like it."""

    name: str
    carries: str
    kind: str
    opens: tuple[str, ...]
    alike: int
    fleet: int


@dataclass(frozen=True)
class Document:
    """All that the document says of a target."""

    name: str
    title: str
    portal: str
    file: str
    sha256: str
    before: str
    after: str
    made: datetime
    zone: ZoneInfo
    recette: str
    offers: tuple[Offer, ...]
    applications: tuple[str, ...]
    machines: tuple[Machine, ...]
    plan: Plan
    chapters: tuple[Chapter, ...]
    users: tuple[TestUser, ...]
    pilots: tuple[Pilot, ...]
    waivers: tuple[Waiver, ...]

    @property
    def criteria(self) -> list[Criterion]:
        """Return every criterion of the document, in its order."""
        return [each for chapter in self.chapters for service in chapter.services for each in service.criteria]

    @property
    def applying(self) -> list[Criterion]:
        """Return the criteria that the target has subjects for."""
        return [criterion for criterion in self.criteria if criterion.subjects]

    @property
    def manual(self) -> list[Criterion]:
        """Return the criteria that only a person can check, and that apply."""
        return [criterion for criterion in self.applying if criterion.manual]

    @property
    def checks(self) -> int:
        """Return the number of criteria times their subjects."""
        return sum(len(criterion.subjects) for criterion in self.applying)


def page(document: Document, runs: Sequence[Run] = ()) -> str:
    """Return the document as HTML, with the results of some runs of its target beside the criteria."""
    known = {(criterion.id, subject.name) for criterion in document.criteria for subject in criterion.subjects}
    today = document.made.astimezone(document.zone).date()

    def standing_now(waiver: Waiver) -> str:
        return standing(waiver, today, runs)

    def short(moment: datetime) -> str:
        return f"{moment.astimezone(document.zone):%-d %b, %H:%M}"

    def result_of(run: Run, criterion: Criterion, subject: Subject) -> Result | None:
        return run.result(criterion.id, subject.name)

    def judges_of(criterion: Criterion, chapter: Chapter) -> list[Run]:
        """Return the runs that judged a criterion, or should have."""
        return [
            run
            for run in runs
            if run.phase in chapter.phases or any(result_of(run, criterion, subject) for subject in criterion.subjects)
        ]

    return (
        environment(document.zone, {"standing": standing_now, "short": short, "window": _window})
        .get_template("document.html")
        .render(
            document=document,
            runs=runs,
            result_of=result_of,
            judges_of=judges_of,
            verdict_of=lambda run: run.verdict or RunVerdict.NOT_JUDGED,
            uncovered=sorted({name for run in runs for name in uncovered(run, document.applications)}),
            strangers=_strangers(runs, known),
            **style("report.css", "document.css"),
        )
    )


def _window(seconds: float) -> str:
    """Say a planned duration, which is round."""
    return duration(seconds).removesuffix(" 0 s").removesuffix(" 0 min")


def _strangers(runs: Sequence[Run], known: set[tuple[str, str]]) -> list[str]:
    """Return what runs judged and the document does not hold (any more)."""
    judged = {result.key for run in runs for result in run.results if result.verdict is not Verdict.NOT_APPLICABLE}
    return sorted(f"{criterion} ({subject})" for criterion, subject in judged - known)
