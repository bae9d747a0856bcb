"""The whole platform under test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from targets.model.components import Component
from targets.model.fields import TARGET_NAME, Address, Entry, Host, Name, Release, Seconds, Text
from targets.model.machines import Machine, Pilot
from targets.model.people import EventLog, ShownRelease, Waiver
from targets.model.preparation import Backup, DatabaseBackup, Download, Preparation
from targets.model.services import DirectAccess, Federation, Html5Application, Portal, RdpApplication, WebApplication
from targets.model.watch import Watch
from targets.references import CertificateFile, KnownHostsFile, ReadableFile
from targets.secret import SecretReference


class Releases(Entry):
    """The release installed before the upgrade, and the one after it."""

    from_: Release = Field(alias="from", description='Release before the upgrade, for example "4.5"')
    to: Release = Field(description='Release after the upgrade, for example "4.6"')


class Trust(Entry):
    """What this target's certificates and host keys are verified with."""

    ca_file: CertificateFile | None = Field(
        default=None, description="Private CA (PEM) to trust for this target instead of the public ones"
    )
    known_hosts: KnownHostsFile | None = Field(
        default=None, description="OpenSSH known_hosts file with the pinned host keys; your own file without it"
    )


class User(Entry):
    """An account made for Recette."""

    name: Name = Field(description="What this file calls the user")
    login: Text = Field(description="What the user signs in with")
    password: SecretReference
    local_to: Literal["platform", "identity provider"] = Field(
        default="platform", description="Who checks the password: the platform itself, or the SAML identity provider"
    )


class Limits(Entry):
    """How long things may take, and what is asked of certificates."""

    certificate_days: int = Field(default=30, ge=0, le=3650, description="Days that a certificate must still be valid")
    answer: Seconds = Field(default=15, description="Longest wait for an answer, in seconds")
    desktop: Seconds = Field(default=30, description="Longest wait for a desktop to show, in seconds")
    recording: Seconds = Field(default=30, description="Longest wait for a recording to arrive, in seconds")
    idle: Seconds = Field(default=75, description="How long a session must last in which nothing is typed, in seconds")


class Fleet(Entry):
    """The machines that the new client and agent are for: CSV tables, or Ansible inventories (INI or YAML)."""

    client: ReadableFile | None = Field(default=None, description="Table of the machines with the client")
    recording_agent: ReadableFile | None = Field(default=None, description="Table of the servers with the agent")

    def files(self) -> Iterator[tuple[Component, Path]]:
        """Yield each table with the component that its machines carry."""
        if self.client:
            yield Component.CLIENT, self.client
        if self.recording_agent:
            yield Component.RECORDING_AGENT, self.recording_agent


class Target(Entry):
    """The whole platform under test."""

    name: Annotated[str, StringConstraints(pattern=TARGET_NAME)] = Field(
        description="Short name of the target: runs are kept and compared under it"
    )
    title: Text | None = Field(default=None, description="What the report calls the target")
    releases: Releases = Field(description="The releases before and after the upgrade")
    trust: Trust = Field(default=Trust(), description="What certificates and host keys are verified with")
    names: dict[Host, Address] = Field(
        default={}, description="Addresses of names that the resolver here does not know (as in a hosts file)"
    )
    limits: Limits = Field(default=Limits(), description="How long things may take, and what certificates must hold")
    watch: Watch = Field(default=Watch(), description="How the upgrade is watched, and what it may cost")
    users: tuple[User, ...] = Field(default=(), description="Accounts made for Recette")
    portal: Portal | None = Field(default=None, description="The user portal")
    federations: tuple[Federation, ...] = Field(default=(), description="Sign-ins through identity providers (SAMLv2)")
    web_applications: tuple[WebApplication, ...] = Field(default=(), description="Web applications of the portal")
    direct_accesses: tuple[DirectAccess, ...] = Field(default=(), description="Direct accesses, by SSH and by RDP")
    rdp_applications: tuple[RdpApplication, ...] = Field(default=(), description="RDP applications, through the client")
    html5_applications: tuple[Html5Application, ...] = Field(default=(), description="HTML5 applications")
    machines: tuple[Machine, ...] = Field(default=(), description="Servers, resource servers and pilots")
    preparation: Preparation = Field(default=Preparation(), description="What servers must be like before the upgrade")
    backups: tuple[Backup, ...] = Field(default=(), description="Backups of the servers")
    database_backups: tuple[DatabaseBackup, ...] = Field(
        default=(), description="Backups of the databases, external ones and every organization's"
    )
    downloads: tuple[Download, ...] = Field(default=(), description="Files that were downloaded for the upgrade")
    fleet: Fleet = Field(default=Fleet(), description="The machines that the pilots stand for")
    event_log: EventLog | None = Field(
        default=None, description="Where the event log is collected, which a person checks"
    )
    shown_releases: tuple[ShownRelease, ...] = Field(
        default=(), description="Where machines show their release, which a person checks"
    )
    waivers: tuple[Waiver, ...] = Field(default=(), description="Criteria that need not hold for a subject, for a time")

    def user(self, name: str) -> User:
        """Return the user of that name (the loader has checked that there is one)."""
        return next(user for user in self.users if user.name == name)

    def machine(self, name: str) -> Machine:
        """Return the machine of that name (the loader has checked that there is one)."""
        return next(machine for machine in self.machines if machine.name == name)

    def application_names(self) -> Iterator[str]:
        """Yield the names of the applications that the portal is expected to offer."""
        yield from (application.name for application in self.web_applications)
        yield from (application.name for application in self.rdp_applications)
        yield from (application.name for application in self.html5_applications)

    def having(self, component: Component) -> Iterator[Machine]:
        """Yield the machines that carry a component, in the file's order."""
        return (machine for machine in self.machines if machine.component is component)

    def pilots(self) -> Iterator[tuple[Machine, Pilot]]:
        """Yield the machines that are pilots, each with what makes it one, in the file's order."""
        return ((machine, machine.pilot) for machine in self.machines if machine.pilot)
