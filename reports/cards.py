"""What the page says of each result: its pictures beside those of the baseline, its texts and its values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from reports.baseline import Baseline
from reports.blame import causes
from reports.comparison import sentence
from reports.exhibits import Exhibit, Exhibits
from reports.records import Run
from reports.results import Observation, Result
from reports.verdict import broken, reserved


@dataclass(frozen=True)
class Pair:
    """A picture in the baseline and the same now; either may be missing."""

    title: str
    before: Exhibit | None
    now: Exhibit | None


@dataclass(frozen=True)
class Card:
    """One result with all that the page says of it; values come with what they were in the baseline."""

    result: Result
    pairs: list[Pair]
    others: list[Exhibit]
    values: list[tuple[Observation, Observation | None]]

    @property
    def reason(self) -> str | None:
        """Return the reason, unless it is the sentence that the table of changes says already."""
        said = any(sentence(change) == self.result.reason for change in self.result.changes)
        return None if said else self.result.reason


@dataclass(frozen=True)
class Cards:
    """The results of a run as the page orders them; `left_out` counts the evidence that did not fit.

    What broke comes with the place to blame, and with what broke behind it.
    """

    broke: list[tuple[str, Card, list[Card]]]
    held: list[Card]
    features: list[tuple[str, list[Card]]]
    left_out: int


def cards(run: Run, folder: Path, baseline: Baseline | None) -> Cards:
    """Order the results of a run: what broke by its cause, then what is held against it, then the rest by feature."""
    broke, held = broken(run), reserved(run)
    told = {result.key for result in chain(broke, held)}
    well = [result for result in run.results if result.key not in told]
    maker = _Maker(folder, baseline, compared=[*broke, *held], others=well)
    return Cards(
        broke=[
            (
                str(cause.place) or cause.result.subject,
                maker.card(cause.result),
                [maker.card(each) for each in cause.consequences],
            )
            for cause in causes(broke, run.results)
        ],
        held=[maker.card(result) for result in held],
        features=_by_feature([maker.card(result) for result in well]),
        left_out=maker.exhibits.left_out,
    )


class _Maker:
    """Makes cards; those of the results in `compared` show the baseline's pictures too."""

    def __init__(
        self, folder: Path, baseline: Baseline | None, *, compared: Sequence[Result], others: Sequence[Result]
    ) -> None:
        self._folder = folder
        self._baseline = baseline
        self._compared = {result.key for result in compared}
        self.exhibits = Exhibits(self._most_important_first(compared, others))

    def card(self, result: Result) -> Card:
        before = self._before(result)
        shown = self.exhibits.of(self._folder, result)
        past: list[Exhibit] = []
        if before and self._baseline and result.key in self._compared:
            past = self.exhibits.of(self._baseline.folder, before)
        pairs, others = _paired(_pictures(past), shown)
        return Card(result, pairs, others, _values(before, result))

    def _most_important_first(
        self, compared: Sequence[Result], others: Sequence[Result]
    ) -> Iterable[tuple[Path, Result]]:
        for result in compared:
            yield self._folder, result
            before = self._before(result)
            if before and self._baseline:
                yield self._baseline.folder, before
        for result in others:
            yield self._folder, result

    def _before(self, result: Result) -> Result | None:
        return self._baseline.run.result(*result.key) if self._baseline else None


def _pictures(exhibits: Iterable[Exhibit]) -> list[Exhibit]:
    return [exhibit for exhibit in exhibits if exhibit.is_picture]


def _paired(past: list[Exhibit], shown: list[Exhibit]) -> tuple[list[Pair], list[Exhibit]]:
    """Put pictures of the same title side by side, and leave the other exhibits as they are."""
    pictures = _pictures(shown)
    earlier = {exhibit.evidence.title: exhibit for exhibit in past}
    pairs = [Pair(now.evidence.title, earlier.pop(now.evidence.title, None), now) for now in pictures]
    pairs += [Pair(title, before, None) for title, before in earlier.items()]
    return pairs, [exhibit for exhibit in shown if not exhibit.is_picture]


def _values(before: Result | None, result: Result) -> list[tuple[Observation, Observation | None]]:
    earlier = {observation.name: observation for observation in before.observations} if before else {}
    return [(observation, earlier.get(observation.name)) for observation in result.observations]


def _by_feature(shown: list[Card]) -> list[tuple[str, list[Card]]]:
    features: dict[str, list[Card]] = {}
    for card in shown:
        features.setdefault(card.result.feature, []).append(card)
    return list(features.items())
