"""What one criterion on one subject leaves as it is exercised."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import JsonValue

from reports.records import Evidence, Observation, Result, Rule

Scrub = Callable[[str], str]


class Differs(AssertionError):
    """A value is not what the baseline allows."""


class Record:
    """Observations and evidence of one criterion on one subject.

    `folder` is the run's folder, `scrub` takes secrets out of a text, `before` is the result in the accepted baseline.
    """

    def __init__(
        self, folder: Path, criterion: str, subject: str, *, scrub: Scrub, before: Result | None = None
    ) -> None:
        self.observations: list[Observation] = []
        self.evidence: list[Evidence] = []
        raise NotImplementedError

    def observe(self, name: str, value: JsonValue, rule: Rule | None = None) -> None:
        """Keep a value under a name of its own.

        Raises Differs where the baseline has that observation and the rule does not hold.
        """
        raise NotImplementedError

    def text(self, title: str, text: str, media_type: str = "text/plain") -> None:
        """Keep a text, such as a response or a command's output."""
        raise NotImplementedError

    def image(self, title: str, picture: bytes) -> None:
        """Keep a picture (PNG, JPEG or WebP)."""
        raise NotImplementedError
