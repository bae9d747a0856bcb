"""A run that is being made: written as each result comes, compared, judged in the end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from reports.answers import judged
from reports.baseline import Baseline
from reports.comparison import compared, missing
from reports.records import Run
from reports.results import Result
from reports.run import RUN_FILE, load
from reports.scrubbing import Scrub, bounded, scrubbed, scrubbed_value
from reports.storage import LARGEST_FILE, unwritable, write
from reports.waivers import waived


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
        write(self.folder / RUN_FILE, self.run)


def _new_folder(parent: Path, run: Run) -> Path:
    name = f"{run.started:%Y-%m-%dT%H-%M-%SZ}-{run.phase}"
    number = 1
    while True:
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError as error:
            if not parent.is_dir():
                raise unwritable(parent, error) from error
            number += 1
        except OSError as error:
            raise unwritable(folder, error) from error
        else:
            return folder


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
                seen.model_copy(update={"value": scrubbed_value(seen.value, scrub, LARGEST_FILE)})
                for seen in result.observations
            ),
        }
    )
