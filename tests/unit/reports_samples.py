"""Runs, results and pictures for the tests of reports."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from PIL import Image, ImageDraw, ImageFont

from reports.records import Environment, Phase, ReleaseStep, Run, TargetFile
from reports.results import Result
from reports.verdicts import Change, Verdict

STARTED = datetime(2026, 11, 23, 21, 4, 12, tzinfo=UTC)
TARGET = TargetFile(
    name="lab",
    title="Cleanroom embedded lab",
    portal="https://portal.cleanroom.test/",
    file="targets/lab.yaml",
    sha256="a" * 64,
)
ENVIRONMENT = Environment(
    recette="0.1.0",
    python="3.11.2",
    platform="Linux 6.1 x86_64, Debian 12",
    time_zone="Europe/Paris",
    tools={"chromium": "156.0", "xfreerdp": "2.11.7"},
)


def unscrubbed(text: str) -> str:
    return text


def a_run(phase: Phase = Phase.BASELINE, **changes: object) -> Run:
    run = Run(
        phase=phase,
        target=TARGET,
        releases=ReleaseStep(from_="4.5", to="4.6"),
        started=STARTED,
        planned=1,
        environment=ENVIRONMENT,
    )
    return run.model_copy(update=changes)


def a_result(criterion: str = "WEB-01", subject: str = "Intranet", **changes: object) -> Result:
    result = Result(
        criterion=criterion,
        title="A user opens a web application",
        feature="Web applications",
        subject=subject,
        verdict=Verdict.PASSED,
        started=STARTED,
        seconds=0.5,
    )
    return result.model_copy(update=changes)


def broke(subject: str, component: str | None, machine: str | None, **changes: object) -> Result:
    """Give a result that failed, and passed in the baseline."""
    fields = {"component": component, "machine": machine, "verdict": Verdict.FAILED, "verdict_before": Verdict.PASSED}
    return a_result(subject=subject).model_copy(update=fields | {"change": Change.REGRESSED} | changes)


def a_picture(title: str, line: str = "", size: tuple[int, int] = (1280, 800), tint: str = "#12324a") -> bytes:
    """Draw what could be a screenshot."""
    image = Image.new("RGB", size, "#f5f6f8")
    draw = ImageDraw.Draw(image)
    large, small = ImageFont.load_default(size=34), ImageFont.load_default(size=20)
    draw.rectangle((0, 0, size[0], 84), fill=tint)
    draw.text((40, 22), title, font=large, fill="white")
    for number in range(4):
        top = 130 + number * 130
        draw.rounded_rectangle((40, top, size[0] - 40, top + 100), 12, fill="white", outline="#d5dae0", width=2)
        draw.text((70, top + 36), f"{line} {number + 1}" if line else f"Row {number + 1}", font=small, fill="#333")
    encoded = io.BytesIO()
    image.save(encoded, "PNG")
    return encoded.getvalue()
