"""Whether the fleet may have the new client and the new agent, as a qualification found: pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from reports.records import Phase, Run
from reports.representation import Share, represented, unrepresented
from reports.results import Result
from reports.verdict import broken, qualified, told
from reports.verdicts import RunVerdict, Verdict
from reports.wording import listed


class Word(StrEnum):
    """What is decided of a component."""

    RELEASE = "release"
    RELEASE_IN_PART = "release in part"
    HOLD = "hold"


@dataclass(frozen=True)
class Decision:
    """What is decided of a component, why, and which kinds of its fleet have a qualified look-alike and which not."""

    component: str
    word: Word
    reasons: tuple[str, ...]
    qualified: tuple[str, ...]
    represented: Share
    unrepresented: Share

    @property
    def said(self) -> str:
        """The decision in a line for a terminal."""
        return f"{self.component}: {self.word}: {'; '.join(self.reasons)}"


def decisions(run: Run) -> list[Decision]:
    """Return the decision on each component that the run's pilots or fleet are of; none for another phase."""
    if run.phase is not Phase.QUALIFY:
        return []
    components = [*(pilot.component for pilot in run.pilots), *(kind.component for kind in run.fleet)]
    return [_decision(run, component) for component in sorted(set(components))]


def _decision(run: Run, component: str) -> Decision:
    pilots = [pilot.name for pilot in run.pilots if pilot.component == component]
    good = tuple(name for name in pilots if name in qualified(run))
    covered, rest = represented(run.fleet, component, good), unrepresented(run.fleet, component, good)
    against = tuple(_against(run, component, pilots))
    if against:
        return Decision(component, Word.HOLD, against, good, covered, rest)
    if rest.kinds:
        words = f"{listed(list(good))} qualified; no pilot is like {rest.said} of the fleet"
        return Decision(component, Word.RELEASE_IN_PART, (words,), good, covered, rest)
    fleet = f", like {covered.said} of the fleet" if covered.kinds else "; the target describes no fleet"
    return Decision(component, Word.RELEASE, (f"{listed(list(good))} qualified{fleet}",), good, covered, rest)


def _against(run: Run, component: str, pilots: list[str]) -> Iterator[str]:
    """Yield what speaks against a release."""
    if not pilots:
        yield "the target file names no pilot of it"
    if run.verdict is RunVerdict.NOT_JUDGED:
        yield "the run could not be judged"
    elif run.partial:
        yield "only a selection was run"
    for result in _unqualified(run, component):
        yield f"{result.criterion} on {result.subject}: {told(result)}"


def _unqualified(run: Run, component: str) -> Iterator[Result]:
    bad = {result.key for result in broken(run)}
    for result in run.results:
        if result.component == component and (result.key in bad or result.verdict is Verdict.UNKNOWN):
            yield result
