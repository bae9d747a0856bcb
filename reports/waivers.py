"""Waivers: for a time, a criterion need not hold for a subject. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import chain

from reports.records import Run
from reports.results import Result, Waiver
from reports.verdicts import Verdict
from reports.wording import day

_BAD = (Verdict.FAILED, Verdict.UNKNOWN)


def waived(result: Result, waivers: Iterable[Waiver], today: date) -> Result:
    """Return a result with the waiver that names it, where it did not pass; one that has expired changes no verdict."""
    waiver = next((waiver for waiver in waivers if waiver.key == result.key), None)
    if waiver is None or result.verdict not in _BAD:
        return result
    if has_expired(waiver, today):
        return result.model_copy(update={"waiver": waiver})
    return result.model_copy(update={"waiver": waiver, "verdict": Verdict.WAIVED, "unwaived": result.verdict})


def has_expired(waiver: Waiver, today: date) -> bool:
    """Tell whether a waiver counts no more; its last day still does."""
    return today > waiver.until


def waiver_said(result: Result) -> str:
    """Say what a waiver means for a result; nothing where none names it or none was needed."""
    waiver = result.waiver
    if waiver is None:
        return ""
    if result.verdict is Verdict.WAIVED:
        return f"waived by {waiver.who} until {day(waiver.until)}: {waiver.reason}"
    return f"its waiver by {waiver.who} expired on {day(waiver.until)} and counts no more"


def standing(waiver: Waiver, today: date, runs: Iterable[Run] = ()) -> str:
    """Say whether a waiver counts, and what it did for the last of some runs."""
    if has_expired(waiver, today):
        return f"expired on {day(waiver.until)}: counts no more"
    results = chain.from_iterable(run.results for run in runs)
    verdicts = [result.verdict for result in results if result.key == waiver.key]
    if not verdicts:
        return f"counts until {day(waiver.until)}"
    return {Verdict.WAIVED: "counts: it did not pass", Verdict.PASSED: "not needed: it passed"}.get(
        verdicts[-1], f"does not count here: {verdicts[-1]}"
    )
