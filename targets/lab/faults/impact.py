"""Impact: what the upgrade itself costs its users, as the watch sees it."""

from __future__ import annotations

from collections.abc import Callable

from targets.lab.faults.change import Change, script
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import CONTROLLERS, GATEWAYS
from targets.lab.role import Component, Machine

Steps = list[list[Machine]]


def away(unit: str, seconds: int) -> Change:
    """Stop a service for so long."""
    return script(f"systemctl stop {unit}\nsleep {seconds}\nsystemctl start {unit}", f"systemctl start {unit}")


def together(component: Component) -> Callable[[Steps], Steps]:
    """Upgrade all machines of a component in one step, at the same time."""

    def order(steps: Steps) -> Steps:
        several = [one for step in steps for one in step if one.component == component]
        first = next(step for step in steps if step[0].component == component)
        return [several if step is first else step for step in steps if step is first or step[0] not in several]

    return order


def master_first(steps: Steps) -> Steps:
    """Upgrade the master before its slave."""
    [slave, master] = [step for step in steps if step[0].rank]
    return [master if step is slave else slave if step is master else step for step in steps]


def gateways_first(steps: Steps) -> Steps:
    """Upgrade the Edge Gateways before anything else."""
    return sorted(steps, key=lambda step: step[0].component != "edge gateway")


FAULTS = (
    Fault(
        "client-upgrade-interrupts-the-web",
        "The rollout of the clients was begun from an Edge Gateway, whose proxy it stopped meanwhile.",
        "edge gateway", ("eg1",), ("IMPACT-03",), away("haproxy", 5), phase="watch", during="pilot1",
    ),
    Fault(
        "both-gateways-down-at-once",
        "Both Edge Gateways were upgraded at the same time, though one was to serve while the other was away.",
        "edge gateway", GATEWAYS, ("IMPACT-10",), away("haproxy", 8),
        phase="watch", during="eg1", order=together("edge gateway"),
    ),
    Fault(
        "both-controllers-down-at-once",
        "Both Mediation Controllers were upgraded at the same time: for longer than a failover, nobody had a portal.",
        "mediation controller", CONTROLLERS, ("IMPACT-05",), away("apache2", 15),
        phase="watch", during="mc1", order=together("mediation controller"),
    ),
    Fault(
        "window-overrun",
        "The HTML5 Gateway's upgrade hung at a question that nobody saw, and overran its window.",
        "HTML5 gateway", ("html5",), ("IMPACT-01",), away("ipdiva-html5-gateway", 65), phase="watch",
    ),
    Fault(
        "master-before-its-slave",
        "The master Mediation Controller was upgraded before its slave.",
        "mediation controller", ("mc1",), ("IMPACT-06",), phase="watch", order=master_first,
    ),
    Fault(
        "gateways-before-controllers",
        "The Edge Gateways were upgraded first: they ran the new release while all else had the old one.",
        "mediation controller", CONTROLLERS, ("IMPACT-06",), phase="watch", order=gateways_first,
    ),
)  # fmt: skip
