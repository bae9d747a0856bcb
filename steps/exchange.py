"""A `When` step as an exchange that may run ahead of its scenario.

What an exchange does depends on the platform and the subject alone. Its answer reaches the `Then` steps as the
fixture `answer`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from pytest_bdd import when

from reports.evidence import Record
from targets.access.exchanges import Exchange
from targets.access.outcomes import OutcomeError
from targets.access.platform import Platform
from targets.subject import Subject

Function = Callable[[Platform, Subject], Any]
Uses = Callable[[Subject], Collection[str]]


def nothing_for_itself(_: Subject) -> Collection[str]:
    """Name no resource: the exchange may run beside any other."""
    return ()


@dataclass(frozen=True)
class Definition:
    """A `When` sentence and what it does."""

    text: str
    function: Function
    uses: Uses

    def on(self, platform: Platform, subject: Subject) -> Exchange:
        """Return this exchange with one subject."""
        key = (self.text, subject.name)
        return Exchange(key, lambda: self.function(platform, subject), self.uses(subject))


DEFINITIONS: dict[str, Definition] = {}


def exchange(text: str, uses: Uses = nothing_for_itself) -> Callable[[Function], Function]:
    """Make a function the exchange of a `When` sentence; `uses` names what it must have for itself meanwhile."""

    def decorate(function: Function) -> Function:
        definition = DEFINITIONS[text] = Definition(text, function, uses)

        @when(text, target_fixture="answer", stacklevel=2)
        def _(platform: Platform, subject: Subject, record: Record) -> Any:  # noqa: ANN401 -- whatever is exchanged
            try:
                return platform.exchanges.answer(definition.on(platform, subject))
            except OutcomeError as outcome:
                _keep(outcome, record)
                raise

        return function

    return decorate


def _keep(outcome: OutcomeError, record: Record) -> None:
    """Keep what there was instead of an answer: a failure needs evidence most of all."""
    if outcome.picture:
        record.image("last sight", outcome.picture)
    else:
        record.text("instead of an answer", str(outcome))
