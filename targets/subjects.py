"""What a criterion holds for: the services and machines of a target, by the kind that a feature's tag names.

`@each:KIND` above a scenario repeats it over ``subjects(target, KIND)``. A subject also says which component, and which
machine, is to blame where the criterion does not hold.
"""

from __future__ import annotations

from targets.kinds import delivered, machines, pilots, safeguards, upgraded
from targets.model.target import Target
from targets.subject import FindSubjects, Subject

KINDS: dict[str, FindSubjects] = {
    kind: find for family in (delivered, machines, pilots, safeguards, upgraded) for kind, find in family.KINDS.items()
}


class UnknownKindError(ValueError):
    """A feature's `@each:` tag names no kind of subject."""


def subjects(target: Target, kind: str) -> list[Subject]:
    """Return the target's subjects of that kind, in the file's order; raise UnknownKindError for an unknown kind."""
    if kind not in KINDS:
        raise UnknownKindError(f"@each:{kind} is no kind of subject; allowed: {', '.join(KINDS)}")
    return list(KINDS[kind](target, kind))
