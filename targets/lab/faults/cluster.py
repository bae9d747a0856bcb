"""The pair of Mediation Controllers."""

from __future__ import annotations

from targets.lab.faults.change import stopped
from targets.lab.faults.fault import Fault

FAULTS = (
    Fault(
        "controller-without-portal",
        "The slave's web server did not start again: the portal has no second leg.",
        "mediation controller", ("mc2",), ("CONSOLE-01", "VERSION-03"), stopped("apache2"),
    ),
)  # fmt: skip
