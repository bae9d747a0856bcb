"""The page in a real browser: what the platform sent runs nowhere, nothing is fetched, many pictures stay usable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from reports.evidence import Record
from reports.page import render
from reports.records import Phase
from reports.run_store import RunStore
from targets.access.browser import browser_program
from tests.unit.reports_samples import a_picture, a_result, a_run, unscrubbed
from tests.unit.scene_samples import accepted_baseline, make, platform
from tests.unit.test_reports_page import hostile_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=sandbox)
        yield browser
        browser.close()


def opened(browser: Browser, path: Path, width: int = 1440) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(path.as_uri())
    return page


def test_hostile_text_neither_runs_nor_fetches(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(hostile_page(tmp_path), encoding="utf-8")
    page = browser.new_page()
    asked: list[str] = []
    spoken: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split(":")[0]))
    page.on("dialog", lambda dialog: spoken.append(dialog.message))
    page.on("console", lambda message: spoken.append(message.text))
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert set(asked) <= {"file", "data"}
    assert asked.count("file") == 1
    assert spoken == []
    assert page.locator("h1").inner_text() == "NO-GO"


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_is_never_wider_than_the_window(browser: Browser, tmp_path: Path, width: int) -> None:
    baseline = accepted_baseline(tmp_path, platform("4.5"))
    store = make(tmp_path, Phase.VALIDATE, platform("4.6", left_behind="mc2"), baseline)
    path = render(store.folder, baseline)
    page = opened(browser, path, width)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_three_hundred_results_with_pictures_open_at_once(browser: Browser, tmp_path: Path) -> None:
    store = RunStore.begin(tmp_path, a_run(planned=300), scrub=unscrubbed)
    picture = a_picture("Home", size=(640, 400))
    for number in range(300):
        record = Record(store.folder, "WEB-01", f"site {number}", scrub=unscrubbed)
        record.image("Home", picture)
        feature = f"Chapter {number % 10}"
        store.add(a_result(subject=f"site {number}", feature=feature, evidence=tuple(record.evidence)))
    store.finish()
    page = opened(browser, render(store.folder))
    assert page.locator("img").count() == 300
    page.locator("summary").first.press("Enter")
    assert page.locator(".feature[open] .row").count() == 30
