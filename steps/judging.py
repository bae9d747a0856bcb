"""How a `Then` step says that something does not hold."""

from __future__ import annotations

from targets.access.outcomes import PlatformFailed


def must(holds: bool, otherwise: str, advice: str | None = None) -> None:
    """Raise PlatformFailed with the words `otherwise`, and what to do next, unless it holds."""
    if not holds:
        raise PlatformFailed(otherwise, advice)
