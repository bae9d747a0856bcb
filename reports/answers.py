"""What people said of the criteria that only a person can check, put into the run that waits for it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports.comparison import change_of
from reports.records import Run
from reports.results import Answer, Result, Said
from reports.verdict import judge
from reports.verdicts import Verdict
from reports.waivers import waived

_VERDICTS = {
    Said.HELD: Verdict.PASSED,
    Said.DID_NOT_HOLD: Verdict.FAILED,
    Said.COULD_NOT_BE_CHECKED: Verdict.UNKNOWN,
}


def waiting(run: Run) -> list[Result]:
    """Return the results of a run that a person has not answered yet."""
    return [result for result in run.results if result.manual and result.answer is None]


def answered(run: Run, answers: Sequence[Answer]) -> Run:
    """Return a run with the answers in it, the last one on each subject, judged again where it was judged."""
    if not answers:
        return run
    last = {answer.key: answer for answer in answers}
    results = tuple(_with(result, last.get(result.key), run) for result in run.results)
    return judged(run.model_copy(update={"results": results}))


def judged(run: Run) -> Run:
    """Return a run judged by what it holds now; one that has not ended has no verdict."""
    if run.ended is None:
        return run
    judgement = judge(run)
    return run.model_copy(update={"verdict": judgement.verdict, "reasons": judgement.reasons})


def strays(run: Run, answers: Iterable[Answer]) -> list[Answer]:
    """Return the answers to what the run does not leave to a person."""
    asked = {result.key for result in run.results if result.manual}
    return [answer for answer in answers if answer.key not in asked]


def _with(result: Result, answer: Answer | None, run: Run) -> Result:
    if answer is None:
        return result
    verdict = _VERDICTS[answer.said]
    before = result.verdict_before
    found = result.model_copy(
        update={
            "verdict": verdict,
            "unwaived": None,
            "waiver": None,
            "change": change_of(before, verdict) if before else result.change,
            "reason": None if verdict is Verdict.PASSED else _reason(answer),
            "advice": None,
            "steps": tuple(step.model_copy(update={"verdict": verdict}) for step in result.steps),
            "evidence": answer.evidence,
            "answer": answer,
        }
    )
    return waived(found, run.waivers, run.day)


def _reason(answer: Answer) -> str:
    said = f"It {answer.said}, says {answer.who}"
    return f"{said}: {answer.remark}" if answer.remark else said
