"""What a test of a feature file amounts to: its steps as they go by, and the result in the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from pytest_bdd.parser import ScenarioTemplate, Step

from pytest_recette.collection import NO_SUBJECT, criterion_of, kind_of
from pytest_recette.manual import is_manual
from reports.evidence import Record
from reports.results import Evidence, Result
from reports.results import Step as StepRecord
from reports.verdicts import Verdict
from targets.access.outcomes import CannotJudgeError, OutcomeError
from targets.subject import Subject


@dataclass
class Progress:
    """A scenario on its way: which steps went by, and how."""

    template: ScenarioTemplate
    subject: Subject
    record: Record
    steps: list[StepRecord] = field(default_factory=list)
    error: BaseException | None = None
    _step_began: float = 0.0
    _shown: int = 0

    def begin_step(self) -> None:
        """Start the clock of a step."""
        self._step_began = time.monotonic()

    def end_step(self, step: Step, error: BaseException | None = None) -> None:
        """Note how a step went."""
        self.error = error
        verdict = Verdict.PASSED if error is None else verdict_of(error)
        seconds = round(time.monotonic() - self._step_began, 3)
        self.steps.append(StepRecord(text=words_of(step), verdict=verdict, seconds=seconds))

    def new_evidence(self) -> list[Evidence]:
        """Return the evidence that came since this was last asked."""
        new = self.record.evidence[self._shown :]
        self._shown += len(new)
        return new

    def all_steps(self) -> tuple[StepRecord, ...]:
        """Return the steps that went by, and those that were not reached as unknown."""
        unreached = list(self.template.steps)[len(self.steps) :]
        rest = [StepRecord(text=words_of(step), verdict=Verdict.UNKNOWN, seconds=0.0) for step in unreached]
        return (*self.steps, *rest)


def words_of(step: Step) -> str:
    """Return a step as the document says it, keyword included."""
    return f"{step.keyword.strip()} {step.name}"


def verdict_of(error: BaseException) -> Verdict:
    """Tell the platform's failure, an assertion, from the judge's: anything else."""
    return Verdict.FAILED if isinstance(error, AssertionError) else Verdict.UNKNOWN


def result_of(progress: Progress, report: pytest.TestReport, error: BaseException | None) -> Result:
    """Return the result of a scenario on its subject; `error` ended it, be it in a step or around them."""
    subject, elsewhere = progress.subject, error.at_fault if isinstance(error, OutcomeError) else None
    return Result(
        criterion=criterion_of(progress.template),
        title=progress.template.name,
        feature=progress.template.feature.name or "",
        subject=subject.name,
        component=elsewhere or subject.blamed,
        machine=None if elsewhere else subject.machine,
        behind=subject.behind,
        rests_on=subject.rests_on,
        verdict=Verdict.PASSED if error is None else verdict_of(error),
        reason=reason_of(error) if error else None,
        advice=error.advice if isinstance(error, OutcomeError) else None,
        started=datetime.fromtimestamp(report.start, UTC),
        seconds=round(max(report.duration, 0.0), 3),
        steps=progress.all_steps(),
        observations=tuple(progress.record.observations),
        evidence=tuple(progress.record.evidence),
        manual=is_manual(progress.template),
    )


def not_applicable(template: ScenarioTemplate) -> Result:
    """Return the result of a scenario that the target declares no subject for."""
    return Result(
        criterion=criterion_of(template),
        title=template.name,
        feature=template.feature.name or "",
        subject=NO_SUBJECT,
        verdict=Verdict.NOT_APPLICABLE,
        reason=f"the target file declares no {kind_of(template).replace('_', ' ')}",
        started=datetime.now(UTC),
        seconds=0.0,
    )


def is_foreseen(error: BaseException) -> bool:
    """Tell an error that says why, for a person, from one that only its traceback explains."""
    return isinstance(error, AssertionError | CannotJudgeError) and bool(error.args and str(error.args[0]).strip())


def reason_of(error: BaseException) -> str:
    """Return why a scenario ended, for a person; what nobody foresaw carries its type."""
    if is_foreseen(error):
        return str(error.args[0]).strip()
    return f"Recette itself failed, please report it: {type(error).__name__}: {error}"
