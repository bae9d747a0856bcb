"""The lab's fleet as tables: its workstations as CSV, its servers with the agent as an Ansible inventory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from targets.lab.role import Machine

WORKSTATIONS = """operating_system,architecture,security_product,role,count
Debian 12,amd64,none,workstation,{count}
"""
SERVERS = """[agents]
{hosts}

[agents:vars]
operating_system=Debian 12
architecture=amd64
security_product=none
role=resource server
"""


def write(folder: Path, lab: Sequence[Machine]) -> None:
    """Write what the lab's target file names: ``workstations.csv`` and ``servers.ini``."""
    folder.mkdir(exist_ok=True)
    count = max(1, sum(machine.role == "pilot" for machine in lab))
    (folder / "workstations.csv").write_text(WORKSTATIONS.format(count=count))
    (folder / "servers.ini").write_text(SERVERS.format(hosts="\n".join(_agents(lab))))


def _agents(lab: Sequence[Machine]) -> list[str]:
    return [machine.host for machine in lab if machine.component == "recording agent"]
