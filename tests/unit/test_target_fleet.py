"""The fleet's tables: every kind of machine counted, every bad row named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.fleet import read, summed
from targets.loader import load
from targets.problems import TargetError
from tests.unit.target_samples import lab_copy

HEADING = "operating_system,architecture,security_product,role,count\n"
WINDOWS = ("Windows 11", "amd64", "Defender", "workstation")
DEBIAN = ("Debian 12", "amd64", "none", "workstation")


def kinds(path: Path) -> list[tuple[tuple[str, ...], int]]:
    rows, problems = read(path)
    assert problems == []
    return [(tuple(row.kind.model_dump().values()), row.count) for row in summed(rows)]


def bad(path: Path) -> list[tuple[int, str]]:
    return [(problem.line, problem.text) for problem in read(path)[1]]


def table(folder: Path, content: str, name: str = "fleet.csv") -> Path:
    path = folder / name
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        HEADING + "Windows 11,amd64,Defender,workstation,120\nDebian 12,amd64,none,workstation,3\n",
        "\ufeffOperating System;Architecture;Security product;Role;Count;Site\n"
        "Windows 11;amd64;Defender;workstation;100;Rennes\n\nDebian 12;amd64;none;workstation;3;\n"
        "windows  11;AMD64;defender;workstation;20;Lyon\n",
    ],
)
def test_a_csv_table_is_counted_by_kind(tmp_path: Path, content: str) -> None:
    """Semicolons, a byte order mark, further columns and another spelling of the same kind are what Excel gives."""
    assert kinds(table(tmp_path, content)) == [(WINDOWS, 120), (DEBIAN, 3)]


def test_every_bad_row_of_a_csv_table_is_named(tmp_path: Path) -> None:
    rows = (
        "Windows 11,amd64,Defender,workstation,many\n"
        "Debian 12,amd64,none,workstation,3\n"
        "Windows 11,,Defender,workstation,1\n"
        "Windows 11,amd64,Defender,workstation,0\n"
        "Windows 11,amd64,Defender,workstation,1,2\n"
        "Windows 11\n"
        f"{'W' * 3000},amd64,none,workstation,1\n"
    )
    assert bad(table(tmp_path, HEADING + rows)) == [
        (2, "count is “many”: a whole number from 1 to 10000000 is wanted"),
        (4, "says nothing of architecture"),
        (5, "count is “0”: a whole number from 1 to 10000000 is wanted"),
        (6, "has 6 cells, and the first line names 5 columns"),
        (7, "says nothing of architecture, security_product, role"),
        (8, "operating_system is too long, or holds control characters"),
    ]


@pytest.mark.parametrize(
    ("content", "name", "line", "words"),
    [
        ("system,role\n", "fleet.csv", 1, "has no column operating_system, architecture, security_product"),
        ("", "fleet.csv", 1, "has no column"),
        (HEADING, "fleet.csv", 0, "says of no machine"),
        ("[servers]\n", "fleet.ini", 0, "says of no machine"),
        ("all:\n  hosts: [\n", "fleet.yaml", 3, "is not YAML"),
        ('a\nsrv1 role="unended\n', "hosts", 2, "is no host line"),
        ("pc[1:999999]\n", "hosts", 1, "more than 200000"),
    ],
)
def test_what_is_no_table_says_why(tmp_path: Path, content: str, name: str, line: int, words: str) -> None:
    [(where, text)] = bad(table(tmp_path, content, name))
    assert (where, words in text) == (line, True), text


def test_bytes_that_are_no_text_are_named_by_their_line(tmp_path: Path) -> None:
    (tmp_path / "fleet.csv").write_bytes(HEADING.encode() + b"Windows 11,amd64,D\xe9fender,workstation,1\n")
    assert bad(tmp_path / "fleet.csv") == [(2, "is not UTF-8 text: save it as UTF-8")]


INI = """
# workstations of both sites
lone operating_system="Debian 12" architecture=amd64 security_product=none role=workstation
[windows:children]
rennes
lyon
[rennes]
pc[01:20].example.com
laptop[a:c] security_product="none" operating_system='Debian 12'  # the exceptions
[lyon]
lyon-gold count=100
[windows:vars]
operating_system=Windows 11
architecture = amd64
security_product = "Defender"
role=workstation
"""
YAML = """
all:
  vars: {architecture: amd64, role: other}
  children:
    windows:
      vars: {operating_system: Windows 11, security_product: Defender, role: workstation}
      children:
        rennes:
          hosts:
            pc[01:20].example.com:
            laptop[a:c]: {security_product: none, operating_system: Debian 12}
        lyon:
          hosts: {lyon-gold: {count: 100}}
    linux:
      vars: {operating_system: Debian 12, security_product: none, role: workstation}
      hosts:
        lone:
"""


@pytest.mark.parametrize(("content", "name"), [(INI, "hosts"), (INI, "fleet.ini"), (YAML, "fleet.yml")])
def test_an_ansible_inventory_is_counted_by_kind(tmp_path: Path, content: str, name: str) -> None:
    """Ranges, children, quotes; variables of a child count more than its parent's, a host's own most."""
    assert sorted(kinds(table(tmp_path, content, name))) == [(DEBIAN, 4), (WINDOWS, 120)]


def test_a_host_of_two_groups_is_one_machine(tmp_path: Path) -> None:
    content = "[a]\npc1\n[b]\npc1 role=d\n[a:vars]\noperating_system=a\narchitecture=b\n[b:vars]\nsecurity_product=c\n"
    assert kinds(table(tmp_path, content, "hosts")) == [(("a", "b", "c", "d"), 1)]


def test_every_bad_host_of_an_inventory_is_named(tmp_path: Path) -> None:
    ini = "[a]\npc1\npc2 role=x count=-1\n[a:vars]\noperating_system=a\narchitecture=b\nsecurity_product=c\n"
    assert bad(table(tmp_path, ini, "hosts")) == [
        (2, "pc1: says nothing of role"),
        (3, "pc2: count is “-1”: a whole number from 1 to 10000000 is wanted"),
    ]
    yaml = "all:\n  hosts:\n    pc1: {operating_system: 12, architecture: b, security_product: c}\n"
    assert bad(table(tmp_path, yaml, "fleet.yaml")) == [(3, "pc1: says nothing of role")]


def test_groups_that_hold_one_another_end(tmp_path: Path) -> None:
    content = "[a:children]\nb\n[b:children]\na\n[b]\npc1 operating_system=a architecture=b security_product=c role=d\n"
    assert kinds(table(tmp_path, content, "hosts")) == [(("a", "b", "c", "d"), 1)]


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(), st.sampled_from(["csv", "ini", "yaml"]))
def test_whatever_a_table_holds_is_read_or_named(
    tmp_path_factory: pytest.TempPathFactory, text: str, kind: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{kind}"
    path.write_bytes((HEADING if kind == "csv" else "").encode() + text.encode("utf-8", "surrogatepass"))
    rows, problems = read(path)
    assert rows or problems


def test_a_target_with_bad_rows_names_each_with_its_file(tmp_path: Path) -> None:
    target = lab_copy(tmp_path)
    table(tmp_path, HEADING + "a,b,c,d,0\na,b,,d,1\n", "bad.csv")
    text = target.read_text()
    target.write_text(text[: text.index("\nfleet:")] + "\nfleet: {client: bad.csv}\n")
    with pytest.raises(TargetError) as caught:
        load(target)
    assert [(Path(each.file).name, each.line) for each in caught.value.problems] == [("bad.csv", 2), ("bad.csv", 3)]
