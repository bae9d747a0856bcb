"""The words for what a criterion, and a run, comes to."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """Of a criterion on a subject. Unknown is never a pass: the judge failed, not the platform."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"
    WAIVED = "waived"


class Change(StrEnum):
    """Of a criterion on a subject, against the accepted baseline."""

    UNCHANGED = "unchanged"
    REGRESSED = "regressed"
    FIXED = "fixed"
    CHANGED = "changed"
    NEW = "new"
    MISSING = "missing"


class RunVerdict(StrEnum):
    """Of a run as a whole."""

    GO = "GO"
    NO_GO = "NO-GO"
    NOT_JUDGED = "NOT JUDGED"
    GO_WITH_RESERVATIONS = "GO WITH RESERVATIONS"

    @property
    def exit_code(self) -> int:
        """What the command line ends with (issue 2, section 5)."""
        return {"GO": 0, "NO-GO": 1, "NOT JUDGED": 2, "GO WITH RESERVATIONS": 3}[self.value]
