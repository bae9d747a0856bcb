"""What people look at, and what they decided."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from targets.model.fields import CRITERION, Entry, Name, Statement, Text, UpgradedMachineName


class EventLog(Entry):
    """Where the platform's event log is collected, for a person to look."""

    name: Name = Field(description="What this file and the report call the collector, for example: SIEM")
    where: Text = Field(description="Where a person finds the platform's events in it")


class ShownRelease(Entry):
    """Where a machine shows its release to people; the vendor documents no other way for some components."""

    machine: UpgradedMachineName = Field(description="The machine, one of machines")
    where: Text = Field(description="Where a person reads its release, for example: system console, bottom left")


class Waiver(Entry):
    """A criterion that need not hold for a subject, for a time: the result is shown as waived, never as passed."""

    criterion: Annotated[str, StringConstraints(pattern=CRITERION)] = Field(description="The criterion's permanent ID")
    subject: Statement = Field(description="The subject, as the report names it")
    reason: Statement = Field(description="Why it need not hold")
    who: Statement = Field(description="Who decided so")
    until: date = Field(description="The last day on which the waiver counts, such as 2026-12-31")
