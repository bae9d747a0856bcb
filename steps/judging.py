"""How a `Then` step says that something does not hold."""

from __future__ import annotations

from targets.access.outcomes import PlatformFailed


def must(holds: bool, otherwise: str, advice: str | None = None, *, at_fault: str | None = None) -> None:
    """Raise PlatformFailed with the words `otherwise`, and what to do next, unless it holds.

    `at_fault` names what is to blame where that is no part of the platform.
    """
    if not holds:
        failure = PlatformFailed(otherwise, advice)
        failure.at_fault = at_fault
        raise failure
