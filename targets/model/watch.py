"""How the upgrade is watched, and how long what may be interrupted."""

from __future__ import annotations

from pydantic import Field

from targets.model.components import Component
from targets.model.fields import Entry, Host, Name, Port, Seconds, Text
from targets.references import LocalPath


class Windows(Entry):
    """How long an interruption may last, in seconds; the vendor's own windows (seed) unless a site is stricter."""

    client: float = Field(default=300, gt=0, le=300, description="Of what needs the client, in seconds")
    recording_agent: float = Field(default=300, gt=0, le=300, description="Of a server with the agent, in seconds")
    mediation_controller: float = Field(default=3600, gt=0, le=3600, description="By the controllers, in seconds")
    edge_gateway: float = Field(default=3600, gt=0, le=3600, description="By the Edge Gateways, in seconds")
    html5_gateway: float = Field(default=3600, gt=0, le=3600, description="By the HTML5 Gateways, in seconds")
    whole: float = Field(default=14400, gt=0, le=14400, description="Of the whole upgrade, in seconds")

    def of(self, component: Component) -> float:
        """Return the window of a component, in seconds."""
        window: float = getattr(self, component.attribute)
        return window


class TcpPlace(Entry):
    """A host and port that take TCP connections."""

    name: Name = Field(description="What this file and the report call it")
    host: Host = Field(description="Name or address to connect to")
    port: Port = Field(description="TCP port to connect to")


class Watch(Entry):
    """How the upgrade is watched, and what it may cost."""

    every: float = Field(default=1, ge=0.1, le=60, description="The beat: seconds from one sample to the next")
    windows: Windows = Field(default=Windows(), description="How long interruptions may last")
    failover: Seconds = Field(default=10, description="Longest interruption of a cluster's VIP, in seconds")
    continuous: bool = Field(
        default=False,
        description="Whether Edge Gateways are upgraded in turn: one of those that lead to a service always does",
    )
    mixed_releases: Seconds = Field(
        default=3600, description="How long controllers may run different releases, in seconds"
    )
    portal_shows: Text | None = Field(
        default=None, description="Text of the portal's page for those not signed in; without it, a password field"
    )
    databases: tuple[TcpPlace, ...] = Field(default=(), description="PostgreSQL servers that are reached from here")
    control: TcpPlace | None = Field(
        default=None,
        description="Something near the platform that is no part of it: where it is silent, so is our network",
    )
    marks: LocalPath | None = Field(
        default=None, description="File to which whatever upgrades the servers adds a line (JSON) for each step"
    )
