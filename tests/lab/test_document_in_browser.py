"""The document in a real browser: printed on A4 with page numbers, never wider than the window, and harmless."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from commands.documents import print_page
from pytest_recette.document import document_of
from reports.document import Document
from reports.document_page import page
from targets.access.browser import Chromium
from targets.loader import load
from tests.unit.target_samples import lab_copy
from tests.unit.test_reports_page import HOSTILE

A4 = (595, 842)
"""Points, rounded."""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return document_of(load(lab_copy(tmp_path_factory.mktemp("lab"))))


def written(folder: Path, document: Document) -> Path:
    path = folder / "document.html"
    path.write_text(page(document), encoding="utf-8")
    return path


def test_it_is_printed_on_a4_with_a_cover_and_bookmarks(tmp_path: Path, document: Document) -> None:
    browser = Chromium(None, {}, 60)
    try:
        html = written(tmp_path, document)
        pdf = browser.do(lambda context: print_page(context, html))
    finally:
        browser.close()
    boxes = [tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox\s*\[([^]]*)\]", pdf)]
    assert pdf.startswith(b"%PDF-")
    assert len(boxes) > 5
    assert {(round(right), round(top)) for _, _, right, top in boxes} == {A4}
    assert b"/Outlines" in pdf


@pytest.mark.parametrize("width", [1440, 390])
def test_it_is_never_wider_than_the_window_and_asks_for_nothing(tmp_path: Path, document: Document, width: int) -> None:
    html = written(tmp_path, replace(document, title=HOSTILE, portal=HOSTILE))
    asked: list[str] = []

    async def look(context: BrowserContext) -> int:
        tab = await context.new_page()
        tab.on("request", lambda request: asked.append(request.url.split(":")[0]))
        await tab.set_viewport_size({"width": width, "height": 900})
        await tab.goto(html.as_uri())
        return int(await tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    browser = Chromium(None, {}, 60)
    try:
        assert browser.do(look) <= 0
    finally:
        browser.close()
    assert set(asked) <= {"file", "data"}
    assert asked.count("file") == 1
