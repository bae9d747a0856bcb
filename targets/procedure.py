"""The vendor's live upgrade as its introduction describes it (seed/live-upgrade-introduction.txt), as data.

How long each part may take is part of the model: `targets.model.watch.Windows` holds the vendor's own windows.
"""

from __future__ import annotations

from dataclasses import dataclass

from targets.model.components import Component


@dataclass(frozen=True)
class UpgradeStep:
    """What the upgrade of a component interrupts, and what to mind when it is planned."""

    component: Component
    impact: str
    advice: str


PREPARATION = (
    "Create the acceptance-criteria document (recipe book)",
    "Verify that the flows to the Debian repositories are open",
    "Download the necessary sources and tools",
    "Back up the environment, external databases included",
    "Qualify the new client and the new agent on a few machines that represent the whole",
)
ORDER = (
    UpgradeStep(
        Component.CLIENT,
        "The client's connection is interrupted, and the applications that need it disconnect. HTML5 and web "
        "applications are not affected.",
        "Up to 5 minutes a workstation, depending on its performance and its antivirus or EDR.",
    ),
    UpgradeStep(
        Component.RECORDING_AGENT,
        "Direct access, and RDP and HTML5 RDP applications with agent, are interrupted.",
        "5 minutes for each server that carries the agent; automate it, outside working hours.",
    ),
    UpgradeStep(
        Component.MEDIATION_CONTROLLER,
        "All services of the platform are unstable.",
        "A maintenance window of at least 1 hour. In a cluster every controller runs the same version: in parallel, or "
        "one by one starting with the slave.",
    ),
    UpgradeStep(
        Component.EDGE_GATEWAY,
        "Its direct accesses, and the applications and resources that are reached through it, are unavailable.",
        "A maintenance window of one hour. Servers may be upgraded in parallel for a shorter interruption.",
    ),
    UpgradeStep(
        Component.HTML5_GATEWAY,
        "HTML5 applications are unavailable (inferred: the vendor states no impact).",
        "The vendor states no window; planned here as for an Edge Gateway.",
    ),
)
"""The order that the vendor recommends."""
VALIDATION = (
    "Validate the versions of the Mediation Controllers and the Edge Gateways",
    "Validate the platform against this document",
)
WHOLE = (
    "For a first upgrade the vendor recommends a maintenance window of four hours in all, which leaves time to contact "
    "its support. In the best cases the servers took 30 minutes: prerequisites in place, a fast download of the Debian "
    "packages, servers with power to spare."
)
