"""Backups that the lab's servers make of themselves: one at each start, the first of them in the image."""

from __future__ import annotations

from collections.abc import Iterable

from targets.lab.role import SiteFile

SCRIPT = """#!/bin/sh -eu
umask 027
folder=/var/backups/ipdiva
install --directory --group=ipdiva --mode=2750 $folder
{command} > $folder/.unfinished
mv $folder/.unfinished "$folder/{name}-$(date --utc +%Y%m%dT%H%M%SZ).{suffix}"
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
    return _files("tar --create --gzip --directory=/ etc/ipdiva", "$(hostname)", "tar.gz")


def of_database(name: str) -> Iterable[SiteFile]:
    """Give what dumps a database on its PostgreSQL server."""
    return _files(f"runuser -u postgres -- pg_dump --format=custom {name}", name, "dump")


def _files(command: str, name: str, suffix: str) -> Iterable[SiteFile]:
    script = SCRIPT.format(command=command, name=name, suffix=suffix)
    yield SiteFile("/usr/local/sbin/cleanroom-backup", script, 0o755)
    yield SiteFile("/etc/systemd/system/cleanroom-backup.service", UNIT)
