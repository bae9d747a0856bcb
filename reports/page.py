"""The page that people read: one self-contained file, safe to open whatever the platform sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from reports import impact
from reports.baseline import Baseline
from reports.blame import place
from reports.cards import cards
from reports.coverage import uncovered
from reports.decision import decisions
from reports.files import write_whole
from reports.impact import WatchedPart
from reports.records import Phase, Run
from reports.representation import named
from reports.results import Waiver
from reports.rules import Rule
from reports.run import load
from reports.storage import RunError
from reports.templating import environment, script, style
from reports.verdicts import RunVerdict, Verdict
from reports.waivers import standing

PAGE_FILE = "report.html"
TIMELINE_FILE = "timeline.svg"
_REASONS_SHOWN = 5
_MEANING = {
    RunVerdict.GO: "The platform does everything that it did before the upgrade.",
    RunVerdict.NO_GO: "The platform does not do everything that it should.",
    RunVerdict.NOT_JUDGED: "There is not enough to judge by. This is neither a pass nor a failure.",
    RunVerdict.GO_WITH_RESERVATIONS: "Nothing was broken by the upgrade. Some points need a person to look.",
}
_MEANING_OF_PREPARATION = _MEANING | {
    RunVerdict.GO: "What the upgrade needs is in place, as far as this could be seen from the servers.",
    RunVerdict.NO_GO: "Something that the upgrade needs is not in place. It must not begin.",
    RunVerdict.GO_WITH_RESERVATIONS: "Nothing seen is in the upgrade's way. Some points need a person to look.",
}
_MEANING_AT_QUALIFICATION = _MEANING | {
    RunVerdict.GO: "The pilots do with the new release what they did before. The fleet may have it.",
    RunVerdict.NO_GO: "A pilot does not do with the new release what it should. The fleet has to wait.",
    RunVerdict.GO_WITH_RESERVATIONS: "Nothing broke on the pilots. Some points need a person before the fleet's turn.",
}
_MEANING_OF_WATCH = _MEANING | {
    RunVerdict.GO: "Users lost no more than the upgrade explains and its windows allow, and got all of it back.",
    RunVerdict.NO_GO: "Users lost more than the upgrade explains, or for longer than the windows allow.",
}
_MEANING_AT_BASELINE = _MEANING | {
    RunVerdict.GO: "The platform does what its criteria ask. It can be the reference for the upgrade.",
    RunVerdict.NO_GO: "The platform does not do what its criteria ask, and the upgrade has not begun.",
    RunVerdict.GO_WITH_RESERVATIONS: "Nothing failed. Some points need a person to look before the upgrade.",
}
_MEANINGS = {
    Phase.PREPARE: _MEANING_OF_PREPARATION,
    Phase.BASELINE: _MEANING_AT_BASELINE,
    Phase.QUALIFY: _MEANING_AT_QUALIFICATION,
    Phase.WATCH: _MEANING_OF_WATCH,
}


def render(folder: Path, baseline: Baseline | None = None) -> Path:
    """Write report.html into the folder of a run and return its path.

    With the baseline that the run was compared with, its values and pictures stand beside today's. Raises RunError.
    """
    path, run = folder / PAGE_FILE, load(folder)
    watched = impact.watched(folder, run.environment.zone) if run.phase is Phase.WATCH else None
    content = page(run, folder, baseline, watched).encode()
    try:
        write_whole(path, content)
        if watched:
            write_whole(folder / TIMELINE_FILE, watched.file.encode())
    except OSError as error:
        raise RunError(
            f"{path} could not be written: {error.strerror}. Make room, then run `recette report`"
        ) from error
    return path


def page(run: Run, folder: Path, baseline: Baseline | None, watched: WatchedPart | None = None) -> str:
    """Return the page of the run in `folder` as HTML, with what was watched where it is a watch."""
    meanings = _MEANINGS.get(run.phase, _MEANING)
    return (
        environment(run.environment.zone, _filters(run))
        .get_template("report.html")
        .render(
            run=run,
            cards=cards(run, folder, baseline),
            decisions=decisions(run),
            uncovered=uncovered(run, run.applications) if run.applications else [],
            **style("report.css", "timeline.css"),
            **script("timeline.js"),
            watched=watched,
            verdict=run.verdict or RunVerdict.NOT_JUDGED,
            meaning=meanings[run.verdict or RunVerdict.NOT_JUDGED],
            reasons=run.reasons[:_REASONS_SHOWN],
            more_reasons=max(0, len(run.reasons) - _REASONS_SHOWN),
            shares=_shares(run),
        )
    )


def _filters(run: Run) -> dict[str, Callable[..., str]]:
    def standing_here(waiver: Waiver) -> str:
        return standing(waiver, run.day, [run])

    return {"place": place, "rule": _rule, "size": _size, "named": named, "standing": standing_here}


def _rule(rule: Rule | None) -> str:
    if rule is None:
        return "recorded only"
    return f"{rule.operator} {rule.percent:g} %" if rule.percent else rule.operator.value


def _size(number: int) -> str:
    """Say a number of bytes."""
    return f"{number} B" if number < 1024 else f"{number / 1024:.0f} KiB"  # noqa: PLR2004 - 1 KiB


def _shares(run: Run) -> list[tuple[Verdict, int, float, float]]:
    """Return each verdict, its number of results, and where its part of a bar of width 100 begins and how wide it is.

    What was planned and is not there leaves the bar empty.
    """
    counts = Counter(result.verdict for result in run.results)
    shares, begin = [], 0.0
    for verdict in Verdict:
        width = 100 * counts[verdict] / max(1, run.planned, len(run.results))
        shares.append((verdict, counts[verdict], begin, width))
        begin += width
    return shares
