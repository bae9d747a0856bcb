"""Waivers of a target, held against the document: one that names nothing would waive nothing, silently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pytest_recette.chapters import CHAPTERS
from pytest_recette.plan import whole
from targets.model.target import Target


def strays(target: Target, here: Iterable[tuple[str, str]] = ()) -> Iterator[str]:
    """Yield a sentence for each waiver that names no criterion of the document, or none of its subjects.

    `here` adds what a site's own features hold: criterion IDs with subjects.
    """
    known = {key for phase in CHAPTERS for key in whole(phase, target)}.union(here)
    criteria = {criterion for criterion, _ in known}
    for waiver in target.waivers:
        if waiver.criterion not in criteria:
            yield f"The waiver of {waiver.criterion} names no criterion of the document that applies to this target"
        elif (waiver.criterion, waiver.subject) not in known:
            subjects = ", ".join(sorted(subject for criterion, subject in known if criterion == waiver.criterion))
            yield f"The waiver of {waiver.criterion} names “{waiver.subject}”, and its subjects are: {subjects}"
