"""What is made ready before the upgrade: backups and downloads."""

from __future__ import annotations

from collections.abc import Iterator

from targets.model.components import Component
from targets.model.preparation import DatabaseBackup, Download
from targets.model.target import Target
from targets.subject import Beside, FindSubjects, Subject


def _backup(target: Target, kind: str) -> Iterator[Subject]:
    for backup in target.backups:
        if component := target.machine(backup.of).component:  # the loader has checked that it has one
            yield Subject(backup.name, kind, component, backup.of, backup)
    for dump in target.database_backups:
        component = Component.MEDIATION_CONTROLLER
        yield Subject(dump.name, kind, component, dump.machine, dump, beside=Beside.DATABASE)


def _restorable_backup(target: Target, kind: str) -> Iterator[Subject]:
    return (one for one in _backup(target, kind) if isinstance(one.payload, DatabaseBackup) and one.payload.restore)


def _download(target: Target, kind: str) -> Iterator[Subject]:
    for download in target.downloads:
        beside = Beside.REPOSITORY
        yield Subject(download.name, kind, download.component, download.machine, download, beside=beside)


def _signed_download(target: Target, kind: str) -> Iterator[Subject]:
    return (one for one in _download(target, kind) if one.a(Download).signed_by)


KINDS: dict[str, FindSubjects] = {
    "backup": _backup,
    "restorable_backup": _restorable_backup,
    "download": _download,
    "signed_download": _signed_download,
}
