"""A run on disk: a folder with run.json and its evidence; and the baseline that was accepted for a target."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from reports.answers import answered, judged, strays
from reports.comparison import compared, missing
from reports.files import sha256, write_whole
from reports.records import Acceptance, Answer, BaselineReference, Phase, Result, Run, RunVerdict, TargetFile
from reports.scrubbing import Scrub, bounded, scrubbed, scrubbed_value
from reports.waivers import waived

RUN_FILE = "run.json"
ANSWERS_FILE = "answers.jsonl"
BASELINE_FILE = "baseline.json"
_LARGEST_FILE = 256 * 1024 * 1024
_Model = TypeVar("_Model", bound=BaseModel)


class RunError(Exception):
    """A run cannot be written, read or used: what, where, and what to do."""


@dataclass(frozen=True)
class Baseline:
    """The accepted run of a target."""

    run: Run
    folder: Path
    reference: BaselineReference


class RunStore:
    """A run that is being made: `folder` is where, `run` what it holds so far."""

    def __init__(self, folder: Path, run: Run, scrub: Scrub, baseline: Baseline | None) -> None:
        self.folder = folder
        self.run = run
        self._scrub = scrub
        self._baseline = baseline
        self._elsewhere: Collection[str] = ()

    @classmethod
    def begin(cls, root: Path, run: Run, *, scrub: Scrub, baseline: Baseline | None = None) -> RunStore:
        """Make root/<target>/<UTC time>-<phase>/, never an existing one, and write the run as it stands.

        The run's `baseline` is set from the accepted one. Raises RunError.
        """
        run = run.model_copy(update={"baseline": baseline.reference if baseline else None})
        store = cls(_new_folder(root / run.target.name, run), run, scrub, baseline)
        store._write()
        return store

    @classmethod
    def again(cls, folder: Path, *, scrub: Scrub) -> RunStore:
        """Take up a run whose folder is there already, without results: what was recorded in it is judged (again).

        Raises RunError where the folder holds no run.
        """
        fresh = {"planned": 0, "results": (), "ended": None, "complete": False, "verdict": None, "reasons": ()}
        return cls(folder, load(folder).model_copy(update=fresh), scrub, None)

    def plan(self, planned: int, *, partial: bool, elsewhere: Collection[str] = ()) -> None:
        """Say how many results the run is to hold, and whether they are but a selection.

        The baseline's criteria `elsewhere` (IDs) are another phase's, and not missing here.
        """
        self._elsewhere = elsewhere
        self.run = self.run.model_copy(update={"planned": planned, "partial": partial})
        self._write()

    def before(self, criterion: str, subject: str) -> Result | None:
        """Return the result of that criterion on that subject in the baseline."""
        return self._baseline.run.result(criterion, subject) if self._baseline else None

    def add(self, result: Result) -> Result:
        """Compare a result with the baseline, waive it where a waiver counts, keep it and write the run.

        Returns it as it was kept. Raises RunError where it cannot be written, ValueError where the run has that
        criterion and subject already.
        """
        if self.run.result(*result.key):
            raise ValueError(f"{result.criterion} on {result.subject} has a result already")
        kept = _safe(result, self._scrub)
        if self._baseline:
            kept = compared(self.before(*result.key), kept)
        return self._keep([kept])[0]

    def finish(self) -> Run:
        """Add what is missing against the baseline, judge, and write the run for the last time. Raises RunError.

        A run with fewer results than planned stays incomplete, and what it lacks is not called missing.
        """
        complete = len(self.run.results) >= self.run.planned
        if complete and self._baseline:
            self._keep(missing(self._baseline.run, self.run, self._elsewhere))
        self.run = judged(self.run.model_copy(update={"ended": datetime.now(UTC), "complete": complete}))
        self._write()
        return self.run

    def _keep(self, results: list[Result]) -> list[Result]:
        kept = [waived(result, self.run.waivers, self.run.day) for result in results]
        self.run = self.run.model_copy(update={"results": (*self.run.results, *kept)})
        self._write()
        return kept

    def _write(self) -> None:
        _write(self.folder / RUN_FILE, self.run)


def load(folder: Path) -> Run:
    """Read the run in a folder, with what people answered since. Raises RunError for a damaged or foreign file."""
    path = folder / RUN_FILE
    run = _parsed(Run, path, _read(path, f"{folder} does not hold a run: name the folder of one"))
    return _with_answers(folder, run)


def add_answer(folder: Path, answer: Answer) -> None:
    """Keep a person's answer beside the run, which stays as it was written; an accepted baseline stays accepted.

    Raises RunError where the run does not wait for it, or it cannot be written.
    """
    _check_asked(folder, load(folder), [answer])
    path = folder / ANSWERS_FILE
    try:
        write_whole(path, _written_answers(folder) + answer.model_dump_json().encode() + b"\n")
    except OSError as error:
        raise _unwritable(path, error) from error
    _accept_answers(folder)


def verify(folder: Path, run: Run) -> list[str]:
    """Say what is wrong with the evidence of a run: a sentence for each file that is gone or differs from its hash."""
    return [
        f"{folder / evidence.file} {wrong}"
        for result in run.results
        for evidence in result.evidence
        if (wrong := _wrong(folder / evidence.file, evidence.sha256))
    ]


def accept(folder: Path, *, despite_failures: bool = False) -> BaselineReference:
    """Make the run in a folder the baseline of its target, and its files read-only.

    Raises RunError for a run that is not a baseline, incomplete, partial, not judged or damaged, or NO-GO where the
    administrator does not accept it `despite_failures`.
    """
    run = load(folder)
    _check_usable(folder, run)
    _check_acceptable(folder, run, despite_failures)
    digest = sha256((folder / RUN_FILE).read_bytes())
    _make_read_only(folder)
    acceptance = Acceptance(run=folder.name, sha256=digest, answers=_answers_hash(folder), target=run.target)
    _write(folder.parent / BASELINE_FILE, acceptance)
    return BaselineReference(run=folder.name, sha256=digest, target_sha256=run.target.sha256)


def accepted(root: Path, target: TargetFile) -> Baseline:
    """Return the accepted baseline of a target.

    Raises RunError: none accepted, damaged or edited since, of another target (name or portal), incomplete, partial.
    """
    path = root / target.name / BASELINE_FILE
    none = f"No baseline of {target.name} is accepted yet: run `recette baseline` before the upgrade"
    acceptance = _parsed(Acceptance, path, _read(path, none))
    folder = path.parent / acceptance.run
    content = _read(folder / RUN_FILE, f"The accepted baseline {folder} is gone: put it back, or accept another")
    if sha256(content) != acceptance.sha256:
        raise _not_as_accepted(folder / RUN_FILE)
    if _answers_hash(folder) != acceptance.answers:
        raise _not_as_accepted(folder / ANSWERS_FILE)
    run = _with_answers(folder, _parsed(Run, folder / RUN_FILE, content))
    _check_target(folder, run, target)
    _check_usable(folder, run)
    reference = BaselineReference(run=acceptance.run, sha256=acceptance.sha256, target_sha256=run.target.sha256)
    return Baseline(run, folder, reference)


def _not_as_accepted(path: Path) -> RunError:
    return RunError(f"{path} is not what was accepted: it was edited or damaged. Restore it, or accept another")


def _with_answers(folder: Path, run: Run) -> Run:
    path = folder / ANSWERS_FILE
    answers = [_parsed(Answer, path, line) for line in _written_answers(folder).splitlines()]
    _check_asked(folder, run, answers)
    return answered(run, answers)


def _check_asked(folder: Path, run: Run, answers: list[Answer]) -> None:
    for stray in strays(run, answers):
        raise RunError(
            f"{folder} does not leave {stray.criterion} on {stray.subject} to a person: only criteria tagged @manual "
            "that the run holds can be answered"
        )


def _written_answers(folder: Path) -> bytes:
    path = folder / ANSWERS_FILE
    return _read(path, "") if path.exists() else b""


def _answers_hash(folder: Path) -> str | None:
    answers = _written_answers(folder)
    return sha256(answers) if answers else None


def _accept_answers(folder: Path) -> None:
    """Let a baseline that was accepted before somebody answered be accepted with the answer."""
    path = folder.parent / BASELINE_FILE
    if not path.exists():
        return
    acceptance = _parsed(Acceptance, path, _read(path, ""))
    if acceptance.run == folder.name:
        _write(path, acceptance.model_copy(update={"answers": _answers_hash(folder)}))


def _new_folder(parent: Path, run: Run) -> Path:
    name = f"{run.started:%Y-%m-%dT%H-%M-%SZ}-{run.phase}"
    number = 1
    while True:
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError as error:
            if not parent.is_dir():
                raise _unwritable(parent, error) from error
            number += 1
        except OSError as error:
            raise _unwritable(folder, error) from error
        else:
            return folder


def _write(path: Path, model: BaseModel) -> None:
    try:
        write_whole(path, model.model_dump_json(indent=1).encode())
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> RunError:
    return RunError(
        f"{path} could not be written: {error.strerror}. What was written before is still there. "
        "Make room or give write access, then run again"
    )


def _read(path: Path, absent: str) -> bytes:
    """Read a file of bounded size; `absent` says what it means when there is none."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise RunError(f"{path} is too large to be one of Recette's files: restore it, or make the run again")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(absent) from error
    except OSError as error:
        raise RunError(f"{path} could not be read: {error.strerror}. Check its permissions") from error


