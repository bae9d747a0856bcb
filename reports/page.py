"""The page that people read: one self-contained file, safe to open whatever the platform sent."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.cards import cards
from reports.files import write_whole
from reports.records import Phase, Rule, Run, RunVerdict, Verdict
from reports.run import Baseline, RunError, load
from reports.verdict import place
from reports.wording import counted, duration, said, visible

PAGE_FILE = "report.html"
_TEMPLATES = Path(__file__).parent / "templates"
_REASONS_SHOWN = 5
_MEANING = {
    RunVerdict.GO: "The platform does everything that it did before the upgrade.",
    RunVerdict.NO_GO: "The platform does not do everything that it should.",
    RunVerdict.NOT_JUDGED: "There is not enough to judge by. This is neither a pass nor a failure.",
    RunVerdict.GO_WITH_RESERVATIONS: "Nothing was broken by the upgrade. Some points need a person to look.",
}
_MEANING_AT_BASELINE = _MEANING | {
    RunVerdict.GO: "The platform does what its criteria ask. It can be the reference for the upgrade.",
    RunVerdict.NO_GO: "The platform does not do what its criteria ask, and the upgrade has not begun.",
    RunVerdict.GO_WITH_RESERVATIONS: "Nothing failed. Some points need a person to look before the upgrade.",
}


def render(folder: Path, baseline: Baseline | None = None) -> Path:
    """Write report.html into the folder of a run and return its path.

    With the baseline that the run was compared with, its values and pictures stand beside today's. Raises RunError.
    """
    path = folder / PAGE_FILE
    content = page(load(folder), folder, baseline).encode()
    try:
        write_whole(path, content)
    except OSError as error:
        raise RunError(
            f"{path} could not be written: {error.strerror}. Make room, then run `recette report`"
        ) from error
    return path


def page(run: Run, folder: Path, baseline: Baseline | None) -> str:
    """Return the page of the run in `folder` as HTML."""
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    meanings = _MEANING_AT_BASELINE if run.phase is Phase.BASELINE else _MEANING
    return (
        _environment(run)
        .get_template("report.html")
        .render(
            run=run,
            cards=cards(run, folder, baseline),
            # The style is ours; its hash is what the page's content security policy lets through, and nothing else.
            style=Markup(style),  # noqa: S704 - a file of this package
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            verdict=run.verdict or RunVerdict.NOT_JUDGED,
            meaning=meanings[run.verdict or RunVerdict.NOT_JUDGED],
            reasons=run.reasons[:_REASONS_SHOWN],
            more_reasons=max(0, len(run.reasons) - _REASONS_SHOWN),
            shares=_shares(run),
        )
    )


def _environment(run: Run) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    zone = _zone(run.environment.time_zone)
    environment.filters |= {
        "duration": duration,
        "moment": lambda moment: moment.astimezone(zone).strftime("%-d %B %Y, %H:%M:%S"),
        "place": place,
        "said": said,
        "rule": _rule,
        "slug": lambda text: text.lower().replace(" ", "-"),
        "size": _size,
    }
    environment.globals |= {"counted": counted, "zone": zone.key}
    return environment


def _shown(value: Any) -> Any:  # noqa: ANN401 - Jinja2 gives whatever an expression was
    """Make hidden characters visible in every text that the page shows; markup is ours already."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _zone(name: str) -> ZoneInfo:
    """Return the zone of the host that made the run, or UTC where its name means nothing here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


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
