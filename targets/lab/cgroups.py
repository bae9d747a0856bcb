"""A control group for each machine, where this computer's systemd does not make them.

Without groups of their own, the systemds of all machines would share one tree, and one that stops its ``nginx`` would
reach for the ``nginx`` of another. Only the unified hierarchy and systemd's own matter to that (cgroups(7)).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

SYSTEMD_RUNS = Path("/run/systemd/system")
GROUP = "recette-lab"
ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"'


def made_by_systemd() -> bool:
    """Tell whether systemd runs this computer: nspawn then asks it for a scope of its own (sd_booted(3))."""
    return SYSTEMD_RUNS.is_dir()


def entering(place: Path) -> list[str]:
    """Make the groups of a place and give the words that, put before a command, start it in them."""
    homes = [group / place.relative_to("/") for group in _groups()]
    for home in homes:
        home.mkdir(parents=True, exist_ok=True)
    return ["sh", "-c", ENTER, "sh", *map(str, homes), "--"]


def holds(place: Path, pid: int) -> bool:
    """Tell whether a process lives in the groups of a place or under them (``/proc/PID/cgroup``, cgroups(7))."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:  # it has ended
        return False
    return any(f"/{GROUP}{place}/" in f"{group}/" for group in groups)


def leave(place: Path) -> None:
    """Remove the groups at and under a place, whose processes have ended."""
    for group in _groups():
        _remove(group / place.relative_to("/"))


def remove_empty() -> None:
    """Remove whatever of the lab's groups holds no process, which is all of them when no machine runs."""
    for group in _groups():
        _remove(group)


def _remove(home: Path) -> None:
    if home.is_dir():
        for group in [*sorted(home.glob("**/"), reverse=True)]:
            with suppress(OSError):  # something lives in it: it stays
                group.rmdir()


def _groups() -> list[Path]:
    fields = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    points = [f[1] for f in fields if f[2] == "cgroup2" or (f[2] == "cgroup" and "name=systemd" in f[3])]
    return [Path(point) / GROUP for point in points]
