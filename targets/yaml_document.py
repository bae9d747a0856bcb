"""A YAML file as plain data in which every value knows its line and column.

Only YAML's own plain types are read: no tag makes an object. Size, depth and the number of values (aliases expanded)
are bounded, so a hostile file costs a message, not the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from targets.problems import shown

MOST_BYTES = 1024 * 1024
MOST_VALUES = 20_000
DEEPEST = 20
PREFIX = "tag:yaml.org,2002:"
PLAIN_TAGS = {PREFIX + kind for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")}

Path = tuple[str | int, ...]
Data = dict[str, "Data"] | list["Data"] | str | int | float | bool | None


@dataclass(frozen=True, order=True)
class Place:
    """A line and column, both from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Fault:
    """Something that the file holds and may not, and where."""

    place: Place
    text: str


class UnreadableError(Exception):
    """The bytes are not YAML that may be read at all; `fault` says why and where."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.text)
        self.fault = fault


@dataclass
class Document:
    """The data of a file, the places of its values and of its keys, and the faults met on the way."""

    data: Data = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    """Scalars that YAML took for a number or a boolean, as they stand in the file."""
    faults: list[Fault] = field(default_factory=list)

    def nearest(self, path: Path) -> Path:
        """Return the part of a path that the file really holds; steps that it does not hold are left out."""
        held: Path = ()
        for step in path:
            if (*held, step) in self.values:
                held = (*held, step)
        return held

    def holds_items(self, path: Path) -> bool:
        """Whether the file has a list there with something in it."""
        return (*self.nearest(path), 0) in self.values


def parse(content: bytes) -> Document:
    """Read a YAML file's bytes; raise UnreadableError where it has no data to offer."""
    node = _compose(_decode(content))
    document = Document()
    document.data = _Builder(document).build((), node)
    return document


def _decode(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise UnreadableError(Fault(Place(), f"is larger than a target file may be ({MOST_BYTES // 1024} KiB)"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        raise UnreadableError(Fault(_place_in(before), "is not UTF-8 text: save it as UTF-8")) from None


def _place_in(before: str) -> Place:
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _compose(text: str) -> Node:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = DEEPEST
    yaml.composer.warn_double_anchors = False
    try:
        node: Node | None = yaml.compose(text)
    except ReaderError as error:
        before = text[: error.position]
        raise UnreadableError(Fault(_place_in(before), "holds a control character: it is not a text file")) from None
    except MarkedYAMLError as error:
        raise UnreadableError(_syntax_fault(error)) from None
    except ValueError as error:
        raise UnreadableError(Fault(Place(), f"is not YAML: {shown(error)}")) from None
    if node is None:
        raise UnreadableError(Fault(Place(), "is empty: begin with a copy of targets/example.yaml"))
    return node


def _syntax_fault(error: MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place()
    if "'\\t'" in str(error.problem):
        return Fault(place, "is not YAML: a tab cannot indent; use spaces")
    if "maximum depth" in str(error.problem):
        return Fault(place, f"is nested deeper than a target file may be ({DEEPEST} levels)")
    doing = f" {error.context}" if error.context else ""
    return Fault(place, f"is not YAML: {shown(error.problem)}{doing}")


class _Builder:
    """Turns YAML nodes into plain data and notes where everything is."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = MOST_VALUES

    def build(self, path: Path, node: Node) -> Data:
        """Return the data of a node; raise UnreadableError where aliases unfold it without bound."""
        place = self._visit(path, node)
        self._document.values[path] = place
        if str(node.tag) not in PLAIN_TAGS:
            self._fault(place, f"the tag {shown(node.tag)} means nothing here: take it away")
        if isinstance(node, MappingNode):
            return {key: self.build((*path, key), value) for key, value in self._entries(path, node)}
        if isinstance(node, SequenceNode):
            return [self.build((*path, number), value) for number, value in enumerate(node.value)]
        return self._scalar(path, node, place)

    def _visit(self, path: Path, node: Node) -> Place:
        place = Place(node.start_mark.line + 1, node.start_mark.column + 1)
        self._left -= 1
        if self._left < 0 or len(path) > DEEPEST:
            raise UnreadableError(Fault(place, f"unfolds to more than {MOST_VALUES} values or {DEEPEST} levels"))
        return place

    def _fault(self, place: Place, text: str) -> None:
        self._document.faults.append(Fault(place, text))

    def _entries(self, path: Path, node: MappingNode) -> Iterator[tuple[str, Node]]:
        for key_node, value in node.value:
            place = self._visit(path, key_node)
            if not isinstance(key_node, ScalarNode):
                self._fault(place, "a key must be plain text")
                continue
            key = self._text(key_node, place)
            if first := self._document.keys.get((*path, key)):
                self._fault(place, f"“{shown(key)}” stands here twice; the first is in line {first.line}")
                continue
            self._document.keys[(*path, key)] = place
            yield key, value

    def _scalar(self, path: Path, node: Node, place: Place) -> Data:
        text = self._text(node, place)
        value = _plain(str(node.tag).removeprefix(PREFIX), text)
        if isinstance(value, int | float):
            self._document.written[path] = text
        return value

    def _text(self, node: Node, place: Place) -> str:
        text = str(node.value)
        if any("\ud800" <= char <= "\udfff" for char in text):
            self._fault(place, "holds half a character (a lone surrogate)")
            return text.encode("utf-8", "replace").decode("utf-8")
        return text


def _plain(kind: str, text: str) -> str | int | float | bool | None:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    try:
        return int(text) if kind == "int" else float(text) if kind == "float" else text
    except ValueError:
        return text
