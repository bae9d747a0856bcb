"""The lab as a whole: up, down, status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from targets.lab import cgroups, fleet, identity, image, installed, layers, limits, machine, network, traces
from targets.lab.command import LabError, run
from targets.lab.image import Tell
from targets.lab.lock import locked
from targets.lab.machines import MOST_PILOTS, machines
from targets.lab.role import Machine
from targets.lab.roles.controller import DELIVERED
from targets.lab.store import Store

READY_PATIENCE = 120.0
STARTERS = 12
MIRROR = "repository"
LIMITS = "limits.json"


@dataclass(frozen=True)
class MachineStatus:
    """What a machine is doing: ``release`` of its stand-ins, empty when it has none; ``memory`` in bytes."""

    machine: Machine
    running: bool
    release: str
    memory: int


def up(store: Store, tell: Tell, pilots: int = 2, names: Sequence[str] = (), with_windows: bool = False) -> None:
    """Bring the lab up, or just the machines named, and wait until all of them serve; what runs already stays.

    What is missing of the image is made first. Raises LabError when something cannot be made or does not serve.
    """
    lab = machines(pilots, with_windows)
    wanted = chosen(lab, names)
    with locked(store.path.parent):
        _prepare(store, lab)
        stopped = [one for one in wanted if not is_running(store, one)]
        image.ensure_debian(store, tell, [*stopped, *_mirror(lab)])
        _install(store, tell, stopped, lab)
        image.each(wanted, lambda one: image.timed(tell, one.name, lambda: serve(store, one, lab)), STARTERS)


def down(store: Store, names: Sequence[str] = (), purge: bool = False) -> None:
    """Take the lab down, or just the machines named, whatever state it is in; ``purge`` deletes the store too."""
    with locked(store.path.parent):
        if names:
            image.each(names, lambda name: traces.clear(place_of(store, name)), STARTERS)
        else:
            _take_back(store)
        if purge:
            traces.clear(store.path)
    if purge:
        with suppress(OSError):  # something else lies beside the store
            store.path.parent.rmdir()


def status(store: Store) -> list[MachineStatus]:
    """Tell of each machine that was started; takes no lock, so it answers at any time."""
    all_there_may_be = machines(MOST_PILOTS, with_windows=True)
    return [_status(store, one) for one in all_there_may_be if place_of(store, one.name).is_dir()]


def chosen(lab: Sequence[Machine], names: Iterable[str]) -> list[Machine]:
    """Give the machines of these names, all of them for no name; raises LabError for a name that is not there."""
    by_name = {one.name: one for one in lab}
    if unknown := sorted(set(names) - set(by_name)):
        raise LabError(f"the lab has no machine {', '.join(unknown)}; it has {', '.join(by_name)}.")
    return [by_name[name] for name in names] or list(lab)


def place_of(store: Store, name: str) -> Path:
    """Give the folder of a machine's running state."""
    return store.path / "machines" / name


def is_running(store: Store, one: Machine) -> bool:
    """Tell whether a machine's systemd runs."""
    return traces.leader(place_of(store, one.name)) is not None


def serve(store: Store, one: Machine, lab: tuple[Machine, ...], over: Sequence[Path] = ()) -> None:
    """Wait until a machine serves, started before unless it runs: with nothing of its own over its image.

    ``over`` are layers in which it has been running, the topmost first: what makes it this machine is in them. Raises
    LabError when it does not serve in time.
    """
    place = place_of(store, one.name)
    if not is_running(store, one):
        traces.clear(place)
        layers.mount(place, [*over, *installed.lowers(store, one)])
        if not over:
            machine.put(place / "root", identity.files(store, one, lab))
        machine.start(place, one, _binds(store, one))
    wait_until_ready(store, one)


def wait_until_ready(store: Store, one: Machine) -> None:
    """Wait until a machine that runs serves as its role says; raises LabError when it does not in time."""
    machine.wait_until(place_of(store, one.name), installed.role_of(one).ready, READY_PATIENCE)


def _prepare(store: Store, lab: tuple[Machine, ...]) -> None:
    network.up()
    store.path.mkdir(exist_ok=True)
    traces.clear(store.path / "building")
    limits.raise_limits(store.path / LIMITS)
    store.write_known_hosts(lab)
    fleet.write(store.path / "fleet", lab)
    store.secret(DELIVERED)  # its account is gone: Recette tries it, and no machine needs it
    if not (store.path / "machines").is_mount():
        _make_room(store.path / "machines")
        (store.path / "marks.jsonl").unlink(missing_ok=True)


def _make_room(folder: Path) -> None:
    """Keep what machines write in memory: it is little, thrown away at the end, and disks are slow to forget files."""
    folder.mkdir(exist_ok=True)
    run(["mount", "-t", "tmpfs", "-o", "mode=755", "recette-lab", folder], folder)


def _install(store: Store, tell: Tell, stopped: Sequence[Machine], lab: tuple[Machine, ...]) -> None:
    stale = image.to_install(store, [*_mirror(lab), *stopped])
    image.install(store, tell, [one for one in stale if not installed.boots_to_install(one, store)], lab)
    booted = [one for one in stale if installed.boots_to_install(one, store)]
    if booted:
        image.each(_mirror(lab), lambda one: serve(store, one, lab), STARTERS)
    image.install(store, tell, booted, lab)


def _mirror(lab: Iterable[Machine]) -> list[Machine]:
    return [one for one in lab if one.role == MIRROR]


def _binds(store: Store, one: Machine) -> list[str]:
    return [f"{store.path / 'image' / 'mirror'}:/srv/mirror"] if one.role == MIRROR else []


def _take_back(store: Store) -> None:
    for name in ("machines", "building"):
        traces.clear(store.path / name)
    network.down()
    limits.put_back(store.path / LIMITS)
    cgroups.remove_empty()


def _status(store: Store, one: Machine) -> MachineStatus:
    place = place_of(store, one.name)
    running = is_running(store, one)
    return MachineStatus(one, running, release_of(place, one) if running else "", traces.memory(place))


def release_of(place: Path, one: Machine) -> str:
    """Give the versions of a machine's stand-ins as its package database has them, ``?`` for one half-installed."""
    stand_ins = installed.role_of(one).stand_ins
    if not stand_ins:
        return ""
    query = ["dpkg-query", f"--admindir={place / 'root/var/lib/dpkg'}", "--show"]
    lines = run([*query, "--showformat=${db:Status-Abbrev} ${Version}\n", *stand_ins], place).splitlines()
    return ", ".join(sorted({line.split()[1] if line.startswith("ii") else "?" for line in lines}))
