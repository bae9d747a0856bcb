"""The image as a whole: whatever is missing of the layers that some machines need is made, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from targets.lab import debian_image, installed, packages
from targets.lab.role import Machine, Role
from targets.lab.store import Store

Tell = Callable[[str, str], None]
"""Hears of progress: what it is about (a machine, a layer), and what happens to it."""

T = TypeVar("T")

BUILDERS = 2
INSTALLERS = 4


def ensure_debian(store: Store, tell: Tell, wanted: Iterable[Machine]) -> None:
    """Make the base and the role layers that these machines need."""
    timed(tell, "base", lambda: debian_image.ensure_base(store))
    roles = {one.role: installed.role_of(one) for one in wanted}
    each(roles.values(), partial(_ensure_role, store, tell), BUILDERS)
    timed(tell, "packages", lambda: packages.ensure_repository(store))


def to_install(store: Store, wanted: Iterable[Machine]) -> list[Machine]:
    """Give the first machine of each installed layer that must be made for these machines."""
    by_image = {one.image: one for one in reversed(list(wanted))}
    return [one for one in by_image.values() if not installed.is_current(store, one)]


def install(store: Store, tell: Tell, stale: Iterable[Machine], lab: tuple[Machine, ...]) -> None:
    """Make the installed layers of these machines; raises LabError naming the first that fails."""
    each(stale, lambda one: timed(tell, f"{one.name} image", lambda: installed.make(store, one, lab)), INSTALLERS)


def each(subjects: Iterable[T], work: Callable[[T], None], at_once: int) -> None:
    """Do the work for every subject, some at once, and raise the first error when all have ended."""
    chosen: Sequence[T] = list(subjects)
    with ThreadPoolExecutor(max_workers=min(at_once, max(1, len(chosen)))) as pool:
        futures = [pool.submit(work, subject) for subject in chosen]
    for future in futures:
        future.result()


def timed(tell: Tell, subject: str, work: Callable[[], object]) -> None:
    """Do a piece of work, telling of its begin and how long it took."""
    tell(subject, "at work")
    start = time.monotonic()
    work()
    tell(subject, f"done in {time.monotonic() - start:.1f} s")


def _ensure_role(store: Store, tell: Tell, role: Role) -> None:
    timed(tell, f"{role.name} image", lambda: debian_image.ensure_role(store, role))
