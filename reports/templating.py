"""What all pages share: escaped templates, words for values, and a style that the page's own policy lets through."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.waivers import waiver_said
from reports.wording import counted, day, duration, listed, said, visible

_TEMPLATES = Path(__file__).parent / "templates"


def environment(zone: ZoneInfo, filters: Mapping[str, Callable[..., Any]]) -> Environment:
    """Return what templates are filled in by; times are shown in `zone`, and `filters` are a page's own."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "day": day,
        "duration": duration,
        "listed": listed,
        "moment": lambda moment: moment.astimezone(zone).strftime("%-d %B %Y, %H:%M:%S"),
        "said": said,
        "slug": lambda text: text.lower().replace(" ", "-"),
        "waiver_said": waiver_said,
        **filters,
    }
    made.globals |= {"counted": counted, "zone": zone.key}
    return made


def style(*files: str) -> dict[str, Any]:
    """Return the style of some files of ours, and its hash: what a page's content security policy lets through."""
    text = "".join((_TEMPLATES / file).read_text(encoding="utf-8") for file in files)
    return {
        "style": Markup(text),  # noqa: S704 - files of this package
        "style_hash": base64.b64encode(hashlib.sha256(text.encode()).digest()).decode(),
    }


def script(file: str) -> dict[str, Any]:
    """Return a script of ours, and its hash: the only one that a page's content security policy lets run."""
    text = (_TEMPLATES / file).read_text(encoding="utf-8")
    return {
        "script": Markup(text),  # noqa: S704 - a file of this package
        "script_hash": base64.b64encode(hashlib.sha256(text.encode()).digest()).decode(),
    }


def _shown(value: Any) -> Any:  # noqa: ANN401 - Jinja2 gives whatever an expression was
    """Make hidden characters visible in every text that the page shows; markup is ours already."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
