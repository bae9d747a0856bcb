"""Backups where they lie: found, dated and restored, on the machine that keeps them.

They are read there, as they may be large and hold every secret of the platform: none of it travels to us.
"""

from __future__ import annotations

import re
import secrets
import shlex
from dataclasses import dataclass
from datetime import timedelta

from targets.access import batch
from targets.access.outcomes import CannotJudgeError
from targets.access.reading import SLACK, last
from targets.access.shell import Shell

SCRATCH = "recette_scratch_"
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
DATABASES = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname !~ '^(postgres$|recette_scratch_)'"


@dataclass(frozen=True)
class BackupFile:
    """One backup: its size in bytes, and how old it is by its machine's own clock."""

    path: str
    size: int
    age: timedelta


@dataclass(frozen=True)
class Found:
    """The newest backup and the one before it, where there are such; `trouble` is what the search complained of."""

    newest: BackupFile | None
    before: BackupFile | None
    trouble: str


@dataclass(frozen=True)
class Restoring:
    """A restore into a scratch database: what went wrong, or how many tables it held; the other databases there."""

    trouble: str
    tables: int
    databases: tuple[str, ...]


def find(session: Shell, files: str, time_limit: float) -> Found:
    """Find the newest two backups; `time_limit` in seconds."""
    folder, _, pattern = files.rpartition("/")
    listing = f"find {shlex.quote(folder or '/')} -maxdepth 1 -type f -name {shlex.quote(pattern)}"
    asked = {
        "clock": "date +%s",
        "files": f"{listing} -printf '%T@ %s %p\\n' 2>/dev/null | sort -rn | head -n 2",
        "trouble": f"{listing} -prune 2>&1 >/dev/null",
    }
    return parse(session.run(batch.question(asked), time_limit).out)


def parse(output: str) -> Found:
    """Read what `find` was told."""
    found = batch.sections(output, "clock", "files", "trouble")
    now = re.fullmatch(r"\d+", found["clock"].strip())
    if now is None:
        raise CannotJudgeError("the machine does not say what time it is")
    lines = re.findall(r"^(\d+(?:\.\d+)?) (\d+) (.+)$", found["files"], re.MULTILINE)
    files = [BackupFile(path, int(size), timedelta(seconds=int(now[0]) - float(at))) for at, size, path in lines]
    newest, before = (*files, None, None)[:2]
    return Found(newest, before, found["trouble"].strip())


def restore(session: Shell, path: str, time_limit: float) -> Restoring:
    """Restore a dump into a scratch database of its own, count its tables, and drop it again, whatever happens."""
    scratch = f"{SCRATCH}{secrets.token_hex(6)}"
    restoring = f"pg_restore --exit-on-error --no-owner --no-privileges --dbname={scratch} {shlex.quote(path)}"
    query = "psql --no-psqlrc --tuples-only --no-align --command"
    asked = {
        "create": f"createdb {scratch} 2>&1",
        "restore": f"timeout {max(1.0, time_limit - SLACK):.0f} {restoring} 2>&1; echo status $?",
        "tables": f'{query} "{TABLES}" {scratch} 2>&1',
        "drop": f"dropdb {scratch} 2>&1",
        "databases": f'{query} "{DATABASES}" postgres 2>&1',
        "end": "true",
    }
    return parse_restoring(session.run(batch.question(asked), time_limit).out, scratch)


def parse_restoring(output: str, scratch: str) -> Restoring:
    """Read what `restore` was told; raise CannotJudgeError where there is no scratch database, or it is still there."""
    found = batch.sections(output, "create", "restore", "tables", "drop", "databases", "end")
    if refused := found["create"].strip():
        raise CannotJudgeError(f"no scratch database can be made ({last(refused)})")
    if left := found["drop"].strip():
        raise CannotJudgeError(f"the scratch database {scratch} could not be dropped ({last(left)})", "drop it by hand")
    tables = found["tables"].strip()
    said, _, status = found["restore"].rpartition("status ")
    trouble = "" if status.strip() == "0" else last(said) or f"pg_restore ended with {status.strip()}"
    return Restoring(trouble, int(tables) if tables.isdigit() else 0, tuple(found["databases"].split()))
