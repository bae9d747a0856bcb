"""Backups read to their end where they lie, by the programs that would restore them.

They are read there, as they may be large and hold every secret of the platform: none of it travels to us.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from targets.access.shell import Shell

SLACK = 5.0
"""Seconds by which reading is stopped on the machine before we stop waiting."""
MOST_LINES = 20000
PLAIN = re.compile(r"\.sql(\.(gz|bz2|xz|zst))?$")
"""How plain SQL dumps are called, and by what they are compressed."""
UNPACKING = {"gz": "gzip -dc", "bz2": "bzip2 -dc", "xz": "xz -dc", "zst": "zstd -dc", None: "cat"}
ZIP = r"""
if command -v unzip >/dev/null; then unzip -tqq {file} >&2 && unzip -Z1 {file}; else python3 -c '
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
damaged = archive.testzip()
print(*archive.namelist(), sep="\n")
sys.exit(damaged and damaged + " is damaged")' {file}; fi
"""
END_OF_SQL = r"""
BEGIN { which = "" }
!kind && /^-- PostgreSQL database (cluster )?dump\r?$/ { kind = 1; if (/cluster/) which = "cluster " }
/^\\connect / { print "database", $2 }
/^CREATE (UNLOGGED )?TABLE / { tables++ }
$0 ~ "^-- PostgreSQL database " which "dump complete\r?$" { complete = 1; next }
!/^(--|\\unrestrict |[ \t\r]*$)/ { complete = 0 }
END {
    if (!kind) { print "it is no dump of PostgreSQL" > "/dev/stderr"; exit 3 }
    if (!complete) { print "it is cut off: the line that says that it is complete is missing" > "/dev/stderr"; exit 4 }
    print "tables", tables + 0
}
"""
r"""For awk. A dump of a whole server has one line of completeness for each database, and one of its own at the end;
`\unrestrict` may follow (pg_dump 15.14 and later)."""


@dataclass(frozen=True)
class Reading:
    """A reading to the end: exit status, what is inside (an archive's names, a dump's databases), the last words.

    `tables` is how many tables a dump makes; None where the program that reads it does not say.
    """

    status: int
    inside: tuple[str, ...]
    words: str
    tables: int | None = None


def is_plain_sql(path: str) -> bool:
    """Tell whether a dump is plain SQL, by its name."""
    return PLAIN.search(path) is not None


def archive(session: Shell, path: str, time_limit: float) -> Reading:
    """Read an archive to its end, through whatever compresses it; `inside` are the names that it lists."""
    file = shlex.quote(path)
    if path.lower().endswith(".zip"):
        return _read(session, ZIP.format(file=file), r"^(.+)$", time_limit)
    return _read(session, f"tar --list --file {file}", r"^(.+)$", time_limit)


def dump(session: Shell, path: str, time_limit: float) -> Reading:
    """Read a dump of PostgreSQL to its end; `inside` are the names of its databases, where it names them."""
    return _plain(session, path, time_limit) if is_plain_sql(path) else _for_restoring(session, path, time_limit)


def _for_restoring(session: Shell, path: str, time_limit: float) -> Reading:
    """Have pg_restore read it.

    ``pg_restore --list`` would stop at the table of contents, which stands first: what is cut off behind it shows
    only to one who reads all the data.
    """
    file = shlex.quote(path)
    reading = f"pg_restore --list {file} && pg_restore --file=/dev/null {file}"
    return _read(session, reading, r"^; +dbname: (.+)$", time_limit)


def _plain(session: Shell, path: str, time_limit: float) -> Reading:
    """Read SQL to the line with which pg_dump and pg_dumpall say that it is complete."""
    found = PLAIN.search(path)
    unpacking = UNPACKING[found[2] if found else None]
    reading = f"{unpacking} -- {shlex.quote(path)} | awk {shlex.quote(END_OF_SQL)}"
    read = _read(session, reading, r"^(database .+|tables \d+)$", time_limit)
    said = [line.split(" ", 1) for line in read.inside]
    names = dict.fromkeys(words.strip('"') for what, words in said if what == "database")
    tables = next((int(words) for what, words in said if what == "tables"), None)
    return Reading(read.status, tuple(names), read.words, tables)


def _read(session: Shell, command: str, pattern: str, time_limit: float) -> Reading:
    """Run what reads; sed lets it write to its end, and hands us no more than the first lines."""
    reading = f"timeout {max(1.0, time_limit - SLACK):.0f} bash -o pipefail -c {shlex.quote(command)}"
    bounded = f"{reading} | sed -n 1,{MOST_LINES}p"
    ran = session.run(f"LC_ALL=C bash -o pipefail -c {shlex.quote(bounded)}", time_limit)
    return Reading(ran.status, tuple(re.findall(pattern, ran.out, re.MULTILINE)), last(ran.err))


def last(words: str) -> str:
    """Return the last two lines of what a program said, bounded."""
    return " ".join(words.strip().splitlines()[-2:])[:500]
