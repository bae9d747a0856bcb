"""How an observation may differ from the baseline."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from reports.plain import Plain


class Operator(StrEnum):
    """How a value is compared with its value in the baseline (design.md, Features are test files)."""

    SAME = "same"
    LOST_NONE = "lost none"
    NOT_GROWN = "not grown"
    WITHIN = "within"
    NOT_ABOVE = "not above"
    NEWER = "newer"


class Rule(Plain):
    """How an observation may differ from the baseline."""

    operator: Operator
    percent: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _percent_where_it_means_something(self) -> Rule:
        if (self.percent is not None) != (self.operator in (Operator.WITHIN, Operator.NOT_ABOVE)):
            raise ValueError("percent goes with the operators within and not above, and with no other")
        return self

    @classmethod
    def same(cls) -> Rule:
        """Require a value equal to before."""
        return cls(operator=Operator.SAME)

    @classmethod
    def lost_none(cls) -> Rule:
        """Require a list that still has all that it had before; it may have gained."""
        return cls(operator=Operator.LOST_NONE)

    @classmethod
    def not_grown(cls) -> Rule:
        """Require a number that is not larger than before, or a list with nothing that was not in it before."""
        return cls(operator=Operator.NOT_GROWN)

    @classmethod
    def within(cls, percent: float) -> Rule:
        """Require a number at most `percent` % above or below its value before."""
        return cls(operator=Operator.WITHIN, percent=percent)

    @classmethod
    def not_above(cls, percent: float) -> Rule:
        """Require a number at most `percent` % above its value before; it may be lower."""
        return cls(operator=Operator.NOT_ABOVE, percent=percent)

    @classmethod
    def newer(cls) -> Rule:
        """Require a release, a date (ISO 8601, same form both times) or a number that is greater than before."""
        return cls(operator=Operator.NEWER)
