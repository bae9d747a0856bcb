"""Ansible inventories: which hosts there are, with their variables and the line that names them.

The static part of Ansible's own formats (docs.ansible.com, "How to build your inventory"): groups, children, variables
of groups and hosts, and ranges of hosts. Nothing in it is run or templated.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from targets.problems import shown
from targets.yaml_document import Data, Document, UnreadableError, parse
from targets.yaml_document import Path as Way

ALL = "all"
MOST_HOSTS = 200_000
SECTION = re.compile(r"\[(?P<group>[^]:]+)(?::(?P<part>vars|children))?\]\s*(?:[#;].*)?")
RANGE = re.compile(r"\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]")
Host = tuple[int, Mapping[str, str]]


class UnreadableInventoryError(ValueError):
    """A table that cannot be read at all; `line` begins at 1, or is 0 where it is about the whole."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line


@dataclass
class Group:
    """A group's variables, its hosts (each with its line and variables) and its child groups."""

    variables: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    children: set[str] = field(default_factory=set)

    def add(self, pattern: str, line: int, variables: dict[str, str]) -> None:
        """Add the hosts of a pattern such as ``pc[01:20]``; raise UnreadableInventoryError for too many."""
        for name in _expanded(pattern, line):
            known = self.hosts.setdefault(name, (line, {}))
            known[1].update(variables)


Groups = dict[str, Group]


def hosts_of_ini(text: str) -> Iterator[Host]:
    """Yield each host of an inventory in INI form; raise UnreadableInventoryError where it is none."""
    groups: Groups = {}
    group, part = groups.setdefault("ungrouped", Group()), None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if not words or words[0] in "#;":
            continue
        if heading := SECTION.fullmatch(words):
            group, part = groups.setdefault(heading["group"].strip(), Group()), heading["part"]
        elif part == "vars":
            name, _, value = words.partition("=")
            group.variables[name.strip()] = _unquoted(value.strip())
        elif part == "children":
            group.children.add(words.split()[0])
        else:
            _add_host(group, number, words)
    return _hosts(groups)


def hosts_of_yaml(text: str) -> Iterator[Host]:
    """Yield each host of an inventory in YAML form; raise UnreadableInventoryError where it is none."""
    try:
        document = parse(text.encode())
    except UnreadableError as error:
        raise UnreadableInventoryError(error.fault.place.line, error.fault.text) from None
    if document.faults:
        raise UnreadableInventoryError(document.faults[0].place.line, document.faults[0].text)
    groups: Groups = {}
    for name in _keys(document, ()):
        _read_group(document, (name,), groups)
    return _hosts(groups)


def _add_host(group: Group, number: int, words: str) -> None:
    try:
        name, *pairs = shlex.split(words, comments=True)
    except ValueError as error:
        raise UnreadableInventoryError(number, f"is no host line: {error}") from None
    group.add(name, number, {key: value for key, _, value in (pair.partition("=") for pair in pairs)})


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def _expanded(pattern: str, line: int) -> Iterator[str]:
    """Yield the names of a host pattern: 01:03 is 01, 02, 03, both ends included."""
    pieces = RANGE.split(pattern)
    ranges = [_range(*pieces[at : at + 3]) for at in range(1, len(pieces), 4)]
    total = 1
    for values in ranges:
        total *= len(values)
    if total > MOST_HOSTS:
        raise UnreadableInventoryError(line, f"{shown(pattern)} names {total} hosts, more than {MOST_HOSTS}")
    for chosen in product(*ranges):
        yield "".join(text + value for text, value in zip(pieces[::4], (*chosen, ""), strict=True))


def _range(first: str, last: str, step: str | None) -> list[str]:
    stride = max(1, int(step or 1))
    if first.isdigit() and last.isdigit():
        numbers = range(int(first), min(int(last), int(first) + MOST_HOSTS * stride) + 1, stride)
        return [str(number).zfill(len(first)) for number in numbers]
    return [chr(code) for code in range(ord(first[0]), ord(last[0]) + 1, stride)]


def _read_group(document: Document, way: Way, groups: Groups) -> None:
    group = groups.setdefault(str(way[-1]), Group())
    group.variables.update(_variables(document, (*way, "vars")))
    for host in _keys(document, (*way, "hosts")):
        place = (*way, "hosts", host)
        group.add(host, document.keys[place].line, _variables(document, place))
    for child in _keys(document, (*way, "children")):
        group.children.add(child)
        _read_group(document, (*way, "children", child), groups)


def _keys(document: Document, way: Way) -> list[str]:
    """Return the keys of the mapping there; nothing where there is none."""
    return list(_mapping(document, way))


def _variables(document: Document, way: Way) -> dict[str, str]:
    values = _mapping(document, way).items()
    return {key: document.written.get((*way, key), str(value)) for key, value in values if value is not None}


def _mapping(document: Document, way: Way) -> dict[str, Data]:
    at = document.data
    for step in way:
        at = at.get(str(step)) if isinstance(at, dict) else None
    return at if isinstance(at, dict) else {}


def _hosts(groups: Groups) -> Iterator[Host]:
    """Yield every host once; the variables of a child group count more than its parent's, a host's own most."""
    above = {name: _above(name, groups) for name in groups}
    lines: dict[str, int] = {}
    within: dict[str, set[str]] = {}
    own: dict[str, dict[str, str]] = {}
    for name, group in groups.items():
        for host, (line, variables) in group.hosts.items():
            lines.setdefault(host, line)
            within.setdefault(host, set()).update(above[name])
            own.setdefault(host, {}).update(variables)
    for host, line in lines.items():
        values: dict[str, str] = {}
        for name in sorted(within[host], key=lambda each: (each != ALL, len(above[each]), each)):
            values |= groups[name].variables
        yield line, {**values, **own[host], "host": host}


def _above(name: str, groups: Groups) -> set[str]:
    """Return a group with all groups that it is in, `all` among them; one that lies deeper has more of them."""
    above, new = {name}, {name}
    while new:
        new = {parent for parent, group in groups.items() if group.children & new} - above
        above |= new
    return above | ({ALL} & groups.keys())
