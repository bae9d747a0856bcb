"""What has to be ready before the upgrade: servers, backups, downloads."""

from __future__ import annotations

from pydantic import Field

from targets.model.components import Component
from targets.model.fields import (
    Address,
    Entry,
    Name,
    ReadableMachineName,
    Release,
    Seconds,
    Sha256,
    Text,
    UpgradedMachineName,
)
from targets.references import ReadableFile


class Memory(Entry):
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


class ClusterState(Entry):
    """By what one sees that the controllers of a cluster are synchronised."""

    files: tuple[Text, ...] = Field(default=(), description="Files that must be the same on every controller")
    address: Address | None = Field(
        default=None, description="The floating address, which exactly one controller must hold"
    )


class Preparation(Entry):
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


class Backup(Entry):
    """The backups of a server: zip archives, and what tar reads, whatever compresses it."""

    name: Name = Field(description="What this file and the report call the backup")
    of: UpgradedMachineName = Field(description="The server that it is a backup of, one of machines")
    machine: ReadableMachineName = Field(description="The machine on which it lies")
    files: Text = Field(description="Pattern of file names in a folder there, one file for each backup")
    holds: tuple[Text, ...] = Field(default=(), description="What an archive must hold, as it lists it")


class DatabaseBackup(Entry):
    """The backups of a PostgreSQL database: what pg_restore reads (pg_dump with --format=custom or tar), or plain SQL.

    Plain SQL, compressed or not, is told by its name: .sql, .sql.gz, .sql.bz2, .sql.xz or .sql.zst.
    """

    name: Name = Field(description="What this file and the report call the backup")
    database: Text = Field(description="The database that it is a backup of")
    machine: ReadableMachineName = Field(description="The machine on which it lies")
    files: Text = Field(description="Pattern of file names in a folder there, one file for each backup")
    restore: bool = Field(
        default=False,
        description="Whether it may be restored there into a scratch database that is dropped again; the account must "
        "be a role of that PostgreSQL that may create databases. Without it, and for plain SQL, it is read to its end",
    )


class Download(Entry):
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
