"""A control group for each machine, where this computer's systemd does not make them.

Without groups of their own, the systemds of all machines would share one tree, and one that stops its ``nginx`` would
reach for the ``nginx`` of another. Only the unified hierarchy and systemd's own matter to that (cgroups(7)).
"""

from __future__ import annotations

from pathlib import Path

SYSTEMD_RUNS = Path("/run/systemd/system")
GROUP = "recette-lab"
ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"'


def made_by_systemd() -> bool:
    """Tell whether systemd runs this computer: nspawn then asks it for a scope of its own (sd_booted(3))."""
    return SYSTEMD_RUNS.is_dir()


def entering(place: Path) -> list[str]:
    """Make the groups of a place and give the words that, put before a command, start it in them."""
    homes = _homes(place)
    for home in homes:
        home.mkdir(parents=True, exist_ok=True)
    return ["sh", "-c", ENTER, "sh", *map(str, homes), "--"]


def leave(place: Path) -> None:
    """Remove the groups of a place, whose processes have ended, and their parent with the last one."""
    for home in _homes(place):
        for group in sorted(home.rglob("*/"), reverse=True):
            if group.is_dir():
                group.rmdir()
        if home.is_dir():
            home.rmdir()
        if home.parent.is_dir() and not any(entry.is_dir() for entry in home.parent.iterdir()):
            home.parent.rmdir()


def _homes(place: Path) -> list[Path]:
    return [point / GROUP / f"{place.parent.name}-{place.name}" for point in _hierarchies()]


def _hierarchies() -> list[Path]:
    fields = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    return [Path(f[1]) for f in fields if f[2] == "cgroup2" or (f[2] == "cgroup" and "name=systemd" in f[3])]
