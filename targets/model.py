"""The platform under test, as its target file describes it.

Everything that the vendor does not document (ports, page structure, package names) is an input here, never a
constant of the suite (product page).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, IPvAnyAddress, StringConstraints
from pydantic_core import PydanticCustomError

from targets.references import CertificateFile, HttpsUrl, KnownHostsFile, LocalPath, ReadableFile, refers_to
from targets.secret import SecretReference

NAME = r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,63}$"
HOST = r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$"
TARGET_NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"
CRITERION = r"^[A-Z][A-Z0-9]*-[0-9]{2,}$"
RELEASE = r"^[0-9]{1,9}(\.[0-9]{1,9}){0,5}$"
SHA256 = r"^[0-9a-f]{64}$"
PRINTABLE = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
RECORDING_PORT = 8443
"""Where an Edge Gateway takes recordings, over TLS (product page, Components)."""

Name = Annotated[str, StringConstraints(pattern=NAME)]
Host = Annotated[str, StringConstraints(pattern=HOST)]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=PRINTABLE)]
Statement = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=PRINTABLE)]
"""Text that says something: spaces alone do not."""
Release = Annotated[str, StringConstraints(pattern=RELEASE)]
Sha256 = Annotated[str, StringConstraints(pattern=SHA256)]
Selector = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)]


def _only_text(value: object) -> object:
    if isinstance(value, int):
        raise PydanticCustomError("string_type", "must be text")
    return value


Address = Annotated[IPvAnyAddress, BeforeValidator(_only_text)]
"""An IP address; a bare number would be taken for one too."""


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


UserName = Annotated[Name, refers_to("user")]
PlatformUserName = Annotated[Name, refers_to("user", "local_to: platform")]
FederatedUserName = Annotated[Name, refers_to("user", "local_to: identity provider")]
EdgeGatewayName = Annotated[Name, refers_to("machine", "component: edge gateway")]
Html5GatewayName = Annotated[Name, refers_to("machine", "component: HTML5 gateway")]
PilotName = Annotated[Name, refers_to("machine", "component: client", "with ssh")]
ReadableMachineName = Annotated[Name, refers_to("machine", "with ssh")]
UpgradedMachineName = Annotated[Name, refers_to("machine", "with component")]


class _Strict(BaseModel):
    """Unknown keys are refused: a misspelt key must not be a check that silently does not happen."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Releases(_Strict):
    """The release installed before the upgrade, and the one after it."""

    from_: Release = Field(alias="from", description='Release before the upgrade, for example "4.5"')
    to: Release = Field(description='Release after the upgrade, for example "4.6"')


class Trust(_Strict):
    """What this target's certificates and host keys are verified with."""

    ca_file: CertificateFile | None = Field(
        default=None, description="Private CA (PEM) to trust for this target instead of the public ones"
    )
    known_hosts: KnownHostsFile | None = Field(
        default=None, description="OpenSSH known_hosts file with the pinned host keys; your own file without it"
    )


class User(_Strict):
    """An account made for Recette."""

    name: Name = Field(description="What this file calls the user")
    login: Text = Field(description="What the user signs in with")
    password: SecretReference
    local_to: Literal["platform", "identity provider"] = Field(
        default="platform", description="Who checks the password: the platform itself, or the SAML identity provider"
    )


class PortalPage(_Strict):
    """CSS selectors of the user portal's pages (the vendor does not document them)."""

    login: Selector = Field(description="Field for the login")
    password: Selector = Field(description="Field for the password")
    submit: Selector = Field(description="Button that signs in")
    refused: Selector = Field(description="What appears when a sign-in is refused")
    signed_in_as: Selector = Field(description="Element that shows who is signed in")
    application: Selector = Field(description="One link for each application; its text is the application's name")
    sign_out: Selector = Field(description="Link or button that signs out")


class Portal(_Strict):
    """The user portal, on the address that users know (the VIP in a cluster)."""

    url: HttpsUrl = Field(description="The portal's address, as users type it")
    user: PlatformUserName = Field(description="User who signs in locally")
    refused_user: PlatformUserName | None = Field(
        default=None,
        description="Account made for the one sign-in with a wrong password; without it none is tried",
    )
    session_cookie: Text = Field(description="Name of the cookie that carries the session")
    page: PortalPage = Field(description="CSS selectors of the portal's pages")


class IdentityProviderPage(_Strict):
    """CSS selectors of the identity provider's sign-in page."""

    login: Selector = Field(description="Field for the login")
    password: Selector = Field(description="Field for the password")
    submit: Selector = Field(description="Button that signs in")


