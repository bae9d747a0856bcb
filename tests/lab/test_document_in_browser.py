"""The document in a real browser: printed on A4 with page numbers, never wider than the window, and harmless."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from commands.printing import NUMBER, pages_of, print_page
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


def test_its_contents_say_on_which_page_each_part_is(tmp_path: Path, document: Document) -> None:
    """With the numbers in them, they are printed on as many pages as without."""
    browser = Chromium(None, {}, 60)
    html = written(tmp_path, document)
    try:
        pages = pages_of(browser.do(lambda context: print_page(context, html)))
        shown = browser.do(lambda context: contents(context, html, pages))
        plain = pages_of(browser.do(lambda context: printed_plainly(context, html)))
    finally:
        browser.close()
    parts = ["scope", "platform", "plan", "chapter-1", "by-hand", "sign-off"]
    assert sorted(parts, key=lambda part: pages[part]) == parts
    assert 1 < pages["scope"] < pages["chapter-1"] < pages["sign-off"]
    assert shown == {part: pages[part] for part in shown}
    assert set(parts) <= shown.keys()
    assert plain == pages


async def contents(context: BrowserContext, html: Path, pages: dict[str, int]) -> dict[str, int]:
    """Number the contents, and return the page that each entry then shows by what it links to first."""
    tab = await context.new_page()
    await tab.goto(html.as_uri())
    await tab.evaluate(NUMBER, pages)
    read = "entry => [entry.querySelector('a').hash.slice(1), Number(entry.dataset.page)]"
    return dict(await tab.evaluate(f"[...document.querySelectorAll('.contents [data-page]')].map({read})"))


async def printed_plainly(context: BrowserContext, html: Path) -> bytes:
    tab = await context.new_page()
    await tab.goto(html.as_uri())
    return await tab.pdf(prefer_css_page_size=True)


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
