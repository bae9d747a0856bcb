"""What the acceptance-criteria document says: it is brought to the meeting where the upgrade is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reports.results import Waiver


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
    """A folder of the document, and the commands that exercise it; `given` is what a site's own has to be given to."""

    title: str
    phases: tuple[str, ...]
    services: tuple[Service, ...]
    given: str = ""


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
