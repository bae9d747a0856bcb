"""The commands that serve the meeting: the document of a target, and a person's answers to a run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import pytest
import typer
from pytest_bdd.exceptions import GherkinParseError

from commands.phases import HOME, reported
from commands.printing import LIMIT, print_page
from commands.terminal import RunFolder, Target, conclude, console, kindly, tell
from pytest_recette.document import document_of
from pytest_recette.questions import ask
from reports.document import Document
from reports.document_page import page
from reports.files import write_whole
from reports.records import Run
from reports.run import load
from reports.storage import RunError
from targets.access.browser import Chromium
from targets.access.outcomes import OutcomeError
from targets.loader import LoadedTarget
from targets.loader import load as load_target
from targets.subjects import UnknownKindError

DOCUMENTS = HOME / "reports" / "documents"
NAME = "acceptance-criteria"


def document(
    target: Target,
    features: Annotated[
        list[Path] | None, typer.Argument(metavar="FEATURES", help="Feature files of your own, or folders of them.")
    ] = None,
    run: Annotated[
        list[Path] | None, typer.Option("--run", metavar="RUN", help="Set this run's results beside the criteria.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the document goes; reports/documents/ without it.")
    ] = None,
) -> None:
    """Make the acceptance-criteria document of a target, as HTML and PDF."""
    with kindly():
        loaded = load_target(target, for_use=False)
        runs = [_run_of(loaded.target.name, folder) for folder in run or ()]
        html = (output or DOCUMENTS / loaded.target.name) / f"{NAME}.html"
        _write(html, page(_gathered(loaded, features or []), runs).encode())
        tell(f"Document: {html}")
        _printed(html)


def _gathered(loaded: LoadedTarget, features: list[Path]) -> Document:
    """Gather the document; raise RunError where a feature of the site's own is not there or not in order."""
    for path in features:
        if not (path.suffix == ".feature" and path.is_file()) and not any(path.rglob("*.feature")):
            raise RunError(f"{path} is no feature file, and no folder that holds one")
    try:
        document = document_of(loaded, features)
    except (pytest.Collector.CollectError, GherkinParseError, UnknownKindError) as error:
        raise RunError(f"a feature is not in order: {error}") from None
    counts = Counter(criterion.id for criterion in document.criteria)
    if twice := [each for each, count in counts.items() if count > 1]:
        raise RunError(f"two scenarios are {', '.join(twice)}: give each an ID of its own, and never change it")
    return document


def answer(
    run: RunFolder,
    again: Annotated[bool, typer.Option("--again", help="Ask again what was answered already.")] = False,
) -> None:
    """Answer what only a person can check of a run, and judge it again."""
    with kindly():
        ask(run, console, again=again)
        outcome = reported(run)
    conclude(outcome)


def _run_of(target: str, folder: Path) -> Run:
    run = load(folder)
    if run.target.name != target:
        raise RunError(f"{folder} is a run of {run.target.name}, not of {target}: name a run of the same target")
    return run


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise RunError(f"{path} could not be written: {error.strerror}. Name another folder by --output") from error


def _printed(html: Path) -> None:
    """Print the document beside it where there is a browser to do so; else say what is missing."""
    browser = Chromium(None, {}, LIMIT)
    try:
        content = browser.do(lambda context: print_page(context, html))
    except OutcomeError as error:
        tell(f"No PDF was made: {error}. Any browser prints {html.name} as it should look")
        return
    finally:
        browser.close()
    pdf = html.with_suffix(".pdf")
    _write(pdf, content)
    tell(f"PDF: {pdf}")
