"""From samples to intervals, and from intervals to what caused them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.causes import cause
from reports.intervals import Interval, blind, total, united, without
from reports.outages import Stream, Track, read
from reports.samples import MARKS_FILE, SAMPLES_FILE, Sample, Stage, State
from reports.storage import RunError
from tests.unit.watch_samples import a_watch, mark, sample, watched

OK, AWAY, UNKNOWN, LOST = State.OK, State.AWAY, State.UNKNOWN, State.LOST


def track(folder: Path, states: str) -> Track:
    """One letter a beat: o answers, a away, u unknown, . no sample."""
    letters = {"o": OK, "a": AWAY, "u": UNKNOWN}
    samples = [sample(at, letters[letter]) for at, letter in enumerate(states) if letter != "."]
    found = read(a_watch(folder, [watched()], samples, [])).track("portal")
    assert found
    return found


def spans(intervals: list[Interval]) -> list[tuple[float, float]]:
    return [(each.begin, round(each.end, 3)) for each in intervals]


def test_an_outage_begins_when_the_first_failing_attempt_started_and_ends_when_one_was_answered(tmp_path: Path) -> None:
    assert spans(track(tmp_path, "ooaaaoo").outages) == [(2, 5.1)]


def test_one_failing_sample_is_an_outage(tmp_path: Path) -> None:
    assert spans(track(tmp_path, "oaooao").outages) == [(1, 2.1), (4, 5.1)]


def test_an_outage_that_has_not_ended_lasts_to_the_end_of_the_watch(tmp_path: Path) -> None:
    found = track(tmp_path, "oaa")
    assert spans(found.outages) == [(1, 2.1)]
    assert found.last is AWAY


def test_a_changed_error_closes_one_interval_and_opens_another_of_the_same_outage(tmp_path: Path) -> None:
    samples = [sample(0), sample(1, AWAY), sample(2, AWAY, stage=Stage.TLS), sample(3)]
    found = read(a_watch(tmp_path, [watched()], samples, [])).tracks[0]
    assert [each.stage for each in found.away] == [Stage.CONNECT, Stage.TLS]
    assert spans(found.outages) == [(1, 3.1)]


def test_where_no_sample_was_taken_nothing_is_known(tmp_path: Path) -> None:
    found = track(tmp_path, "ooo....ooo")
    assert found.outages == []
    assert spans(list(found.unknown)) == [(3, 7)]
    assert spans(blind(found.unknown, 1)) == [(3, 7)]


def test_a_service_is_watched_from_its_first_sample_on(tmp_path: Path) -> None:
    assert track(tmp_path, ".....ooo").unknown == ()


def test_an_outage_does_not_go_on_through_what_was_not_seen(tmp_path: Path) -> None:
    found = track(tmp_path, "oaa....aao")
    assert spans(found.outages) == [(1, 3), (7, 9.1)]


def test_a_sampler_that_was_late_says_nothing_of_the_platform(tmp_path: Path) -> None:
    found = track(tmp_path, "oouuuooo")
    assert found.outages == []
    assert total(found.unknown) == 3


def test_two_beats_without_sight_hide_no_outage_that_is_promised_to_be_seen(tmp_path: Path) -> None:
    assert blind(track(tmp_path, "oouuoo").unknown, 1) == []


def test_a_watch_that_stopped_looking_at_a_service_does_not_know_how_it_ended(tmp_path: Path) -> None:
    samples = [*(sample(at) for at in range(4)), *(sample(at, service="other") for at in range(20))]
    found = read(a_watch(tmp_path, [watched(), watched("other")], samples, [])).track("portal")
    assert found
    assert found.last is UNKNOWN
    assert spans(blind(found.unknown, 1)) == [(4, 19.1)]


def test_a_service_without_any_sample_is_unknown(tmp_path: Path) -> None:
    recording = read(a_watch(tmp_path, [watched(), watched("other")], [sample(at) for at in range(9)], []))
    assert [(each.watched.name, each.last) for each in recording.tracks] == [("portal", OK), ("other", UNKNOWN)]
    assert blind(recording.tracks[1].unknown, 1)


def test_what_fails_while_our_own_network_does_is_unknown(tmp_path: Path) -> None:
    samples = [sample(at, AWAY if 2 <= at <= 8 else OK) for at in range(12)]
    samples += [sample(at + 0.5, AWAY if 4 <= at <= 5 else OK, "control") for at in range(12)]
    found = read(a_watch(tmp_path, [watched()], sorted(samples, key=lambda each: each.at), [], control=True)).tracks[0]
    assert spans(found.outages) == [(2, 3.5), (7.6, 9.1)]
    assert spans(list(found.unknown)) == [(3.5, 7.6)]


def test_what_fails_at_the_end_while_our_own_network_does_is_not_known_to_be_away(tmp_path: Path) -> None:
    samples = [sample(at, AWAY if at >= 8 else OK, name) for at in range(12) for name in ("portal", "control")]
    found = read(a_watch(tmp_path, [watched()], samples, [], control=True)).tracks[0]
    assert (found.last, found.outages) == (UNKNOWN, [])


def test_new_and_kept_connections_are_judged_side_by_side(tmp_path: Path) -> None:
    samples = [sample(at, AWAY if at in (2, 3) else OK) for at in range(8)]
    samples += [sample(at, AWAY if at in (3, 4) else OK, kept=True) for at in range(8)]
    found = read(a_watch(tmp_path, [watched()], samples, [])).tracks[0]
    assert [(each.begin, each.kept) for each in found.away] == [(2, False), (3, True)]
    assert spans(found.outages) == [(2, 5.1)]


def test_a_watch_can_be_read_to_its_last_whole_line(tmp_path: Path) -> None:
    folder = a_watch(tmp_path, [watched()], [sample(at) for at in range(5)], [mark(1, "note", text="hello")])
    for name in (SAMPLES_FILE, MARKS_FILE):
        with (folder / name).open("a") as file:
            file.write('{"at":9,"took":0.1,"serv')
    recording = read(folder)
    assert recording.tracks[0].samples == 5
    assert len(recording.marks) == 1


def test_reading_changes_nothing(tmp_path: Path) -> None:
    folder = a_watch(tmp_path, [watched()], [sample(0), sample(1, AWAY)], [])
    before = (folder / SAMPLES_FILE).read_bytes()
    read(folder)
    assert (folder / SAMPLES_FILE).read_bytes() == before


def test_a_folder_without_a_watch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no watch"):
        read(tmp_path)


def test_steps_are_what_marks_begin_and_end(tmp_path: Path) -> None:
    controller, gateway = "mediation controller", "edge gateway"
    marks = [
        mark(1, "begin", controller, "mc2"),
        mark(2, "begin", gateway, "eg1"),
        mark(3, "end", controller, "mc2"),
        mark(4, "end", controller, "mc9"),
        mark(5, "begin", controller, "mc2"),
    ]
    steps = read(a_watch(tmp_path, [], [], marks)).steps
    assert [(step.machine, step.begin, step.end) for step in steps] == [
        ("mc2", 1, 3),
        ("eg1", 2, None),
        ("mc2", 5, None),
    ]


def test_an_interruption_comes_from_a_step_that_may_interrupt_the_service(tmp_path: Path) -> None:
    via_eg1 = watched(
        "web via eg1", "edge gateway", machine="eg1", interrupted_by=("mediation controller", "edge gateway")
    )
    marks = [
        mark(1, "begin", "client", "pilot1"),
        mark(2, "begin", "edge gateway", "eg2"),
        mark(3, "end", "edge gateway", "eg2"),
        mark(20, "begin", "edge gateway", "eg1"),
        mark(25, "end", "edge gateway", "eg1"),
    ]
    steps = read(a_watch(tmp_path, [], [], marks)).steps
    assert cause(steps, via_eg1, Interval(2.5, 3, AWAY)) is None, "neither another gateway's step nor a client's"
    assert str(cause(steps, via_eg1, Interval(21, 22, AWAY))) == "edge gateway on eg1"
    assert cause(steps, via_eg1, Interval(26, 27, AWAY)), "it is the step's aftermath"
    assert cause(steps, via_eg1, Interval(60, 61, AWAY)) is None


@given(st.lists(st.sampled_from([OK, AWAY, UNKNOWN]), min_size=1, max_size=40))
def test_every_failing_sample_lies_in_an_outage_and_no_answering_one_begins_in_one(states: list[State]) -> None:
    stream = Stream(1.0)
    for at, state in enumerate(states):
        stream.add(sample(at, state))
    found = stream.close(len(states) + 0.0)
    for at, state in enumerate(states):
        away = [each for each in found if each.state is AWAY and each.begin <= at < each.end - 0.11]
        assert bool(away) is (state is AWAY)


INTERVALS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 9)).map(lambda pair: Interval(pair[0], sum(pair), AWAY)), max_size=9
)


@given(INTERVALS, INTERVALS)
def test_what_is_cut_out_and_what_is_left_are_the_whole(some: list[Interval], cut: list[Interval]) -> None:
    def seconds(intervals: list[Interval]) -> set[int]:
        return {second for each in intervals for second in range(int(each.begin), int(each.end))}

    assert seconds(without(some, cut)) == seconds(some) - seconds(cut)
    assert seconds(united(some)) == seconds(some)
    assert total(some) == len(seconds(some))


def test_a_sample_with_words_of_an_attacker_stays_one_line() -> None:
    line = sample(1, AWAY, text='"},\n{"at": 9').model_dump_json()
    assert "\n" not in line
    assert Sample.model_validate_json(line).text == '"},\n{"at": 9'
