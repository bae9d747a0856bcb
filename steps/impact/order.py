"""In which order the machines were upgraded."""

from __future__ import annotations

from pytest_bdd import then

from reports.evidence import Record
from reports.outages import Recording, Step
from steps.impact.recorded import all_steps
from steps.impact.words import keep_steps
from steps.judging import must
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.model.components import Component

ORDER = (
    {Component.CLIENT, Component.RECORDING_AGENT},
    {Component.MEDIATION_CONTROLLER},
    {Component.EDGE_GATEWAY},
    {Component.HTML5_GATEWAY},
)
"""The vendor's order (seed, Upgrading)."""
MOST_TOLD = 5


@then("clients and agents came before controllers, these before Edge Gateways, and HTML5 Gateways last")
def in_order(answer: Recording, record: Record) -> None:
    """Judge by the marks: no step begins before the last one of an earlier rank has ended."""
    steps = all_steps(answer)
    keep_steps(answer, steps, record)
    wrong = [
        f"{later} began before {earlier} had ended"
        for later in steps
        for earlier in steps
        if _rank(earlier) < _rank(later) and later.begin < earlier.until(answer.end)
    ]
    must(not wrong, "; ".join(wrong[:MOST_TOLD]))


@then("no master came before its slave")
def slave_first(answer: Recording, platform: Platform) -> None:
    """Judge controllers that were done one by one: in parallel, either may begin (seed)."""
    first = _first_of_each_role(answer, platform)
    master, slave = first.get("master"), first.get("slave")
    if master is None:
        return  # nothing was upgraded before its slave
    roles = {machine.role for machine in platform.target.having(Component.MEDIATION_CONTROLLER)}
    if slave is None and "slave" in roles:
        raise CannotJudgeError(f"{master} was marked, and no step of its slave", "mark each step with its --machine")
    must(slave is None or slave.begin < master.until(answer.end), f"{master} was done before {slave} began")


def _first_of_each_role(recording: Recording, platform: Platform) -> dict[str | None, Step]:
    """Return the first step of the controllers of each role: a server that was done again had its turn before."""
    steps = {step.machine: step for step in reversed(all_steps(recording))}
    return {
        machine.role: steps[machine.name]
        for machine in platform.target.having(Component.MEDIATION_CONTROLLER)
        if machine.name in steps
    }


def _rank(step: Step) -> int:
    return next((rank for rank, components in enumerate(ORDER) if step.component in components), len(ORDER))
