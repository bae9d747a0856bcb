"""A run on disk survives what happens to it, and only an untouched baseline of the same target counts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from reports.baseline import accept, accepted
from reports.evidence import Record
from reports.files import write_whole
from reports.page import render
from reports.records import Phase, Run
from reports.results import Result, Step
from reports.rules import Rule
from reports.run import load, verify
from reports.run_store import RunStore
from reports.storage import RunError
from reports.verdicts import Change, RunVerdict, Verdict
from tests.unit.reports_samples import TARGET, a_picture, a_result, a_run, unscrubbed
from tests.unit.scene_samples import Scene, accepted_baseline, make, platform

ROOT = Path(__file__).parents[2]
SCENE = Scene("WEB-01", "It opens", "Web", "Intranet", ("Then it opens",), text="fine", picture="Home")


def begun(root: Path, **changes: object) -> RunStore:
    return RunStore.begin(root, a_run(**changes), scrub=unscrubbed)  # type: ignore[arg-type]  # any field of a run


def test_a_run_has_a_sortable_folder_of_its_own(tmp_path: Path) -> None:
    folders = [begun(tmp_path).folder for _ in range(3)]
    names = [str(folder.relative_to(tmp_path)) for folder in folders]
    assert names == [f"lab/2026-11-23T21-04-12Z-baseline{end}" for end in ("", "-2", "-3")]


def test_every_result_is_on_disk_as_soon_as_it_is_added(tmp_path: Path) -> None:
    store = begun(tmp_path, planned=2)
    assert load(store.folder).complete is False
    store.add(a_result())
    assert load(store.folder) == store.run
    assert [result.subject for result in load(store.folder).results] == ["Intranet"]


def test_a_finished_run_is_complete_and_judged(tmp_path: Path) -> None:
    store = begun(tmp_path)
    store.add(a_result())
    run = store.finish()
    assert (run.complete, run.verdict) == (True, RunVerdict.GO)
    assert run.ended is not None
    assert load(store.folder) == run


def test_a_run_that_ends_early_is_not_complete(tmp_path: Path) -> None:
    store = begun(tmp_path, planned=2)
    store.add(a_result())
    assert (store.finish().complete, store.run.verdict) == (False, RunVerdict.NOT_JUDGED)


def test_a_criterion_has_one_result_on_a_subject(tmp_path: Path) -> None:
    store = begun(tmp_path)
    store.add(a_result())
    with pytest.raises(ValueError, match="WEB-01 on Intranet has a result already"):
        store.add(a_result())


def test_run_json_has_the_names_that_other_programs_read(tmp_path: Path) -> None:
    store = make(tmp_path, Phase.BASELINE, [SCENE])
    written = json.loads((store.folder / "run.json").read_text(encoding="utf-8"))
    assert written["results"][0].keys() >= {"criterion", "subject", "verdict", "change", "observations", "evidence"}
    assert written["releases"] == {"from": "4.5", "to": "4.6"}
    assert written["started"].endswith("Z")


ENDLESS = """
    import sys
    from pathlib import Path
    from tests.unit.reports_samples import a_result, a_run, unscrubbed
    from reports.run_store import RunStore

    store = RunStore.begin(Path(sys.argv[1]), a_run(planned=100_000), scrub=unscrubbed)
    for number in range(100_000):
        store.add(a_result(subject=f"subject {number}", reason="x" * 2000))
        print(number, flush=True)
"""


@pytest.mark.parametrize("results", [3, 40])
def test_a_run_that_is_killed_while_it_writes_stays_readable(tmp_path: Path, results: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", dedent(ENDLESS), str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= results:
                break
        os.kill(process.pid, signal.SIGKILL)
    [folder] = (tmp_path / "lab").iterdir()
    run = load(folder)
    assert run.complete is False
    assert len(run.results) > results


def test_a_file_is_replaced_and_never_rewritten(tmp_path: Path) -> None:
    """Who has the old file open, or a crash between two writes, still sees all of it."""
    path = tmp_path / "run.json"
    write_whole(path, b"old")
    with path.open("rb") as old:
        write_whole(path, b"new")
        assert old.read() == b"old"
    assert path.read_bytes() == b"new"


FULL = """
    import resource, signal, sys
    from pathlib import Path
    from tests.unit.reports_samples import a_result, a_run, unscrubbed
    from reports.run_store import RunStore
    from reports.storage import RunError

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    store = RunStore.begin(Path(sys.argv[1]), a_run(planned=100), scrub=unscrubbed)
    try:
        for number in range(100):
            store.add(a_result(subject=f"subject {number}", reason="x" * 2000))
    except RunError as error:
        print(error)
