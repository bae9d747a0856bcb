"""Versions and packages: what is left at the old release, half installed, or does not run."""

from __future__ import annotations

from targets.lab.faults.change import script, stopped
from targets.lab.faults.fault import Fault

UNPACK = "cd /tmp\napt-get download --quiet ipdiva-client=4.5.0\ndpkg --unpack ipdiva-client_4.5.0_all.deb"

FAULTS = (
    Fault(
        "slave-left-behind",
        "The slave Mediation Controller is forgotten: the pair ends on two releases.",
        "mediation controller", ("mc2",), ("VERSION-01", "VERSION-04"), left_behind=True,
    ),
    Fault(
        "gateway-left-behind",
        "One of two Edge Gateways is forgotten.",
        "edge gateway", ("eg2",), ("VERSION-01",), left_behind=True,
    ),
    Fault(
        "html5-gateway-forgotten",
        "The HTML5 Gateway comes last in the order, and was forgotten.",
        "HTML5 gateway", ("html5",), ("VERSION-01",), left_behind=True,
    ),
    Fault(
        "package-half-configured",
        "An installation was interrupted: the client's package is unpacked and not configured.",
        "client", ("pilot2",), ("VERSION-02",), script(UNPACK, "dpkg --configure --pending"),
    ),
    Fault(
        "receiver-not-started",
        "The recording receiver was not started again after its upgrade.",
        "edge gateway", ("eg2",), ("VERSION-03",), stopped("ipdiva-edge-gateway"),
    ),
    Fault(
        "service-disabled",
        "A service runs, and was disabled: it will be gone after the next start of the server.",
        "recording agent", ("srv1",), ("VERSION-03",),
        script("systemctl disable --quiet nginx", "systemctl enable --quiet nginx"),
    ),
)  # fmt: skip
