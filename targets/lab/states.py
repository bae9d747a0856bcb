"""States of the lab that are kept for a while, so that single machines can be put back into them within seconds.

A state is what each machine has written since the one before it. It is kept in memory, as a layer to start from.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from targets.lab import image, machine, traces
from targets.lab.command import run
from targets.lab.lab import STARTERS, chosen, place_of, serve, status
from targets.lab.lock import locked
from targets.lab.machines import machines
from targets.lab.role import Machine
from targets.lab.store import Store

KEPT = "kept"


def keep(store: Store, state: str) -> None:
    """Shut all running machines down cleanly and keep what each has written under the name of a state.

    Raises LabError when one does not shut down.
    """
    with locked(store.path.parent):
        running = [one.machine for one in status(store) if one.running]
        image.each(running, lambda one: _keep(store, one, state), STARTERS)


def restore(store: Store, states: Sequence[str], names: Sequence[str] = ()) -> None:
    """Start the machines named, or all, anew from these states, the newest first, and wait until they serve.

    What they wrote since is gone. Without a state they are as in the image. Raises LabError when one does not serve.
    """
    lab = machines()
    with locked(store.path.parent):
        image.each(chosen(lab, names), lambda one: _restore(store, one, states, lab), STARTERS)


def _keep(store: Store, one: Machine, state: str) -> None:
    place, kept = place_of(store, one.name), _folder(store, one, state)
    machine.shut_down(place)
    run(["umount", place / "root"], place)
    kept.parent.mkdir(parents=True, exist_ok=True)
    (place / "upper").rename(kept)


def _restore(store: Store, one: Machine, states: Sequence[str], lab: tuple[Machine, ...]) -> None:
    traces.clear(place_of(store, one.name))
    serve(store, one, lab, [_folder(store, one, state) for state in states])


def _folder(store: Store, one: Machine, state: str) -> Path:
    return store.path / "machines" / KEPT / state / one.name