def _parsed(model: type[_Model], path: Path, content: bytes) -> _Model:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise RunError(
            f"{path} is damaged, or was not written by this version of Recette ({where}: {first['msg']}). "
            "Restore it, or make the run again"
        ) from error


def _wrong(path: Path, digest: str) -> str | None:
    try:
        return None if sha256(path.read_bytes()) == digest else "is not what was recorded"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _check_usable(folder: Path, run: Run) -> None:
    if run.phase is not Phase.BASELINE:
        raise RunError(f"{folder} is a run of {run.phase}, not a baseline: name a baseline run")
    if not run.complete:
        raise RunError(f"{folder} is incomplete, so it cannot be a baseline: run the baseline again, to its end")
    if run.partial:
        raise RunError(f"{folder} holds a selection only, so it cannot be a baseline: run all of the baseline")


def _check_acceptable(folder: Path, run: Run, despite_failures: bool) -> None:
    if folder.parent.name != run.target.name:
        raise RunError(f"{folder} is a run of {run.target.name}, in the folder of another target: move it back")
    if run.verdict is RunVerdict.NOT_JUDGED:
        raise RunError(f"{folder} could not be judged, so it says nothing to compare with: run the baseline again")
    if run.verdict is RunVerdict.NO_GO and not despite_failures:
        raise RunError(f"{folder} has failures: mend them and run again, or accept it knowingly, despite its failures")
    damaged = verify(folder, run)
    if damaged:
        raise RunError(f"{damaged[0]} ({len(damaged)} in all): the run is damaged, run the baseline again")


def _check_target(folder: Path, run: Run, target: TargetFile) -> None:
    if (run.target.name, run.target.portal) != (target.name, target.portal):
        raise RunError(
            f"{folder} is the baseline of {run.target.name} at {run.target.portal}, and the target is "
            f"{target.name} at {target.portal}: give the target a name of its own, or accept a baseline of it"
        )


def _make_read_only(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(0o444)


def _safe(result: Result, scrub: Scrub) -> Result:
    """Scrub every text of a result that steps or the platform wrote; names from the target file stay as they are."""

    def text(value: str) -> str:
        return bounded(scrubbed(value, scrub))

    return result.model_copy(
        update={
            "title": text(result.title),
            "reason": result.reason and text(result.reason),
            "advice": result.advice and text(result.advice),
            "steps": tuple(step.model_copy(update={"text": text(step.text)}) for step in result.steps),
            "observations": tuple(
                # Record bounded them; cutting them a second time would change what is compared.
                seen.model_copy(update={"value": scrubbed_value(seen.value, scrub, _LARGEST_FILE)})
                for seen in result.observations
            ),
        }
    )
