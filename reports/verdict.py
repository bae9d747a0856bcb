"""The verdict of a run: pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reports.blame import Cause, causes, is_server, place
from reports.comparison import sentence
from reports.records import Phase, Run
from reports.representation import named, unrepresented
from reports.results import Result
from reports.verdicts import Change, RunVerdict, Verdict
from reports.waivers import waiver_said
from reports.wording import counted, shortened

_LONGEST_REASON = 500
_JUDGED = (Verdict.PASSED, Verdict.FAILED)


@dataclass(frozen=True)
class Judgement:
    """A run's verdict and why, the root cause first."""

    verdict: RunVerdict
    reasons: tuple[str, ...]


def judge(run: Run) -> Judgement:
    """Judge a run by its results and what changed in them since the baseline."""
    broke = tuple(_cause_said(cause) for cause in causes(broken(run), run.results))
    unjudged = tuple(_not_judged(run))
    reserved = tuple(_reservations(run))
    reasons = broke + unjudged + reserved
    if broke:
        return Judgement(RunVerdict.NO_GO, reasons)
    if unjudged:
        return Judgement(RunVerdict.NOT_JUDGED, reasons)
    if reserved:
        return Judgement(RunVerdict.GO_WITH_RESERVATIONS, reasons)
    return Judgement(RunVerdict.GO, (_all_well(run),))


def broken(run: Run) -> list[Result]:
    """Return what speaks against the upgrade: failed, regressed or missing, and not already failed in the baseline."""
    return [result for result in run.results if _broke(result)]


def reserved(run: Run) -> list[Result]:
    """Return what is neither well nor broken by the upgrade: known failures, unknown, waived, applicable no more."""
    return [result for result in run.results if not _broke(result) and not _well(result)]


def qualified(run: Run) -> set[str]:
    """Return the names of the pilots on which nothing broke and nothing stayed unknown."""
    of_pilots = {pilot.name: [each for each in run.results if each.machine == pilot.name] for pilot in run.pilots}
    bad = {result.key for result in (*broken(run), *(each for each in run.results if each.verdict is Verdict.UNKNOWN))}
    return {name for name, results in of_pilots.items() if results and not any(each.key in bad for each in results)}


def told(result: Result) -> str:
    """Say what a result found, with the values before and now where there are some."""
    reason = shortened(result.reason or "", _LONGEST_REASON)
    differences = [sentence(difference) for difference in result.changes]
    parts = [reason, *(text for text in differences if text not in reason)]
    if not differences and result.verdict_before is not None and result.change is not Change.MISSING:
        parts.append(f"{result.verdict_before} before, {result.found} now")
    parts.append(waiver_said(result))
    return "; ".join(part for part in parts if part)


def _broke(result: Result) -> bool:
    if result.verdict is Verdict.WAIVED:
        return False
    if result.change is Change.REGRESSED:
        return True
    bad = result.verdict is Verdict.FAILED or result.change is Change.MISSING
    return bad and result.verdict_before is not Verdict.FAILED


def _well(result: Result) -> bool:
    """Tell what needs no word: passed, or a service that the target never had."""
    return result.verdict is Verdict.PASSED or (
        result.verdict is Verdict.NOT_APPLICABLE and result.verdict_before not in _JUDGED
    )


def _cause_said(cause: Cause) -> str:
    behind = f" ({counted(len(cause.consequences), 'more failure')} behind it)" if cause.consequences else ""
    return f"{_line(cause.result, str(cause.place))}{behind}"


def _line(result: Result, where: str = "") -> str:
    """Say a result in a line; `where` is to blame, or its own place without that."""
    where = where or place(result)
    subject = "" if is_server(result) or result.subject == where else f", {result.subject}"
    return f"{where}: {shortened(result.title)} ({result.criterion}{subject}): {told(result)}"


def _not_judged(run: Run) -> Iterable[str]:
    if not any(result.found in _JUDGED for result in run.results):
        yield "Nothing was judged: no criterion passed or failed"
    if not run.complete:
        yield f"The run is incomplete: {len(run.results)} of {run.planned} results are there"
    if run.phase in (Phase.QUALIFY, Phase.VALIDATE) and run.baseline is None:
        yield "There is no accepted baseline to compare with"
    for result in run.results:
        if _lost_sight(result):
            yield f"Judged in the baseline, unknown now: {_line(result)}"


def _lost_sight(result: Result) -> bool:
    unknown = result.verdict is Verdict.UNKNOWN and result.change is not Change.MISSING
    return unknown and result.verdict_before in _JUDGED


def _reservations(run: Run) -> Iterable[str]:
    if run.partial:
        yield f"Only a selection was run: {counted(run.planned, 'result')} planned"
    if run.baseline is not None and run.baseline.target_sha256 != run.target.sha256:
        yield f"The target file {run.target.file} changed since the baseline"
    if run.phase is Phase.QUALIFY:
        yield from _without_look_alike(run)
    for result in reserved(run):
        if not _lost_sight(result):
            yield f"{_standing(result)}: {_line(result)}"


def _without_look_alike(run: Run) -> Iterable[str]:
    """Name the kinds of the fleet that no pilot stands for; of a pilot that broke, its own failure says enough."""
    pilots = {pilot.name for pilot in run.pilots}
    for component in dict.fromkeys(kind.component for kind in run.fleet):
        share = unrepresented(run.fleet, component, pilots)
        if share.kinds:
            kinds = shortened("; ".join(named(kind) for kind in share.kinds), _LONGEST_REASON)
            yield f"{component}: no pilot is like {share.said} of the fleet: {kinds}"


def _standing(result: Result) -> str:
    if result.verdict_before is Verdict.FAILED and result.verdict is not Verdict.WAIVED:
        return "Failed in the accepted baseline too"
    return {
        Verdict.WAIVED: "Waived",
        Verdict.NOT_APPLICABLE: "Judged in the baseline, not applicable now",
    }.get(result.verdict, "Unknown")


def _all_well(run: Run) -> str:
    passed = sum(result.verdict is Verdict.PASSED for result in run.results)
    compared = " and nothing regressed since the baseline" if run.baseline else ""
    return f"All {passed} results that apply passed{compared}"