class Federation(_Strict):
    """Sign-in through a SAMLv2 identity provider."""

    name: Name = Field(description="What this file and the report call the federation")
    user: FederatedUserName = Field(description="User who signs in at the identity provider")
    sign_in: HttpsUrl = Field(description="Where a sign-in that the service provider begins starts")
    metadata: HttpsUrl = Field(description="The service provider's metadata")
    identity_provider: Text = Field(description="entityID of the identity provider")
    identity_provider_certificate: CertificateFile = Field(description="Certificate (PEM) that signs its responses")
    page: IdentityProviderPage = Field(description="CSS selectors of the identity provider's sign-in page")
    sign_out: Selector | None = Field(
        default=None, description="What starts single logout on the portal; the portal's own sign_out without it"
    )
    signed_out_at: HttpsUrl | None = Field(
        default=None, description="A page of the identity provider that only a signed-in user sees"
    )
    login_attribute: Text = Field(description="SAML attribute that holds the login")
    group_attribute: Text | None = Field(default=None, description="SAML attribute that holds the groups")


class Reached(_Strict):
    """A way to a service through one Edge Gateway."""

    gateway: EdgeGatewayName = Field(description="The Edge Gateway, one of machines")


class WebThrough(Reached):
    """A web application's address on one Edge Gateway."""

    url: HttpsUrl = Field(description="The application's address there")


class PortThrough(Reached):
    """A direct access's host and port on one Edge Gateway."""

    host: Host = Field(description="Name or address to connect to")
    port: Port = Field(description="TCP port to connect to")


class WebApplication(_Strict):
    """A web application that the portal offers."""

    name: Name = Field(description="The application's name as the portal shows it")
    user: PlatformUserName | None = Field(default=None, description="User who opens it; the portal's user without it")
    expect: Text = Field(description="Text that the page shows when the application works")
    through: tuple[WebThrough, ...] = Field(default=(), description="Its addresses on the Edge Gateways")
    slower_by: float = Field(default=200, ge=0, le=10000, description="How much slower than before it may answer, in %")


def _types_the_marker(text: str) -> str:
    if "{marker}" not in text:
        raise PydanticCustomError("no_marker", "must type {marker}, the value that is new each time")
    return text


class Proof(_Strict):
    """How a desktop shows that it takes the keyboard: typed inside, it arrives outside.

    ``{marker}`` stands for a value that is new each time.
    """

    type: Annotated[Text, AfterValidator(_types_the_marker)] = Field(
        description="What is typed into the desktop, for example: echo {marker} > /tmp/proof\\n"
    )
    machine: ReadableMachineName = Field(description="The machine on which it arrives")
    file: Text = Field(description="The file there that then holds the marker")


class SshDirectAccess(_Strict):
    """A direct access to a server's SSH."""

    protocol: Literal["ssh"] = Field(description="What is spoken: ssh or rdp")
    name: Name = Field(description="What this file and the report call the access")
    user: UserName = Field(description="User who signs in to the server")
    through: tuple[PortThrough, ...] = Field(min_length=1, description="Its ports on the Edge Gateways")
    command: Text = Field(description="A command that changes nothing")
    returns: Text = Field(description="What the command prints")
    survivor: Text | None = Field(
        default=None,
        description="A file that Recette may write at baseline, in the user's home, and that must survive the upgrade",
    )
    recorded: bool = Field(default=False, description="Whether the session leaves a recording on an Edge Gateway")


class RdpDirectAccess(_Strict):
    """A direct access to a server's RDP."""

    protocol: Literal["rdp"] = Field(description="What is spoken: ssh or rdp")
    name: Name = Field(description="What this file and the report call the access")
    user: UserName = Field(description="User who signs in to the server")
    through: tuple[PortThrough, ...] = Field(min_length=1, description="Its ports on the Edge Gateways")
    certificate_name: Host = Field(description="Name in the server's RDP certificate")
    proof: Proof = Field(description="How the desktop shows that it takes the keyboard")
    recorded: bool = Field(default=False, description="Whether the session leaves a recording on an Edge Gateway")


class RdpApplication(_Strict):
    """An RDP application, opened by the client on a pilot."""

    name: Name = Field(description="The application's name as the portal shows it")
    user: PlatformUserName = Field(description="User who opens it")
    pilot: PilotName = Field(description="The pilot machine whose client opens it")
    launch: Text = Field(
        description="The command that opens it there; {login} and {application} are filled in, and the password is "
        "given on its standard input"
    )
    proof: Proof = Field(description="How the desktop shows that it takes the keyboard")
    recorded: bool = Field(default=False, description="Whether the session leaves a recording on an Edge Gateway")


