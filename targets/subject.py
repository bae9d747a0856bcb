"""One thing that a criterion holds for: a service, a machine, or another thing of a target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from targets.model.components import Component
from targets.model.machines import Machine
from targets.model.people import EventLog, ShownRelease
from targets.model.preparation import Backup, DatabaseBackup, Download
from targets.model.services import (
    Federation,
    Html5Application,
    Portal,
    PortThrough,
    RdpApplication,
    RdpDirectAccess,
    SshDirectAccess,
    WebApplication,
    WebThrough,
)
from targets.model.target import Target
from targets.services import HeldSession, Service

Described = (
    Portal
    | Federation
    | WebApplication
    | SshDirectAccess
    | RdpDirectAccess
    | RdpApplication
    | Html5Application
    | Machine
    | EventLog
    | ShownRelease
    | Backup
    | DatabaseBackup
    | Download
)
Typed = TypeVar("Typed")


@dataclass(frozen=True)
class Cluster:
    """The Mediation Controllers of a target, where there are several."""

    controllers: tuple[Machine, ...]


@dataclass(frozen=True)
class OnControllers:
    """The portal on some controllers of a cluster, each by its own address."""

    portal: Portal
    controllers: tuple[Machine, ...]

    @property
    def user(self) -> str:
        """The user who signs in."""
        return self.portal.user


@dataclass(frozen=True)
class FederationOn:
    """A federation on one controller of a cluster, by its own address."""

    federation: Federation
    controller: Machine

    @property
    def user(self) -> str:
        """The user who signs in."""
        return self.federation.user


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade goes through: a component's machines, or all of a target's."""

    machines: tuple[Machine, ...]


@dataclass(frozen=True)
class Ways:
    """The ways to one service, each watched by itself."""

    watched: tuple[Service, ...]


@dataclass(frozen=True)
class Servers:
    """The servers of a target that an upgrade goes through by apt."""

    machines: tuple[Machine, ...]


class Beside(StrEnum):
    """What the platform leans on and no upgrade of it goes through."""

    IDENTITY_PROVIDER = "identity provider"
    DATABASE = "database"
    REPOSITORY = "repository"


@dataclass(frozen=True)
class Subject:
    """One thing that a criterion holds for.

    `component` and `machine` (a machine's name) are to blame for a failure; the machine is None where several could be.
    `beside` is to blame instead of the component, where it is no part of the platform. `payload` is the model's object,
    `through` the way to it where it is one of several. `behind` is what several ways may lead to, and `rests_on` what
    it cannot be well without: names of machines and of other subjects.
    """

    name: str
    kind: str
    component: Component
    machine: str | None
    payload: Described | Servers | Cluster | OnControllers | FederationOn | Upgraded | Ways | Service | HeldSession
    through: WebThrough | PortThrough | None = None
    beside: Beside | None = None
    behind: str | None = None
    rests_on: tuple[str, ...] = ()

    @property
    def blamed(self) -> str:
        """What is to blame for a failure."""
        return (self.beside or self.component).value

    @property
    def user(self) -> str | None:
        """The user of the target who exercises it, where it is one user's."""
        user: str | None = getattr(self.payload, "user", None)
        return user

    @property
    def where(self) -> str | None:
        """Where a person looks, where only a person can."""
        where: str | None = getattr(self.payload, "where", None)
        return where

    @property
    def service(self) -> str | None:
        """The name of what is exercised, where the target file gives it one."""
        name: str | None = getattr(self.payload, "name", None)
        return name

    def a(self, kind: type[Typed]) -> Typed:
        """Return the payload, which the caller knows to be of that type; raise TypeError where it is not."""
        return _checked(self, self.payload, kind)

    def way(self, kind: type[Typed]) -> Typed:
        """Return the way to it, which the caller knows to be of that type; raise TypeError where it is not."""
        return _checked(self, self.through, kind)


def _checked(subject: Subject, value: object, kind: type[Typed]) -> Typed:
    if isinstance(value, kind):
        return value
    raise TypeError(
        f"the subject {subject.name!r} of kind {subject.kind} holds a {type(value).__name__}, not a {kind.__name__}: "
        "the scenario's @each tag and its steps do not fit"
    )


FindSubjects = Callable[[Target, str], Iterator[Subject]]
"""Yields the subjects of a target that are of a kind: its second argument is the kind's name."""
