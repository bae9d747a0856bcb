"""Configuration: settings of the site that the upgrade touched."""

from __future__ import annotations

from targets.lab.faults.fault import Fault

FAULTS: tuple[Fault, ...] = ()
