"""Servers, resource servers and pilots: how they are read, and what they carry."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from targets.model.components import Component
from targets.model.fields import Entry, Host, Name, PlatformUserName, Port, Text
from targets.model.services import SignInPage
from targets.references import HttpsUrl, ReadableFile


class SshAccess(Entry):
    """How facts of a machine are read: an account that may read, and need not change anything."""

    user: Text = Field(description="Account to sign in with")
    key_file: ReadableFile = Field(description="Private key of that account")
    port: Port = Field(default=22, description="TCP port of the SSH server")


def _names_the_login(pattern: str) -> str:
    if "{login}" not in pattern:
        raise PydanticCustomError("no_login", "must hold {login}: anybody's session would count without it")
    return pattern


def in_digits(form: str) -> str:
    """Return a regular expression for a time that is written in a form of strftime, all of it in digits."""
    return re.sub("[0-9]", "[0-9]", re.escape(datetime(2000, 1, 1, tzinfo=UTC).strftime(form)))


def _says_the_second(form: str) -> str:
    example = datetime(2026, 11, 23, 12, 34, 56)
    written = example.strftime(form)
    if not re.fullmatch(in_digits(form), written) or datetime.strptime(written, form) != example:
        raise PydanticCustomError("no_second", "must say day and time to the second, in digits, such as %Y%m%dT%H%M%SZ")
    return form


class Recordings(Entry):
    """Where an Edge Gateway keeps the recordings that it received."""

    folder: Text = Field(description="Folder on the Edge Gateway")
    file: Annotated[Text, AfterValidator(_names_the_login)] = Field(
        description="Pattern of a recording's file name; {kind} (ssh, rdp) and {login} are filled in, {time} stands "
        "where the name says when the session began"
    )
    time: Annotated[Text, AfterValidator(_says_the_second)] = Field(
        default="%Y%m%dT%H%M%SZ", description="How {time} is written, as strftime has it: in UTC, and in digits"
    )
    free: int = Field(default=1000, ge=1, description="Free space that the folder needs, in MB")
    holds_text: bool = Field(
        default=False, description="Whether the recording of an SSH session holds what was shown, as text"
    )
    whole: dict[Literal["ssh", "rdp"], Text] = Field(
        default={}, description="By kind, a command there that ends with 0 where the recording {file} is whole"
    )

    @property
    def says_when(self) -> bool:
        """Whether a recording's name says when its session began."""
        return "{time}" in self.file


class Log(Entry):
    """A log file, and how its lines of level error are told from the others."""

    file: Text = Field(description="The log file on the machine")
    error: Text = Field(default="ERROR", description="What a line of level error holds; letter case does not matter")


class Likeness(Entry):
    """What makes two machines of a fleet alike."""

    operating_system: Text = Field(description='Operating system with its release, such as "Windows 11 23H2"')
    architecture: Text = Field(description='Architecture, such as "amd64"')
    security_product: Text = Field(description='Antivirus or EDR, which an upgrade goes through (seed); "none" without')
    role: Text = Field(description='What the machine is for, such as "workstation"')


class Pilot(Likeness):
    """What makes a machine a pilot: one of a few that get the new client or agent before the fleet does."""

    sessions: tuple[Name, ...] = Field(
        default=(),
        description="What is opened to qualify it, by name: RDP applications by a client; by an agent, the recorded "
        "direct accesses, RDP and HTML5 applications that lead to its server",
    )
    configuration: tuple[Text, ...] = Field(default=(), description="Files that must survive the upgrade unchanged")
    log: Log | None = Field(default=None, description="Its log file; without it, its journal is read")
    journal: tuple[Text, ...] = Field(
        default=(), description="systemd units whose journal is its log; without them, all of the machine's services"
    )
    trusts: Text | None = Field(
        default=None, description="File there with the CAs that an agent trusts; without it, the machine's own CAs"
    )


class DeliveredAccount(Entry):
    """The account of a console that appliances are delivered with; its password is published (product page)."""

    user: PlatformUserName = Field(description="User of this file who has that login and the published password")
    page: SignInPage = Field(description="CSS selectors of the console's pages")


class Machine(Entry):
    """A server, resource server or pilot of the target."""

    name: Name = Field(description="What this file and the report call the machine")
    component: Component | None = Field(default=None, description="What it carries; none for a resource server")
    role: Literal["master", "slave", "standalone"] | None = Field(
        default=None, description="A Mediation Controller's place in its cluster"
    )
    system: Literal["linux", "windows"] = Field(default="linux", description="Its kind of operating system")
    address: Host = Field(description="Its own name or address (never the VIP)")
    ssh: SshAccess | None = Field(default=None, description="How its facts are read; without it they are not")
    packages: tuple[Text, ...] = Field(
        default=(), description="Patterns of the platform's Debian packages; on Windows, of programs as shown there"
    )
    services: tuple[Text, ...] = Field(
        default=(), description="systemd units that must be active; on Windows, names of services"
    )
    configuration: tuple[Text, ...] = Field(
        default=(),
        description="Files of the site there (Linux), whose content, owner and permissions must survive the upgrade",
    )
    console: HttpsUrl | None = Field(default=None, description="The system console on this controller's own address")
    console_shows: Text | None = Field(default=None, description="Text that the console's sign-in page shows")
    delivered_account: DeliveredAccount | None = Field(
        default=None,
        description="The console's account that it was delivered with: its published password must not sign in. It is "
        "tried once a run, which counts towards a lock of the account",
    )
    recordings: Recordings | None = Field(
        default=None, description="Where this Edge Gateway keeps the recordings that it received"
    )
    pilot: Pilot | None = Field(
        default=None, description="Makes it a pilot: the new client or agent is qualified on it before the fleet's turn"
    )
