"""The picture of a watch, for people and for a document."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from reports import impact
from reports.impact import interruptions
from reports.outages import read
from reports.page import TIMELINE_FILE, render
from reports.records import Phase
from reports.run_store import RunStore
from reports.samples import State
from reports.timeline import LEFT, RIGHT, SHORTEST, WIDTH, picture
from tests.unit.reports_samples import a_result, a_run, unscrubbed
from tests.unit.watch_samples import STARTED, a_watch, mark, sample, watched

PARIS = ZoneInfo("Europe/Paris")
HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = RunStore.begin(tmp_path, a_run(Phase.WATCH, started=STARTED), scrub=unscrubbed)
    store.add(a_result())
    store.finish()
    states = dict.fromkeys((10, 11, 40), State.AWAY) | dict.fromkeys(range(60, 70), State.UNKNOWN)
    samples = [sample(at, states.get(at, State.OK)) for at in range(100)]
    samples += [sample(at, State.LOST if 41 <= at < 50 else State.OK, "a session") for at in range(0, 100, 2)]
    services = [watched(), watched("a session", "edge gateway", every=2.0, held=True)]
    marks = [
        mark(8, "begin", "mediation controller", "mc1"),
        mark(15, "end", "mediation controller", "mc1"),
        mark(12, "begin", "mediation controller", "mc2"),
        mark(20, "end", "mediation controller", "mc2"),
        mark(90, "begin", "edge gateway", "eg1"),
    ]
    return a_watch(store.folder, services, samples, marks)


def test_services_sessions_and_steps_have_rows_of_their_own(folder: Path) -> None:
    found = picture(read(folder), PARIS)
    assert [line.name for line in found.services] == ["portal"]
    assert [line.name for line in found.sessions] == ["a session"]
    assert [[bar.label for bar in line.bars] for line in found.steps] == [["mc1", "eg1"], ["mc2"]]
    tops = [line.top for line in (*found.steps, *found.services, *found.sessions)]
    assert tops == sorted(set(tops))
    assert found.height > tops[-1]


def test_everything_lies_within_the_scale_and_the_shortest_outage_can_be_seen(folder: Path) -> None:
    found = picture(read(folder), PARIS)
    for line in (*found.steps, *found.services, *found.sessions):
        for bar in line.bars:
            assert LEFT <= found.x(bar.begin) <= found.x(bar.end) <= WIDTH - RIGHT
            assert found.width(bar) >= SHORTEST


def test_the_scale_has_whole_moments_of_the_clock_where_the_watch_was_made(folder: Path) -> None:
    clocks = [clock for _, clock in picture(read(folder), PARIS).ticks()]
    assert clocks[0] == "22:00:10"
    assert 4 <= len(clocks) <= 11


def test_interruptions_are_told_with_the_step_that_they_come_from(folder: Path) -> None:
    told = interruptions(read(folder), PARIS)
    assert [(name, begin, during) for name, begin, _, _, during in told] == [
        ("portal", "22:00:10", "mediation controller on mc1"),
        ("portal", "22:00:40", "no step explains it"),
        ("a session", "22:00:42", "no step explains it"),
    ]


def test_the_file_for_a_document_is_svg_that_needs_nothing_else(folder: Path) -> None:
    render(folder)
    text = (folder / TIMELINE_FILE).read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)  # noqa: S314 -- we have just written it
    assert root.tag.endswith("svg")
    assert "<style>" in text
    assert not [word for word in ("http:", "https:", "@import", "<script", "<image") if word in text.replace(
        'xmlns="http://www.w3.org/2000/svg"', "")]  # fmt: skip


def test_the_page_of_a_watch_holds_the_picture_and_lets_only_our_own_script_run(folder: Path) -> None:
    page = render(folder).read_text(encoding="utf-8")
    assert 'class="timeline"' in page
    assert "script-src 'sha256-" in page
    assert page.count("<script") == 1


def test_other_pages_let_no_script_run(tmp_path: Path) -> None:
    store = RunStore.begin(tmp_path, a_run(), scrub=unscrubbed)
    store.finish()
    page = render(store.folder).read_text(encoding="utf-8")
    assert "script-src" not in page
    assert "<script" not in page


def test_what_the_platform_said_is_escaped_in_the_picture(tmp_path: Path) -> None:
    samples = [sample(0), sample(1, State.AWAY, text=HOSTILE), sample(2)]
    folder = a_watch(tmp_path, [watched()], samples, [mark(0, "begin", "edge gateway", HOSTILE)])
    drawn = impact.watched(folder, PARIS).file
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn
    assert "\u202e" not in drawn


def test_a_watch_without_a_sample_can_be_drawn(tmp_path: Path) -> None:
    folder = a_watch(tmp_path, [watched()], [], [])
    assert "none was marked" in impact.watched(folder, PARIS).file


def test_a_row_begins_where_its_watch_does(tmp_path: Path) -> None:
    samples = [sample(at) for at in range(10)] + [sample(at, service="late") for at in range(6, 10)]
    found = picture(read(a_watch(tmp_path, [watched(), watched("late")], samples, [])), PARIS)
    assert [line.begin for line in found.services] == [0, 6]


def test_a_label_that_its_step_is_too_short_for_is_left_to_the_pointer(folder: Path) -> None:
    found = picture(read(folder), PARIS)
    bars = {bar.label: found.needs(bar) <= found.width(bar) for line in found.steps for bar in line.bars}
    assert bars == {"mc1": True, "mc2": True, "eg1": True}
    short = picture(read(a_watch(folder, [watched()], [sample(at) for at in range(1000)], [
        mark(1, "begin", "edge gateway", "eg1"), mark(5, "end", "edge gateway", "eg1")])), PARIS)  # fmt: skip
    assert short.needs(short.steps[0].bars[0]) > short.width(short.steps[0].bars[0])
    drawn = impact.watched(folder, PARIS).file
    assert 'visibility="hidden"' in drawn
    assert "<title>edge gateway on eg1" in drawn


def test_no_clock_of_the_scale_is_cut_off(folder: Path) -> None:
    found = picture(read(folder), PARIS)
    places = [found.x(at) for at, _ in found.ticks()]
    assert LEFT + 28 <= min(places) <= max(places) <= WIDTH - RIGHT - 28