"""


def test_a_disk_that_takes_no_more_leaves_the_last_good_run(tmp_path: Path) -> None:
    """The kernel refuses to write beyond a size, as it does on a full disk."""
    told = subprocess.run(
        [sys.executable, "-c", dedent(FULL), str(tmp_path)], capture_output=True, cwd=ROOT, text=True, check=True
    )
    [folder] = (tmp_path / "lab").iterdir()
    assert "run.json could not be written: File too large. What was written before is still there" in told.stdout
    assert 3 < len(load(folder).results) < 10
    assert [path.name for path in folder.iterdir()] == ["run.json"], "no temporary file is left"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "damaged, or was not written by this version"),
        (b'{"format": 1, "phase": "base', "damaged"),
        (b"\xff\xfe\x00", "damaged"),
        (b"[" * 100_000, "damaged"),
        (b'{"format": 2}', "damaged, or was not written by this version"),
    ],
)
def test_a_damaged_or_foreign_run_is_refused_kindly(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=why) as error:
        load(tmp_path)
    assert str(tmp_path / "run.json") in str(error.value)
    assert "Restore it, or make the run again" in str(error.value)


def test_a_run_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path, Phase.BASELINE, [SCENE]).folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"extra": 1}), encoding="utf-8")
    with pytest.raises(RunError, match="extra"):
        load(path.parent)


def test_a_folder_without_a_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="does not hold a run: name the folder of one"):
        load(tmp_path / "none")


def test_a_root_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "lab").write_text("", encoding="utf-8")
    with pytest.raises(RunError, match="could not be written"):
        begun(tmp_path)


def test_evidence_that_was_edited_or_removed_is_found(tmp_path: Path) -> None:
    store = make(tmp_path, Phase.BASELINE, [SCENE])
    assert verify(store.folder, store.run) == []
    first, second = (store.folder / evidence.file for evidence in store.run.results[0].evidence)
    first.write_bytes(b"edited")
    second.unlink()
    assert verify(store.folder, store.run) == [
        f"{first} is not what was recorded",
        f"{second} cannot be read: No such file or directory",
    ]


def test_an_accepted_baseline_is_read_only_and_found_again(tmp_path: Path) -> None:
    store = make(tmp_path, Phase.BASELINE, [SCENE])
    reference = accept(store.folder)
    found = accepted(tmp_path, TARGET)
    assert (found.run, found.folder, found.reference) == (store.run, store.folder, reference)
    modes = {path.stat().st_mode & 0o777 for path in store.folder.rglob("*") if path.is_file()}
    assert modes == {0o444}


def test_a_new_baseline_replaces_the_reference_and_never_the_run(tmp_path: Path) -> None:
    first = accepted_baseline(tmp_path, [SCENE])
    second = accepted_baseline(tmp_path, [SCENE])
    assert first.folder != second.folder
    assert load(first.folder) == first.run


def failing(root: Path) -> Path:
    return make(root, Phase.BASELINE, [Scene("A-1", "t", "f", "s", (), fails="no")]).folder


def unjudged(root: Path) -> Path:
    return make(root, Phase.BASELINE, [Scene("A-1", "t", "f", "s", (), unknown="no browser")]).folder


def incomplete(root: Path) -> Path:
    return make(root, Phase.BASELINE, [SCENE], planned=2).folder


def validating(root: Path) -> Path:
    return make(root, Phase.VALIDATE, [SCENE]).folder


def partial(root: Path) -> Path:
    store = begun(root, partial=True)
    store.add(a_result())
    store.finish()
    return store.folder


def tampered(root: Path) -> Path:
    folder = make(root, Phase.BASELINE, [SCENE]).folder
    next((folder / "evidence").iterdir()).write_bytes(b"edited")
    return folder


def moved(root: Path) -> Path:
    (root / "other").mkdir()
    return make(root, Phase.BASELINE, [SCENE]).folder.rename(root / "other" / "run")


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        (failing, "has failures: mend them"),
        (unjudged, "could not be judged"),
        (incomplete, "is incomplete"),
        (validating, "is a run of validate, not a baseline"),
        (partial, "holds a selection only"),
        (tampered, "is not what was recorded"),
        (moved, "in the folder of another target"),
    ],
)
def test_what_is_not_accepted(tmp_path: Path, folder: Callable[[Path], Path], why: str) -> None:
    with pytest.raises(RunError, match=why):
        accept(folder(tmp_path))
    assert not list(tmp_path.glob("*/baseline.json"))


def test_an_administrator_may_accept_failures_knowingly(tmp_path: Path) -> None:
    accept(failing(tmp_path), despite_failures=True)
    assert accepted(tmp_path, TARGET).run.verdict is RunVerdict.NO_GO


def nothing(_: Path) -> None:
    """No baseline was ever accepted."""


def edit_run(root: Path) -> None:
    path = accepted_baseline(root, [SCENE]).folder / "run.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"passed", b"failed"))


def remove_run(root: Path) -> None:
    (accepted_baseline(root, [SCENE]).folder / "run.json").unlink()


def lead_outside(root: Path) -> None:
    accepted_baseline(root, [SCENE])
    path = root / "lab" / "baseline.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"run": "', '"run": "../../'), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (nothing, "No baseline of lab is accepted yet: run `recette baseline`"),
        (edit_run, "is not what was accepted: it was edited or damaged"),
        (remove_run, "is gone: put it back, or accept another"),
        (lead_outside, "baseline.json is damaged"),
    ],
)
def test_a_baseline_that_cannot_be_used_is_refused(tmp_path: Path, damage: Callable[[Path], None], why: str) -> None:
    damage(tmp_path)
    with pytest.raises(RunError, match=why):
        accepted(tmp_path, TARGET)


def test_the_baseline_of_another_platform_is_refused(tmp_path: Path) -> None:
    accepted_baseline(tmp_path, [SCENE])
    with pytest.raises(RunError, match=r"is the baseline of lab at .*, and the target is lab at https://elsewhere/"):
        accepted(tmp_path, TARGET.model_copy(update={"portal": "https://elsewhere/"}))


def test_a_slave_left_behind_is_a_no_go_that_names_it_and_both_releases(tmp_path: Path) -> None:
    baseline = accepted_baseline(tmp_path, platform("4.5"))
    run = make(tmp_path, Phase.VALIDATE, platform("4.6", left_behind="mc2"), baseline).run
    assert run.verdict is RunVerdict.NO_GO
    assert run.reasons[0].startswith("mediation controller on mc2: ")
    assert "was 4.5.0 before and is 4.5.0 now" in run.reasons[0]
    assert "4.6.0 is expected" in run.reasons[0]


def test_the_same_platform_upgraded_is_a_go(tmp_path: Path) -> None:
    baseline = accepted_baseline(tmp_path, platform("4.5"))
    run = make(tmp_path, Phase.VALIDATE, platform("4.6"), baseline).run
    assert (run.verdict, run.baseline) == (RunVerdict.GO, baseline.reference)


def test_what_is_missing_is_in_the_run_but_not_in_one_that_ended_early(tmp_path: Path) -> None:
    scenes = platform("4.5")
    baseline = accepted_baseline(tmp_path, scenes)
    whole = make(tmp_path, Phase.VALIDATE, scenes[:-1], baseline).run
    early = make(tmp_path, Phase.VALIDATE, scenes[:-1], baseline, planned=len(scenes)).run
    assert [result.change for result in whole.results].count(Change.MISSING) == 1
    assert [result.change for result in early.results].count(Change.MISSING) == 0
    assert (whole.verdict, early.verdict) == (RunVerdict.NO_GO, RunVerdict.NOT_JUDGED)


SECRET = 's3cr"et <&> é'  # noqa: S105 - made up; it is written otherwise in JSON and in HTML


def test_a_secret_is_in_no_file_of_a_run(tmp_path: Path) -> None:
    def scrub(text: str) -> str:
        return text.replace(SECRET, "***")

    store = RunStore.begin(tmp_path, a_run(), scrub=scrub)
    record = Record(store.folder, "WEB-01", "Intranet", scrub=scrub)
    record.observe("seen", {SECRET: [SECRET]}, Rule.same())
    record.text(f"Output {SECRET}", f"password={SECRET}")
    record.image(f"Home {SECRET}", a_picture("Home"))
    store.add(a_secretive_result(record))
    store.finish()
    render(store.folder)
    kept = [path for path in store.folder.rglob("*") if path.is_file()]
    forms = {SECRET, json.dumps(SECRET), json.dumps(SECRET, ensure_ascii=False), "s3cr"}
    assert len(kept) == 4
    assert not [(path, form) for path in kept for form in forms if form.encode() in path.read_bytes()]
    assert not [path for path in kept if "s3cr" in path.name]


def a_secretive_result(record: Record) -> Result:
    return a_result(
        title=f"It opens with {SECRET}",
        verdict=Verdict.FAILED,
        reason=f"wrong: {SECRET}",
        advice=f"try {SECRET}",
        steps=(Step(text=f"When {SECRET} is typed", verdict=Verdict.FAILED, seconds=0.1),),
        observations=tuple(record.observations),
        evidence=tuple(record.evidence),
    )


def test_a_run_that_pytest_collected_says_what_is_planned(tmp_path: Path) -> None:
    store = begun(tmp_path, planned=0)
    store.plan(7, partial=True)
    run: Run = load(store.folder)
    assert (run.planned, run.partial) == (7, True)
