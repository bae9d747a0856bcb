"""What the platform was seen to offer that nobody asked a criterion for."""

from __future__ import annotations

from collections.abc import Collection

from reports.records import Run

OFFERED = "portal.applications"
"""The observation that holds the applications that the portal offered a user (PORTAL-02, SAML-01)."""


def uncovered(run: Run, declared: Collection[str]) -> list[str]:
    """Return the applications that the portal offered in a run and that are not among those declared, by name."""
    offered = {
        str(name)
        for result in run.results
        for observation in result.observations
        if observation.name == OFFERED and isinstance(observation.value, list)
        for name in observation.value
    }
    return sorted(offered.difference(declared))
