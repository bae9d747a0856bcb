"""Backups that the lab's servers make of themselves: one at each start, the first of them in the image."""

from __future__ import annotations

from collections.abc import Iterable

from targets.lab.role import SiteFile

SCRIPT = """#!/bin/sh -eu
umask 027
now=$(date --utc +%Y%m%dT%H%M%SZ) folder=/var/backups/ipdiva
install --directory --group=ipdiva --mode=2750 $folder
"""
KEEP = """{command} > $folder/.unfinished
mv $folder/.unfinished "$folder/{name}-$now.{suffix}"
"""
UNIT = """[Unit]
Description=Backup of this server
After=postgresql.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/cleanroom-backup

[Install]
WantedBy=multi-user.target
"""
SETUP = "systemctl enable --quiet --now cleanroom-backup\n"


def of_files() -> Iterable[SiteFile]:
    """Give what makes an archive of the platform's configuration on a server."""
    return _files(
        KEEP.format(command="tar --create --gzip --directory=/ etc/ipdiva", name="$(hostname)", suffix="tar.gz")
    )


def of_database(name: str) -> Iterable[SiteFile]:
    """Give what dumps a database on its PostgreSQL server, for pg_restore and as plain SQL."""
    dump = f"runuser -u postgres -- pg_dump {name}"
    return _files(
        KEEP.format(command=f"{dump} --format=custom", name=name, suffix="dump")
        + KEEP.format(command=f"{dump} --compress=6", name=name, suffix="sql.gz")
    )


def _files(making: str) -> Iterable[SiteFile]:
    yield SiteFile("/usr/local/sbin/cleanroom-backup", SCRIPT + making, 0o755)
    yield SiteFile("/etc/systemd/system/cleanroom-backup.service", UNIT)
