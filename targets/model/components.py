"""The parts of the platform that an upgrade goes through."""

from __future__ import annotations

from enum import StrEnum

RECORDING_PORT = 8443
"""Where an Edge Gateway takes recordings, over TLS (product page, Components)."""


class Component(StrEnum):
    """The parts of the platform that an upgrade goes through (seed), and what they reach."""

    CLIENT = "client"
    RECORDING_AGENT = "recording agent"
    MEDIATION_CONTROLLER = "mediation controller"
    EDGE_GATEWAY = "edge gateway"
    HTML5_GATEWAY = "HTML5 gateway"

    @property
    def attribute(self) -> str:
        """Its name where a model has a value for each component."""
        return self.value.lower().replace(" ", "_")
