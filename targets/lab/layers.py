"""Layers: folders of the image that overlays stack, each stamped with what it was made of.

A layer is made in ``building/`` and moved to ``image/`` when whole, its stamp last; an interrupted build leaves
nothing in ``image/`` that counts.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from targets.lab import cgroups, traces
from targets.lab.command import LabError, run

QUIET_NSPAWN = ("systemd-nspawn", "--quiet", "--register=no", "--timezone=off", "--link-journal=no")
BUILD_PATIENCE = 1800.0


def stamp(*parts: str | bytes | Sequence[str]) -> str:
    """Give one digest of all that a layer is made of; the order counts."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        digest.update(len(data).to_bytes(8) + data)
    return digest.hexdigest()


def is_current(layer: Path, wanted: str) -> bool:
    """Tell whether a layer is there and was made of what ``wanted`` says."""
    mark = _stamp_file(layer)
    return layer.is_dir() and mark.is_file() and mark.read_text() == wanted


def ensure(layer: Path, made_of: str, place: Path, make: Callable[[Path], Path]) -> None:
    """Make a layer unless it is current: ``make(place)`` builds it in a clear ``place`` and gives the finished folder.

    Raises LabError when a running machine stands on the layer that would be replaced.
    """
    if is_current(layer, made_of):
        return
    if any(str(layer) in line for line in _overlays()):
        raise LabError(f"{layer.name} must be made anew, but a running machine uses it: `recette lab down` first.")
    traces.clear(place)
    place.mkdir(parents=True)
    _adopt(make(place), layer, made_of)
    traces.clear(place)


def mount(place: Path, lowers: Sequence[Path]) -> None:
    """Mount an overlay at ``place/root``, its changes in ``place/upper``; ``lowers`` are layers, the topmost first."""
    for name in ("upper", "work", "root"):
        (place / name).mkdir(parents=True, exist_ok=True)
    lower = ":".join(str(layer) for layer in lowers)
    options = f"lowerdir={lower},upperdir={place / 'upper'},workdir={place / 'work'}"
    run(["mount", "-t", "overlay", "recette-lab", "-o", options, place / "root"], place)


def over(lowers: Sequence[Path], make: Callable[[Path], None]) -> Callable[[Path], Path]:
    """Give the maker of a layer over others, from ``make(place)`` that changes the tree at ``place/root``."""

    def build(place: Path) -> Path:
        mount(place, lowers)
        make(place)
        run(["umount", place / "root"], place)
        return place / "upper"

    return build


def sandbox(place: Path, script: str) -> None:
    """Run a root shell script in the tree at ``place/root``, not booted, with this computer's network."""
    tree = [f"--directory={place / 'root'}", f"--machine=building-{place.name}", "--resolv-conf=bind-host"]
    run(
        [*nspawn(place), *tree, "--suppress-sync=yes", "--pipe", "sh", "-eu"],
        place,
        stdin=script,
        timeout=BUILD_PATIENCE,
    )


def nspawn(place: Path) -> list[str]:
    """Give the beginning of every systemd-nspawn command for a place."""
    if cgroups.made_by_systemd():
        return list(QUIET_NSPAWN)
    return [*cgroups.entering(place), *QUIET_NSPAWN, "--keep-unit"]


def _adopt(draft: Path, layer: Path, made_of: str) -> None:
    layer.parent.mkdir(parents=True, exist_ok=True)
    _stamp_file(layer).unlink(missing_ok=True)
    if layer.exists():
        shutil.rmtree(layer)
    draft.rename(layer)
    run(
        ["sync", "--file-system", layer], layer
    )  # builds skip dpkg's syncs, one for each file: this one makes up for them
    _stamp_file(layer).write_text(made_of)


def _stamp_file(layer: Path) -> Path:
    return layer.with_name(f"{layer.name}.stamp")


def _overlays() -> list[str]:
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if "lowerdir=" in line]
