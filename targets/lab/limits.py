"""Kernel limits that many machines on one computer need higher, raised while the lab is up and put back after."""

from __future__ import annotations

import json
from pathlib import Path

from targets.lab.store import write

KERNEL = Path("/proc/sys")
WANTED = {"fs/inotify/max_user_instances": 8192}
"""Each systemd uses about ten inotify instances, all on root's account, which has 128 (inotify(7))."""


def raise_limits(record: Path, kernel: Path = KERNEL, wanted: dict[str, int] = WANTED) -> None:
    """Raise the limits that are lower than the lab wants, after writing down in ``record`` what they were."""
    low = {name: value for name in wanted if (value := _value(kernel / name)) < wanted[name]}
    if low:
        known: dict[str, int] = json.loads(record.read_text()) if record.exists() else {}
        write(record, json.dumps(low | known), 0o644)
    for name in low:
        (kernel / name).write_text(f"{wanted[name]}\n")


def put_back(record: Path, kernel: Path = KERNEL) -> None:
    """Set the limits to what ``record`` says that they were, and forget it."""
    if record.exists():
        for name, value in json.loads(record.read_text()).items():
            (kernel / name).write_text(f"{value}\n")
        record.unlink()


def _value(path: Path) -> int:
    return int(path.read_text())
