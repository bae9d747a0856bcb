"""Impact: what users lose while the platform is upgraded."""

from __future__ import annotations

from targets.lab.faults.fault import Fault

FAULTS: tuple[Fault, ...] = ()
