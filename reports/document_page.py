"""The acceptance-criteria document as HTML that prints on A4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.coverage import uncovered
from reports.document import Chapter, Criterion, Document, Subject
from reports.records import Run
from reports.results import Result, Waiver
from reports.templating import environment, style
from reports.verdicts import RunVerdict, Verdict
from reports.waivers import standing
from reports.wording import duration


@dataclass(frozen=True)
class Beside:
    """What the runs that stand beside a document say of it."""

    document: Document
    runs: Sequence[Run]

    def result_of(self, run: Run, criterion: Criterion, subject: Subject) -> Result | None:
        """Return what a run has of a criterion on a subject."""
        return run.result(criterion.id, subject.name)

    def verdict_of(self, run: Run) -> RunVerdict:
        """Return a run's verdict; one that did not come to its end has none of its own."""
        return run.verdict or RunVerdict.NOT_JUDGED

    def judges_of(self, criterion: Criterion, chapter: Chapter) -> list[Run]:
        """Return the runs that judged a criterion, or should have."""
        return [run for run in self.runs if run.phase in chapter.phases or self._judged(run, criterion)]

    @property
    def uncovered(self) -> list[str]:
        """What the portal offered to a run, and no criterion covers."""
        return sorted({name for run in self.runs for name in uncovered(run, self.document.applications)})

    @property
    def strangers(self) -> list[str]:
        """What runs judged and the document does not hold (any more)."""
        criteria = self.document.criteria
        known = {(criterion.id, subject.name) for criterion in criteria for subject in criterion.subjects}
        judged = {result.key for run in self.runs for result in run.results if _applied(result)}
        return sorted(f"{criterion} ({subject})" for criterion, subject in judged - known)

    def standing(self, waiver: Waiver) -> str:
        """Say how a waiver stands on the day that the document is made."""
        return standing(waiver, self.document.made.astimezone(self.document.zone).date(), self.runs)

    def short(self, moment: datetime) -> str:
        """Say a moment, without its year."""
        return f"{moment.astimezone(self.document.zone):%-d %b, %H:%M}"

    def _judged(self, run: Run, criterion: Criterion) -> bool:
        return any(self.result_of(run, criterion, subject) for subject in criterion.subjects)


def page(document: Document, runs: Sequence[Run] = ()) -> str:
    """Return the document as HTML, with the results of some runs of its target beside the criteria."""
    beside = Beside(document, runs)
    made = environment(document.zone, {"standing": beside.standing, "short": beside.short, "window": _window})
    return made.get_template("document.html").render(
        document=document, runs=runs, beside=beside, **style("report.css", "document.css")
    )


def _applied(result: Result) -> bool:
    return result.verdict is not Verdict.NOT_APPLICABLE


def _window(seconds: float) -> str:
    """Say a planned duration, which is round."""
    return duration(seconds).removesuffix(" 0 s").removesuffix(" 0 min")
