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


def adopt(draft: Path, layer: Path, made_of: str) -> None:
    """Make a finished draft the layer; raises LabError when a running machine stands on the one that it replaces."""
    if any(str(layer) in line for line in _overlays()):
        raise LabError(f"{layer.name} must be made anew, but a running machine uses it: `recette lab down` first.")
    layer.parent.mkdir(parents=True, exist_ok=True)
    _stamp_file(layer).unlink(missing_ok=True)
    if layer.exists():
        shutil.rmtree(layer)
    draft.rename(layer)
    _stamp_file(layer).write_text(made_of)


def mount(place: Path, lowers: Sequence[Path]) -> Path:
    """Mount an overlay at ``place/root``, its changes in ``place/upper``; ``lowers`` are layers, the topmost first."""
    for name in ("upper", "work", "root"):
        (place / name).mkdir(parents=True, exist_ok=True)
    lower = ":".join(str(layer) for layer in lowers)
    options = f"lowerdir={lower},upperdir={place / 'upper'},workdir={place / 'work'}"
    run(["mount", "-t", "overlay", "recette-lab", "-o", options, place / "root"], place)
    return place / "root"


def in_layer(place: Path, lowers: Sequence[Path], make: Callable[[Path], None]) -> Path:
    """Build a layer over ``lowers`` by ``make(root)`` and give the folder that holds it, unmounted."""
    traces.clear(place)
    make(mount(place, lowers))
    run(["umount", place / "root"], place)
    return place / "upper"


def sandbox(root: Path, script: str, *options: str) -> None:
    """Run a root shell script inside a tree that is not booted, with this computer's network; raises LabError."""
    name = f"--machine=building-{root.parent.name}"
    place = root.parent
    sharing = ["--directory", str(root), name, "--resolv-conf=bind-host", "--pipe", *options]
    run([*nspawn(place), *sharing, "sh", "-eu"], place, stdin=script, timeout=BUILD_PATIENCE)


def nspawn(place: Path) -> list[str]:
    """Give the beginning of every systemd-nspawn command for a place."""
    if cgroups.made_by_systemd():
        return list(QUIET_NSPAWN)
    return [*cgroups.entering(place), *QUIET_NSPAWN, "--keep-unit"]


def _stamp_file(layer: Path) -> Path:
    return layer.with_name(f"{layer.name}.stamp")


def _overlays() -> list[str]:
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if "lowerdir=" in line]
