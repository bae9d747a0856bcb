"""What a person says is kept beside the run, which stays as it was written, and counts as any other result."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.answer_file import ANSWERS_FILE
from reports.answering import add_answer
from reports.answers import waiting
from reports.baseline import accept, accepted
from reports.page import page
from reports.records import Phase, Run
from reports.results import Answer, Result, Said, Step, Waiver
from reports.run import RUN_FILE, load
from reports.run_store import RunStore
from reports.storage import RunError
from reports.verdicts import Change, RunVerdict, Verdict
from tests.unit.reports_samples import STARTED, TARGET, a_result, a_run, unscrubbed

AT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


def a_question(**changes: object) -> Result:
    step = Step(text="Then it is there", verdict=Verdict.UNKNOWN, seconds=0)
    question = a_result("LOG-01", "SIEM", verdict=Verdict.UNKNOWN, manual=True, reason="nobody answered", steps=(step,))
    return question.model_copy(update=changes)


def an_answer(said: Said = Said.HELD, **changes: object) -> Answer:
    return Answer(criterion="LOG-01", subject="SIEM", said=said, who="Jane Doe", at=AT).model_copy(update=changes)


def a_finished_run(root: Path, run: Run | None = None) -> Path:
    store = RunStore.begin(root, run or a_run(planned=2), scrub=unscrubbed)
    store.add(a_result())
    store.add(a_question())
    store.finish()
    return store.folder


def the_answer(run: Run) -> Result:
    found = run.result("LOG-01", "SIEM")
    assert found is not None
    return found


def test_a_question_that_nobody_answered_is_a_reservation(tmp_path: Path) -> None:
    run = load(a_finished_run(tmp_path))
    assert run.verdict is RunVerdict.GO_WITH_RESERVATIONS
    assert [result.key for result in waiting(run)] == [("LOG-01", "SIEM")]


@pytest.mark.parametrize(
    ("said", "verdict", "of_run"),
    [
        (Said.HELD, Verdict.PASSED, RunVerdict.GO),
        (Said.DID_NOT_HOLD, Verdict.FAILED, RunVerdict.NO_GO),
        (Said.COULD_NOT_BE_CHECKED, Verdict.UNKNOWN, RunVerdict.GO_WITH_RESERVATIONS),
    ],
)
def test_an_answer_counts_as_a_verdict_and_the_run_is_judged_again(
    tmp_path: Path, said: Said, verdict: Verdict, of_run: RunVerdict
) -> None:
    folder = a_finished_run(tmp_path)
    add_answer(folder, an_answer(said, remark="as seen on the screen"))
    run = load(folder)
    assert (the_answer(run).verdict, run.verdict) == (verdict, of_run)
    assert the_answer(run).steps[0].verdict is verdict
    assert waiting(run) == []


def test_the_run_as_it_was_written_is_never_edited(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path)
    before = (folder / RUN_FILE).read_bytes()
    add_answer(folder, an_answer())
    assert (folder / RUN_FILE).read_bytes() == before


def test_the_last_answer_counts_and_all_are_kept(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path)
    add_answer(folder, an_answer(Said.DID_NOT_HOLD))
    add_answer(folder, an_answer(Said.HELD, who="John Roe"))
    assert the_answer(load(folder)).verdict is Verdict.PASSED
    kept = [Answer.model_validate_json(line).who for line in (folder / ANSWERS_FILE).read_bytes().splitlines()]
    assert kept == ["Jane Doe", "John Roe"]


def test_the_page_shows_who_answered_what_and_when(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path)
    add_answer(folder, an_answer(Said.DID_NOT_HOLD, remark="<b>nothing</b> arrived"))
    shown = page(load(folder), folder, None)
    assert "did not hold, says Jane Doe, 23 November 2026, 23:00:00" in shown
    assert "&lt;b&gt;nothing&lt;/b&gt; arrived" in shown


@pytest.mark.parametrize("key", [("WEB-01", "Intranet"), ("LOG-01", "elsewhere")])
def test_only_what_the_run_leaves_to_a_person_can_be_answered(tmp_path: Path, key: tuple[str, str]) -> None:
    folder = a_finished_run(tmp_path)
    with pytest.raises(RunError, match="does not leave"):
        add_answer(folder, an_answer(criterion=key[0], subject=key[1]))
    (folder / ANSWERS_FILE).write_text(an_answer(criterion=key[0], subject=key[1]).model_dump_json())
    with pytest.raises(RunError, match="does not leave"):
        load(folder)


def test_damaged_answers_are_told(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path)
    (folder / ANSWERS_FILE).write_text('{"criterion": "LOG-01"}\n')
    with pytest.raises(RunError, match=ANSWERS_FILE):
        load(folder)


def test_an_answer_may_be_waived_too(tmp_path: Path) -> None:
    waiver = Waiver(criterion="LOG-01", subject="SIEM", reason="new SIEM", who="Jane", until=STARTED.date())
    folder = a_finished_run(tmp_path, a_run(planned=2, waivers=(waiver,)))
    assert the_answer(load(folder)).verdict is Verdict.WAIVED
    add_answer(folder, an_answer(Said.DID_NOT_HOLD))
    run = load(folder)
    assert (the_answer(run).verdict, the_answer(run).found) == (Verdict.WAIVED, Verdict.FAILED)
    assert run.verdict is RunVerdict.GO_WITH_RESERVATIONS
    add_answer(folder, an_answer(Said.HELD))
    assert the_answer(load(folder)).waiver is None


def test_an_accepted_baseline_may_be_answered_later_but_not_edited(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path)
    accept(folder)
    add_answer(folder, an_answer())
    assert the_answer(accepted(tmp_path, TARGET).run).verdict is Verdict.PASSED
    line = (folder / ANSWERS_FILE).read_text()
    (folder / ANSWERS_FILE).unlink()
    (folder / ANSWERS_FILE).write_text(line.replace("Jane", "John"))
    with pytest.raises(RunError, match=r"answers\.jsonl is not what was accepted"):
        accepted(tmp_path, TARGET)


def test_what_held_before_and_does_not_now_regressed(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path)
    add_answer(folder, an_answer())
    accept(folder)
    baseline = accepted(tmp_path, TARGET)
    store = RunStore.begin(tmp_path, a_run(Phase.VALIDATE, planned=2), scrub=unscrubbed, baseline=baseline)
    store.add(a_result())
    store.add(a_question())
    assert store.finish().verdict is RunVerdict.NOT_JUDGED
    add_answer(store.folder, an_answer(Said.DID_NOT_HOLD))
    run = load(store.folder)
    assert (the_answer(run).change, run.verdict) == (Change.REGRESSED, RunVerdict.NO_GO)
    add_answer(store.folder, an_answer(Said.HELD))
    assert (the_answer(load(store.folder)).change, load(store.folder).verdict) == (Change.UNCHANGED, RunVerdict.GO)
