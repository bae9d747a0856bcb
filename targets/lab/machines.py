"""The machines of the lab and their addresses."""

from __future__ import annotations

from targets.lab.role import DOMAIN, Machine

NETWORK = "10.77.0.0/16"
GATEWAY = "10.77.0.1"
PORTAL_ADDRESS = "10.77.0.10"
PORTAL_HOST = f"portal.{DOMAIN}"
MOST_PILOTS = 200

SERVERS = (
    Machine("repo", "10.77.0.61", "repository"),
    Machine("db", "10.77.0.13", "database"),
    Machine("mc1", "10.77.0.11", "controller", "mediation controller", "MASTER"),
    Machine("mc2", "10.77.0.12", "controller", "mediation controller", "SLAVE"),
    Machine("idp", "10.77.0.41", "identity"),
    Machine("eg1", "10.77.0.21", "gateway", "edge gateway"),
    Machine("eg2", "10.77.0.22", "gateway", "edge gateway"),
    Machine("html5", "10.77.0.31", "html5", "HTML5 gateway"),
    Machine("srv1", "10.77.0.51", "resource", "recording agent"),
)

WINDOWS_PILOT = Machine("pilot-win", "10.77.2.1", "windows", "client")


def machines(pilots: int = 2, with_windows: bool = False) -> tuple[Machine, ...]:
    """All machines of a lab with that many pilots (0 to 200), and the Windows pilot; raises ValueError outside."""
    if not 0 <= pilots <= MOST_PILOTS:
        raise ValueError(f"a lab has 0 to {MOST_PILOTS} pilots, not {pilots}")
    workstations = tuple(Machine(f"pilot{n}", f"10.77.1.{n}", "pilot", "client") for n in range(1, pilots + 1))
    return SERVERS + workstations + ((WINDOWS_PILOT,) if with_windows else ())


def hosts(lab: tuple[Machine, ...]) -> str:
    """Give the lab's lines of an ``/etc/hosts``: every machine, and the portal's floating address."""
    lines = [f"{PORTAL_ADDRESS} {PORTAL_HOST}"]
    lines += [f"{machine.address} {machine.host} {machine.name}" for machine in lab]
    return "\n".join(lines) + "\n"
