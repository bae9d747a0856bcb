"""Backups read to their end: archives, zip files and plain SQL, whole, cut off, damaged, or of something else."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from targets.access import reading
from targets.access.shell import LocalShell
from targets.access.ssh import Ran

HERE = LocalShell()
PATIENCE = 60.0
DUMP = """--
-- PostgreSQL database dump
--

\\restrict abc

-- Dumped from database version 15.14

SET statement_timeout = 0;
{connect}
CREATE TABLE public.accounts (
    login text
);

COPY public.accounts (login) FROM stdin;
alice
-- PostgreSQL database dump
\\.

--
-- PostgreSQL database dump complete
--

\\unrestrict abc

"""
CLUSTER = f"""--
-- PostgreSQL database cluster dump
--

CREATE ROLE alice;

\\connect template1

{DUMP.format(connect="")}
\\connect org_main

{DUMP.format(connect="")}
--
-- PostgreSQL database cluster dump complete
--

"""


def sql(folder: Path, text: str, name: str = "main.sql") -> reading.Reading:
    """Store a dump under that name, compressed as the name says, and read it."""
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return reading.dump(HERE, str(path), PATIENCE)


@pytest.mark.parametrize("name", ["main.sql", "it's main.sql.gz"])
def test_a_whole_dump_as_sql_is_read_to_the_line_that_says_so(name: str, tmp_path: Path) -> None:
    assert sql(tmp_path, DUMP.format(connect=""), name) == reading.Reading(0, (), "", 1)


def test_a_dump_that_names_its_database_says_which(tmp_path: Path) -> None:
    assert sql(tmp_path, DUMP.format(connect='\\connect "org_main"')).inside == ("org_main",)


def test_a_dump_of_a_whole_server_names_all_of_its_databases(tmp_path: Path) -> None:
    assert sql(tmp_path, CLUSTER) == reading.Reading(0, ("template1", "org_main"), "", 2)


@pytest.mark.parametrize("name", ["main.sql", "main.sql.gz"])
@pytest.mark.parametrize("text", [DUMP.format(connect=""), CLUSTER])
def test_a_dump_as_sql_that_was_cut_off_before_it_was_packed_is_not_whole(text: str, name: str, tmp_path: Path) -> None:
    """A dump of a server that lacks its last databases ends with the line of the database before them."""
    complete = text.rstrip().rindex("dump complete")
    read = sql(tmp_path, text[: complete - 25], name)
    assert read.status != 0
    assert "it is cut off" in read.words


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
def test_a_dump_as_sql_that_was_cut_off_after_it_was_packed_is_not_whole(kept: float, tmp_path: Path) -> None:
    path = tmp_path / "main.sql.gz"
    content = gzip.compress(DUMP.format(connect="").encode())
    path.write_bytes(content[: int(len(content) * kept)])
    assert reading.dump(HERE, str(path), PATIENCE).status != 0


def test_a_dump_as_sql_whose_bytes_changed_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "main.sql.gz"
    content = bytearray(gzip.compress(DUMP.format(connect="").encode()))
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert reading.dump(HERE, str(path), PATIENCE).status != 0


def test_sql_that_goes_on_behind_the_line_is_not_what_pg_dump_wrote(tmp_path: Path) -> None:
    assert sql(tmp_path, DUMP.format(connect="") + "DROP TABLE x;\n").status != 0


@pytest.mark.parametrize("text", ["", "SELECT 1;\n", "-- PostgreSQL database dump complete\n"])
def test_what_does_not_begin_as_a_dump_is_none(text: str, tmp_path: Path) -> None:
    read = sql(tmp_path, text)
    assert (read.status, read.words) == (3, "it is no dump of PostgreSQL")


def test_a_dump_without_a_table_says_so(tmp_path: Path) -> None:
    assert sql(tmp_path, DUMP.format(connect="").replace("CREATE TABLE", "CREATE VIEW")).tables == 0


def test_nothing_in_a_name_is_run(tmp_path: Path) -> None:
    sql(tmp_path, "", "$(touch injected)'; touch injected; '.sql")
    assert not Path("injected").exists()


# --- archives


def test_a_whole_archive_is_read_to_its_end(archive: Path) -> None:
    read = reading.archive(HERE, str(archive), PATIENCE)
    assert (read.status, read.inside) == (0, ("etc/", "etc/big"))


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_an_archive_that_is_cut_off_is_not_whole(archive: Path, kept: float) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * kept)])
    assert reading.archive(HERE, str(archive), PATIENCE).status != 0


def test_a_dump_that_is_none_is_not_whole(archive: Path) -> None:
    """Where there is no pg_restore, that is what is said; either way it does not pass."""
    assert reading.dump(HERE, str(archive), PATIENCE).status != 0


class WithoutUnzip(LocalShell):
    """A machine with Python and the programs that every Debian has, and no unzip."""

    def run(self, command: str, time_limit: float, given: str = "") -> Ran:
        return super().run(command.replace("command -v unzip", "command -v no-such-program"), time_limit, given)


ZIP_READERS = pytest.mark.parametrize("shell", [HERE, WithoutUnzip()], ids=["unzip", "python"])


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "it's a backup.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("etc/ipdiva/care/settings.ini", bytes(range(256)) * 200)
        made.writestr("etc/ipdiva/last", b"the last file")
    return path


@ZIP_READERS
def test_a_whole_zip_archive_is_read_to_its_end(shell: LocalShell, packed: Path) -> None:
    read = reading.archive(shell, str(packed), PATIENCE)
    assert (read.status, read.inside) == (0, ("etc/ipdiva/care/settings.ini", "etc/ipdiva/last"))


@ZIP_READERS
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_zip_archive_that_is_cut_off_is_not_whole(shell: LocalShell, kept: float, packed: Path) -> None:
    content = packed.read_bytes()
    packed.write_bytes(content[: int(len(content) * kept)])
    assert reading.archive(shell, str(packed), PATIENCE).status != 0


@ZIP_READERS
def test_a_zip_archive_whose_bytes_changed_is_not_whole(shell: LocalShell, packed: Path) -> None:
    content = bytearray(packed.read_bytes())
    content[1000] ^= 0xFF
    packed.write_bytes(content)
    assert reading.archive(shell, str(packed), PATIENCE).status != 0
