"""Backups of servers and databases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pytest_bdd import then

from reports.evidence import Record
from steps.exchange import exchange
from steps.judging import must
from targets.access import backups, reading
from targets.access.backups import BackupFile, Found, Restoring
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.platform import Platform
from targets.access.reading import Reading
from targets.access.shell import NO_PROGRAM, TIMED_OUT
from targets.model.preparation import Backup, DatabaseBackup
from targets.subject import Subject

READ_ONLY = "it was read to its end, and not restored: the target does not allow that (restore: false)"
NOT_THERE = "cannot be read there: the program for it is not installed"


@dataclass(frozen=True)
class Newest:
    """The newest backup, the one before it where there is one, and what reading the newest to its end gave."""

    file: BackupFile
    before: BackupFile | None
    reading: Reading


@exchange("the backups of the server are looked for")
def look_for_backups(platform: Platform, subject: Subject) -> dict[str, BackupFile | None]:
    """Return the newest file of each backup that the target names for the server."""
    named = [backup for backup in platform.target.backups if backup.of == subject.machine]
    return {backup.name: _found(platform, backup).newest for backup in named}


@exchange("the newest backup is read to its end")
def read_newest(platform: Platform, subject: Subject) -> Newest:
    """Find the newest backup and read all of it where it lies."""
    backup = _backup(subject)
    found = _found(platform, backup)
    newest = _newest(backup, found)
    read = reading.archive if isinstance(backup, Backup) else reading.dump
    session = platform.session(platform.target.machine(backup.machine))
    return Newest(newest, found.before, read(session, newest.path, platform.target.preparation.patience))


@exchange("the newest backup is restored into a scratch database that is dropped again")
def restore_newest(platform: Platform, subject: Subject) -> Restoring:
    """Restore it on the machine on which it lies, as the target allows."""
    backup = subject.a(DatabaseBackup)
    newest = _newest(backup, _found(platform, backup))
    if reading.is_plain_sql(newest.path):
        what = f"{newest.path} is plain SQL, which may hold commands for other databases than a scratch one"
        raise CannotJudgeError(what, "dump with --format=custom, or say restore: false")
    session = platform.session(platform.target.machine(backup.machine))
    return backups.restore(session, newest.path, platform.target.preparation.patience)


@then("the target file names a backup of the server, and there is one")
def server_is_backed_up(answer: dict[str, BackupFile | None], subject: Subject, record: Record) -> None:
    """Judge that nobody forgot this server."""
    record.observe("backups", {name: file.path if file else None for name, file in answer.items()})
    must(bool(answer), f"the target file names no backup of {subject.name}")
    must(any(answer.values()), f"there is no backup of {subject.name}: no file is there for {', '.join(answer)}")


@then("it is recent")
def is_recent(answer: Newest, platform: Platform, record: Record) -> None:
    """Judge its age by the clock of the machine on which it lies."""
    hours = answer.file.age / timedelta(hours=1)
    record.observe("backup.file", answer.file.path)
    record.observe("backup.hours", round(hours, 2))
    allowed = platform.target.preparation.backup_hours
    must(hours <= allowed, f"{answer.file.path} is {hours:.0f} hours old, {allowed:g} are allowed")


@then("it is not much smaller than the one before it")
def is_not_shrunk(answer: Newest, platform: Platform, record: Record) -> None:
    """Judge the size of the newest by the one before it, where there is one."""
    record.observe("backup.bytes", answer.file.size)
    must(answer.file.size > 0, f"{answer.file.path} is empty")
    if answer.before is None:
        return
    record.observe("backup.bytes_before", answer.before.size)
    share = 100 * answer.file.size / max(1, answer.before.size)
    least = platform.target.preparation.backup_share
    must(
        share >= least,
        f"{answer.file.path} has {share:.0f} % of the size of {answer.before.path}, {least:g} are asked for",
    )


@then("it is readable to its end")
def is_whole(answer: Newest, subject: Subject, record: Record) -> None:
    """Judge by the program that would restore it."""
    read = answer.reading
    record.text("inside", "\n".join(read.inside[:1000]))
    if read.status == NO_PROGRAM or "Cannot exec" in read.words:
        raise CannotJudgeError(f"{answer.file.path} {NOT_THERE} ({read.words})")
    if read.status == TIMED_OUT:
        raise CannotJudgeError(
            f"{answer.file.path} is not read to its end in time", "raise “patience” in “preparation”"
        )
    must(answer.file.size > 0, f"{answer.file.path} is empty")
    must(read.status == 0, f"{answer.file.path} is not whole: {read.words}")
    backup = _backup(subject)
    if isinstance(backup, DatabaseBackup) and not backup.restore:
        record.observe("backup.judged", READ_ONLY)


@then("it holds what it should")
def holds(answer: Newest, subject: Subject, record: Record) -> None:
    """Judge an archive by the names in it, a dump by its databases' names, and by its tables where that is all."""
    backup, inside = _backup(subject), {name.removeprefix("./").rstrip("/") for name in answer.reading.inside}
    record.observe("backup.entries", len(inside))
    if isinstance(backup, DatabaseBackup):
        _holds_database(answer, backup, inside)
        return
    must(bool(inside), f"{answer.file.path} holds nothing")
    missing = [name for name in backup.holds if name.strip("/") not in inside]
    must(not missing, f"{answer.file.path} does not hold {', '.join(missing)}")


def _holds_database(answer: Newest, backup: DatabaseBackup, inside: set[str]) -> None:
    """Plain SQL makes its tables before our eyes, names its database only sometimes, and others beside it at times."""
    plain = answer.reading.tables is not None
    if plain:
        must(answer.reading.tables != 0, f"{answer.file.path} makes no table")
    named = backup.database in inside if plain else inside == {backup.database}
    words = f"{answer.file.path} is of the database {', '.join(sorted(inside))}, not {backup.database}"
    must(named or (plain and not inside), words)


@then("it restores")
def restores(answer: Restoring, record: Record) -> None:
    """Judge by PostgreSQL itself; a database without tables is no backup of a platform."""
    record.observe("restore.tables", answer.tables)
    must(not answer.trouble, f"it does not restore: {answer.trouble}")
    must(answer.tables > 0, "it restores, but holds no table")


@then("every database beside it has a backup")
def none_forgotten(answer: Restoring, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge that every organization's database on that server is backed up (seed: external databases included)."""
    machine = subject.a(DatabaseBackup).machine
    backed_up = {dump.database for dump in platform.target.database_backups if dump.machine == machine}
    record.observe("databases", [*sorted(answer.databases)])
    forgotten = sorted(set(answer.databases) - backed_up)
    must(not forgotten, f"the target file names no backup of the databases {', '.join(forgotten)} on {machine}")


def _backup(subject: Subject) -> Backup | DatabaseBackup:
    return subject.a(DatabaseBackup) if isinstance(subject.payload, DatabaseBackup) else subject.a(Backup)


def _found(platform: Platform, backup: Backup | DatabaseBackup) -> Found:
    """Return what there is of a backup; many criteria ask, one search a run answers."""
    session = platform.session(platform.target.machine(backup.machine))
    limit = platform.limits.answer
    return platform.once(("backups found", backup.name), lambda: backups.find(session, backup.files, limit))


def _newest(backup: Backup | DatabaseBackup, found: Found) -> BackupFile:
    if found.newest:
        return found.newest
    if "Permission denied" in found.trouble:
        raise CannotJudgeError(f"the reading account may not look at {backup.files} on {backup.machine}")
    raise PlatformFailed(f"there is no backup: no file like {backup.files} on {backup.machine}")
