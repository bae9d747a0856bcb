"""Recordings: from the agent to the Edge Gateways that keep them."""

from __future__ import annotations

from targets.lab.faults.change import edited, stopped
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import GATEWAYS

DESKTOP_SESSIONS = "/etc/X11/Xsession.d/60ipdiva-recording-agent"
NOT_DAVE = 's/ ]; then/ ] \\&\\& [ "$(id -un)" != dave ]; then/'
SSH_DROP_IN = "/etc/ssh/sshd_config.d/ipdiva-recording-agent.conf"

FAULTS = (
    Fault(
        "agent-stopped",
        "The recording agent was not started again after its upgrade.",
        "recording agent", ("srv1",), ("REC-01", "VERSION-03"), stopped("ipdiva-recording-agent"),
    ),
    Fault(
        "no-gateway-receives",
        "Neither Edge Gateway takes recordings.",
        "edge gateway", GATEWAYS, ("REC-01", "VERSION-03"), stopped("ipdiva-edge-gateway"),
    ),
    Fault(
        "agent-records-no-ssh",
        "The agent runs, and SSH sessions are not handed to it any more.",
        "recording agent", ("srv1",), ("REC-01",), edited(SSH_DROP_IN, "d", "systemctl reload ssh"),
    ),
    Fault(
        "agent-misses-a-user",
        "The agent does not record one user's desktops any more; those of others are recorded meanwhile.",
        "recording agent", ("srv1",), ("REC-02",), edited(DESKTOP_SESSIONS, NOT_DAVE),
    ),
)  # fmt: skip