class Html5Application(_Strict):
    """An HTML5 application, opened in the browser through the HTML5 Gateway."""

    name: Name = Field(description="The application's name as the portal shows it")
    user: PlatformUserName = Field(description="User who opens it")
    held_by: PlatformUserName | None = Field(
        default=None,
        description="User whose session the watch holds; without it the same user, whose desktop a phase that is run "
        "meanwhile takes over",
    )
    gateway: Html5GatewayName = Field(description="The HTML5 Gateway, one of machines")
    tunnel: HttpsUrl | None = Field(
        default=None, description="Its tunnel (WebSocket), which the watch asks without a token; else its first page"
    )
    canvas: Selector = Field(description="The canvas that shows the remote desktop")
    disconnect: Selector = Field(description="The button that ends the session")
    disconnected: Text = Field(description="Text that the page then shows")
    proof: Proof = Field(description="How the desktop shows that it takes the keyboard")
    recorded: bool = Field(default=False, description="Whether the session leaves a recording on an Edge Gateway")


class SshAccess(_Strict):
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


class Recordings(_Strict):
    """Where an Edge Gateway keeps the recordings that it received."""

    folder: Text = Field(description="Folder on the Edge Gateway")
    file: Annotated[Text, AfterValidator(_names_the_login)] = Field(
        description="Pattern of a recording's file name; {kind} (ssh, rdp) and {login} are filled in, {time} stands "
        "where the name says when the session began"
    )
    time: Annotated[Text, AfterValidator(_says_the_second)] = Field(
        default="%Y%m%dT%H%M%SZ", description="How {time} is written, as strftime has it: in UTC, and in digits"
    )
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


class Log(_Strict):
    """A log file, and how its lines of level error are told from the others."""

    file: Text = Field(description="The log file on the machine")
    error: Text = Field(default="ERROR", description="What a line of level error holds; letter case does not matter")


class Likeness(_Strict):
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


class Machine(_Strict):
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
    console: HttpsUrl | None = Field(default=None, description="The system console on this controller's own address")
    console_shows: Text | None = Field(default=None, description="Text that the console's sign-in page shows")
    recordings: Recordings | None = Field(
        default=None, description="Where this Edge Gateway keeps the recordings that it received"
    )
    pilot: Pilot | None = Field(
        default=None, description="Makes it a pilot: the new client or agent is qualified on it before the fleet's turn"
    )


class Limits(_Strict):
    """How long things may take, and what is asked of certificates."""

    certificate_days: int = Field(default=30, ge=0, le=3650, description="Days that a certificate must still be valid")
    answer: Seconds = Field(default=15, description="Longest wait for an answer, in seconds")
    desktop: Seconds = Field(default=30, description="Longest wait for a desktop to show, in seconds")
    recording: Seconds = Field(default=30, description="Longest wait for a recording to arrive, in seconds")


class Windows(_Strict):
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


class TcpPlace(_Strict):
    """A host and port that take TCP connections."""

    name: Name = Field(description="What this file and the report call it")
    host: Host = Field(description="Name or address to connect to")
    port: Port = Field(description="TCP port to connect to")


class Watch(_Strict):
    """How the upgrade is watched, and what it may cost."""

    every: float = Field(default=1, ge=0.1, le=60, description="The beat: seconds from one sample to the next")
    windows: Windows = Field(default=Windows(), description="How long interruptions may last")
    failover: Seconds = Field(default=10, description="Longest interruption of a cluster's VIP, in seconds")
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


class Memory(_Strict):
    """How much memory servers need at least, in MB; the vendor gives 2 to 8 GB by users (product page)."""

    mediation_controller: int = Field(default=2000, ge=1, description="A Mediation Controller, in MB")
    edge_gateway: int = Field(default=2000, ge=1, description="An Edge Gateway, in MB")
    html5_gateway: int = Field(
        default=2000, ge=1, description="An HTML5 Gateway, in MB: about 50 for each open application"
    )

    def of(self, component: Component) -> int:
        """Return what a server of a component needs, in MB."""
        needed: int = getattr(self, component.attribute)
        return needed


class ClusterState(_Strict):
    """By what one sees that the controllers of a cluster are synchronised."""

    files: tuple[Text, ...] = Field(default=(), description="Files that must be the same on every controller")
    address: Address | None = Field(
        default=None, description="The floating address, which exactly one controller must hold"
    )


class Preparation(_Strict):
    """What servers must be like before the upgrade; the defaults are for want of a word from the vendor."""

    source: Text | None = Field(
        default=None, description="Further apt source (deb822) that the upgrade will use, tried with the server's own"
    )
    patience: Seconds = Field(
        default=300, description="Longest wait for a server's package lists, or for a backup to be read, in seconds"
    )
    debian: Release = Field(default="12", description="Debian release of the servers")
    free: dict[Text, int] = Field(
        default={"/": 1000, "/var": 1000, "/var/cache/apt/archives": 1000},
        description="Free space that folders need on their file systems, in MB",
    )
    memory: Memory = Field(default=Memory(), description="Memory that servers need at least, in MB")
    clock: Seconds = Field(default=2, description="How far apart the clocks of two servers may be, in seconds")
    cluster: ClusterState = Field(default=ClusterState(), description="How one sees that a cluster is synchronised")
    backup_hours: float = Field(default=24, gt=0, le=8760, description="How old a newest backup may be, in hours")
    backup_share: float = Field(
        default=50, ge=0, le=100, description="How large a backup must at least be, in % of the one before it"
    )


