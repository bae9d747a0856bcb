"""Marks: of a person, and of whatever upgrades the servers."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports.samples import Mark, marks
from targets.model.components import Component
from targets.model.target import Target
from tests.unit.watch_samples import a_watch, mark, watched
from watch.marking import MarkError, MarksOfOthers, component_named, mark_by_hand


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return a_watch(tmp_path / "watch", [watched()], [], [])


def line(component: str = "edge gateway", ago: float = 0.0, **more: object) -> str:
    told = {"time": (datetime.now(UTC) - timedelta(seconds=ago)).isoformat(), "component": component, "what": "begin"}
    return json.dumps(told | {"machine": "eg1", "release": "4.6.0"} | more) + "\n"


@pytest.mark.parametrize("name", ["HTML5 gateway", "html5-gateway", "Html5_Gateway"])
def test_a_component_may_be_written_in_several_ways(name: str) -> None:
    assert component_named(name) is Component.HTML5_GATEWAY


def test_a_mark_by_hand_is_kept_at_its_moment(lab: Target, folder: Path) -> None:
    mark_by_hand(folder, lab, mark(0, "begin", "Edge-Gateway", "eg1", text="half of them"))
    [found] = marks(folder)
    assert (found.what, found.component, found.machine, found.text) == ("begin", "edge gateway", "eg1", "half of them")
    assert found.at == pytest.approx(time.monotonic(), abs=5)


def test_a_machine_says_its_component(lab: Target, folder: Path) -> None:
    assert mark_by_hand(folder, lab, mark(0, "end", machine="mc2")).component == "mediation controller"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (mark(0, "begin", "edge"), "“edge” is no component; allowed: client, recording agent, mediation controller"),
        (mark(0, "begin", machine="mc9"), "“mc9” is no machine of the target; allowed: mc1, mc2, eg1"),
        (mark(0, "begin", "edge gateway", "mc1"), "no machine with edge gateway of the target; allowed: eg1, eg2"),
        (mark(0, "begin"), "whose begin"),
    ],
)
def test_a_mark_of_what_the_target_has_not_is_refused(lab: Target, folder: Path, wanted: Mark, words: str) -> None:
    with pytest.raises(MarkError, match=words):
        mark_by_hand(folder, lab, wanted)
    assert list(marks(folder)) == []


def test_only_what_is_added_from_now_on_is_read_and_only_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_text(line())
    others = MarksOfOthers(path, time.monotonic() - 100)
    assert list(others.new()) == []
    whole = line("mediation-controller", machine="mc2")
    with path.open("a") as file:
        file.write(whole[:20])
        file.flush()
        assert list(others.new()) == []
        file.write(whole[20:])
    [found] = others.new()
    assert (found.component, found.machine, found.what) == ("mediation controller", "mc2", "begin")


def test_a_file_that_begins_anew_or_comes_later_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    others = MarksOfOthers(path, time.monotonic())
    path.write_text(line() + line())
    assert len(list(others.new())) == 2
    path.write_text(line())
    assert len(list(others.new())) == 1


@pytest.mark.parametrize("ago", [3600, -3600])
def test_a_wall_clock_that_was_set_moves_no_mark_beyond_the_last_look(tmp_path: Path, ago: float) -> None:
    path = tmp_path / "marks.jsonl"
    origin = time.monotonic()
    others = MarksOfOthers(path, origin)
    path.write_text(line(ago=ago))
    [found] = others.new()
    assert 0 <= found.at <= time.monotonic() - origin + 0.001, "it is rounded"


def test_what_is_not_understood_is_noted_and_is_no_step(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    others = MarksOfOthers(path, time.monotonic())
    path.write_text(line("flux capacitor") + "\x1b[2Jgarbage\n" + line())
    first, second, third = others.new()
    assert [each.what for each in (first, second, third)] == ["note", "note", "begin"]
    assert "unknown component “flux capacitor”" in first.text
    assert "\x1b" not in second.text
