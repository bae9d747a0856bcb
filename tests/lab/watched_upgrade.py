"""An upgrade of the lab that is watched, and whatever goes wrong meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from commands import watches
from commands.phases import Outcome, execute
from reports.records import Phase
from reports.samples import State, marks, samples
from targets.lab import machine, upgrade
from targets.lab.lab import place_of
from targets.lab.store import Store
from targets.loader import load
from tests.lab.conftest import silent
from tests.lab.site import TARGET

PATIENCE = 90.0
OUTAGE = 4.0
FORGET_ALICE = """
runuser -u postgres -- psql -v ON_ERROR_STOP=1 -q org_main <<'SQL'
UPDATE accounts SET refusals = 99, refused_at = now() WHERE login = 'alice';
DELETE FROM sessions WHERE login = 'alice';
SQL
"""


class Watched:
    """An upgrade of the lab, step by step, while the lab is watched."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self.folder = folder

    def upgrade(self, *names: str, meanwhile: Callable[[], None] | None = None) -> None:
        """Upgrade machines as one step, and do something when the watch knows that it has begun."""
        with ThreadPoolExecutor(1) as pool:
            step = pool.submit(upgrade.upgrade, self._store, silent, names=names)
            if meanwhile:
                self._until(lambda: names[0] in {mark.machine for mark in marks(self.folder) if mark.what == "begin"})
                meanwhile()
            step.result()

    def take_away(self, unit: str, *names: str, seconds: float = OUTAGE) -> None:
        """Stop a service on machines at once, and start it again."""
        self.run(f"systemctl stop {unit}", *names)
        time.sleep(seconds)  # how long users must do without it
        self.run(f"systemctl start {unit}", *names)

    def run(self, script: str, *names: str) -> None:
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(lambda name: machine.inside(place_of(self._store, name), script), names))

    def forget_alice(self) -> None:
        """End her sessions on the portal, and let no new one begin."""
        self.run(FORGET_ALICE, "db")

    def wait_until_well(self) -> None:
        watches.wait_until_well(self.folder)

    def wait_for(self, name: str, state: State, words: str = "") -> None:
        """Wait until a service or session is seen in a state from now on."""
        seen = sum(1 for _ in samples(self.folder))

        def found() -> bool:
            new = list(samples(self.folder))[seen:]
            return any((each.service, each.state) == (name, state) and words in each.text for each in new)

        self._until(found)

    def _until(self, holds: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < ends
            time.sleep(0.2)  # bounded by `ends`: the sampler writes twice a second


@contextmanager
def watched(store: Store, target: Path) -> Iterator[Watched]:
    """Watch the lab as a target file says, from where everything answers; runs are kept beside that file."""
    with watches.watched(load(str(target)), runs=target.parent / "runs") as folder:
        yield Watched(store, folder)


def judged(watch: Watched, target: Path) -> Outcome:
    return execute(Phase.WATCH, str(target), watches.judging(watch.folder), progress=lambda *_: None)


def lab_with(folder: Path, limits: str = "") -> Path:
    """Write the lab's target file with other limits of the watch; return its path."""
    folder.mkdir(exist_ok=True)
    copy = folder / "lab.yaml"
    copy.write_text(TARGET.read_text().replace("\nwatch:\n", f"\nwatch:\n{limits}"))
    return copy
