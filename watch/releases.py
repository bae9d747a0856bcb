"""Which release each machine is at: looked up every few seconds, and a mark whenever it changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from reports.samples import Mark
from targets.access import ssh
from targets.access.facts import gather
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.platform import Platform
from targets.model.machines import Machine

LOOK_EVERY = 3.0
"""Seconds from one look at a machine's packages to the next."""


class Releases:
    """Follows the packages of one machine."""

    def __init__(self, machine: Machine, platform: Platform, tell: Callable[[Mark], None], origin: float) -> None:
        self._machine = machine
        self._platform = platform
        self._tell = tell
        self._origin = origin
        self._known: dict[str, str] = {}

    def run(self) -> None:
        """Look, for ever; a machine that does not answer is asked again later."""
        while True:
            try:
                self._follow()
            except (CannotJudgeError, PlatformFailed):
                time.sleep(LOOK_EVERY)

    def seen(self, found: dict[str, str]) -> None:
        """Tell of what changed since the last look; the first one says where the machine stands."""
        changed = [
            f"{name} {self._known.get(name, 'new')} → {found[name]}" for name in found if self._differs(name, found)
        ]
        if self._known and not changed:
            return
        words = ", ".join(changed) if self._known else "when the watch began"
        self._known = found
        self._tell(
            Mark(
                at=round(time.monotonic() - self._origin, 3),
                wall=datetime.now(UTC),
                what="release",
                text=words[:500],
                component=self._machine.component.value if self._machine.component else None,
                machine=self._machine.name,
                release=", ".join(sorted(set(found.values())))[:500],
            )
        )

    def _differs(self, name: str, found: dict[str, str]) -> bool:
        return self._known.get(name) != found[name]

    def _follow(self) -> None:
        limit = self._platform.limits.answer
        with ssh.connected(self._platform.way_to(self._machine), limit, CannotJudgeError) as session:
            while True:
                facts = gather(session, self._machine.packages, (), limit)
                found = {package.name: package.version for package in facts.packages if package.version}
                if found:
                    self.seen(found)
                time.sleep(LOOK_EVERY)
