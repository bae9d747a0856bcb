"""What is wrong with a target file, each fault at its place, all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_ECHO = 80


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of a target file; `line` and `column` begin at 1, or are 0 where the fault has no place in it."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.text}"


class TargetError(Exception):
    """A target file cannot be used; `problems` lists every fault found, by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


def printable(value: object) -> str:
    """Return a value's text with nothing in it that a terminal obeys."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in str(value))


def shown(value: object) -> str:
    """Return what a file holds as a message may quote it: printable, and short."""
    text = str(value)
    return printable(text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…")