class Backup(_Strict):
    """The backups of a server: archives that tar reads, whatever compresses them."""

    name: Name = Field(description="What this file and the report call the backup")
    of: UpgradedMachineName = Field(description="The server that it is a backup of, one of machines")
    machine: ReadableMachineName = Field(description="The machine on which it lies")
    files: Text = Field(description="Pattern of file names in a folder there, one file for each backup")
    holds: tuple[Text, ...] = Field(default=(), description="What an archive must hold, as tar lists it")


class DatabaseBackup(_Strict):
    """The backups of a PostgreSQL database: what pg_restore reads (pg_dump with --format=custom or tar)."""

    name: Name = Field(description="What this file and the report call the backup")
    database: Text = Field(description="The database that it is a backup of")
    machine: ReadableMachineName = Field(description="The machine on which it lies")
    files: Text = Field(description="Pattern of file names in a folder there, one file for each backup")
    restore: bool = Field(
        default=False,
        description="Whether it may be restored there into a scratch database that is dropped again; the account must "
        "be a role of that PostgreSQL that may create databases",
    )


class Download(_Strict):
    """A file that was downloaded for the upgrade."""

    name: Name = Field(description="What this file and the report call the download")
    component: Component = Field(description="What it is for")
    machine: ReadableMachineName | None = Field(
        default=None, description="The machine on which it lies; without it, the one that Recette runs on"
    )
    file: Text = Field(description="Where it lies there")
    size: int | None = Field(default=None, ge=0, description="Its size in bytes")
    sha256: Sha256 | None = Field(default=None, description="Its SHA-256, as the vendor publishes it")
    checksums: Text | None = Field(
        default=None, description="A list there, as sha256sum writes it, that says the SHA-256 instead"
    )
    signature: Text | None = Field(
        default=None, description="OpenPGP signature there, of the list if there is one, else of the file"
    )
    signed_by: ReadableFile | None = Field(default=None, description="OpenPGP public key here that must have signed")


class EventLog(_Strict):
    """Where the platform's event log is collected, for a person to look."""

    name: Name = Field(description="What this file and the report call the collector, for example: SIEM")
    where: Text = Field(description="Where a person finds the platform's events in it")


class ShownRelease(_Strict):
    """Where a machine shows its release to people; the vendor documents no other way for some components."""

    machine: UpgradedMachineName = Field(description="The machine, one of machines")
    where: Text = Field(description="Where a person reads its release, for example: system console, bottom left")


class Waiver(_Strict):
    """A criterion that need not hold for a subject, for a time: the result is shown as waived, never as passed."""

    criterion: Annotated[str, StringConstraints(pattern=CRITERION)] = Field(description="The criterion's permanent ID")
    subject: Statement = Field(description="The subject, as the report names it")
    reason: Statement = Field(description="Why it need not hold")
    who: Statement = Field(description="Who decided so")
    until: date = Field(description="The last day on which the waiver counts, such as 2026-12-31")


class Fleet(_Strict):
    """The machines that the new client and agent are for: CSV tables, or Ansible inventories (INI or YAML)."""

    client: ReadableFile | None = Field(default=None, description="Table of the machines with the client")
    recording_agent: ReadableFile | None = Field(default=None, description="Table of the servers with the agent")

    def files(self) -> Iterator[tuple[Component, Path]]:
        """Yield each table with the component that its machines carry."""
        if self.client:
            yield Component.CLIENT, self.client
        if self.recording_agent:
            yield Component.RECORDING_AGENT, self.recording_agent


DirectAccess = Annotated[SshDirectAccess | RdpDirectAccess, Field(discriminator="protocol")]


class Target(_Strict):
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


PATTERNS_IN_WORDS = {
    NAME: "letters, digits, spaces and . _ - (64 at most), beginning with a letter or digit",
    HOST: "a host name or an IP address",
    TARGET_NAME: "small letters, digits and - (40 at most), beginning with a letter or digit",
    CRITERION: "the permanent ID of a criterion, such as WEB-01",
    RELEASE: 'numbers with dots between, such as "4.6"',
    SHA256: "64 hexadecimal digits in small letters",
    PRINTABLE: "text without control characters",
}
"""What the patterns of this file allow, for people."""
