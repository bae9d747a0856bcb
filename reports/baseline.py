"""The baseline that was accepted for a target: which run it is, and that nobody has touched it since."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reports.answer_file import ANSWERS_FILE, answers_hash, with_answers
from reports.files import sha256
from reports.records import Acceptance, BaselineReference, Phase, Run, TargetFile
from reports.run import RUN_FILE, load, verify
from reports.storage import RunError, parsed, read, write
from reports.verdicts import RunVerdict

BASELINE_FILE = "baseline.json"


@dataclass(frozen=True)
class Baseline:
    """The accepted run of a target."""

    run: Run
    folder: Path
    reference: BaselineReference


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
    acceptance = Acceptance(run=folder.name, sha256=digest, answers=answers_hash(folder), target=run.target)
    write(folder.parent / BASELINE_FILE, acceptance)
    return BaselineReference(run=folder.name, sha256=digest, target_sha256=run.target.sha256)


def accepted(root: Path, target: TargetFile) -> Baseline:
    """Return the accepted baseline of a target.

    Raises RunError: none accepted, damaged or edited since, of another target (name or portal), incomplete, partial.
    """
    path = root / target.name / BASELINE_FILE
    none = f"No baseline of {target.name} is accepted yet: run `recette baseline` before the upgrade"
    acceptance = parsed(Acceptance, path, read(path, none))
    folder = path.parent / acceptance.run
    content = read(folder / RUN_FILE, f"The accepted baseline {folder} is gone: put it back, or accept another")
    if sha256(content) != acceptance.sha256:
        raise _not_as_accepted(folder / RUN_FILE)
    if answers_hash(folder) != acceptance.answers:
        raise _not_as_accepted(folder / ANSWERS_FILE)
    run = with_answers(folder, parsed(Run, folder / RUN_FILE, content))
    _check_target(folder, run, target)
    _check_usable(folder, run)
    reference = BaselineReference(run=acceptance.run, sha256=acceptance.sha256, target_sha256=run.target.sha256)
    return Baseline(run, folder, reference)


def accept_answers(folder: Path) -> None:
    """Let a baseline that was accepted before somebody answered be accepted with the answer."""
    path = folder.parent / BASELINE_FILE
    if not path.exists():
        return
    acceptance = parsed(Acceptance, path, read(path, ""))
    if acceptance.run == folder.name:
        write(path, acceptance.model_copy(update={"answers": answers_hash(folder)}))


def _not_as_accepted(path: Path) -> RunError:
    return RunError(f"{path} is not what was accepted: it was edited or damaged. Restore it, or accept another")


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
