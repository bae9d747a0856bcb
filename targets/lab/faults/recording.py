"""Recordings: from the agent to the Edge Gateways that keep them."""

from __future__ import annotations

from targets.lab.faults.change import edited, restart, script, stopped
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import GATEWAYS

DESKTOP_SESSIONS = "/etc/X11/Xsession.d/60ipdiva-recording-agent"
NOT_DAVE = 's/ ]; then/ ] \\&\\& [ "$(id -un)" != dave ]; then/'
AGENT_CODE = "/usr/lib/ipdiva/recording-agent"
RECORDINGS = "/var/lib/ipdiva/recordings"
RESTARTED = restart("ipdiva-edge-gateway")
SMALL = f"""
mount -t tmpfs -o size=64k,mode=750,uid=$(id -u ipdiva),gid=$(id -g ipdiva) none {RECORDINGS}
head -c 64k /dev/zero > {RECORDINGS}/.unfinished || :
{RESTARTED}
"""
NOT_SMALL = f"""
umount {RECORDINGS} || :
{RESTARTED}
"""
"""The receiver has a view of its own of the file systems: the small one stays in it until it is started again."""
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
    Fault(
        "agent-records-nothing",
        "The new agent listens elsewhere than sessions look for it: it runs, and records nothing.",
        "recording agent", ("srv1",), ("REC-01", "REC-02"),
        edited(f"{AGENT_CODE}/recorder.py", "s|/run/ipdiva-recording-agent/|/run/ipdiva/|"),
    ),
    Fault(
        "recordings-cut-short",
        "The new agent keeps the beginning of each recording only.",
        "recording agent", ("srv1",), ("REC-01", "REC-02"),
        edited(f"{AGENT_CODE}/agent.py", "s/^MOST_BYTES = .*/MOST_BYTES = 40/", restart("ipdiva-recording-agent")),
    ),
    Fault(
        "receivers-full",
        "The Edge Gateways' new file system for recordings is far too small, and full.",
        "edge gateway", GATEWAYS, ("REC-03",), script(SMALL, NOT_SMALL),
    ),
    Fault(
        "old-recordings-gone",
        "The recordings from before the upgrade are gone from an Edge Gateway.",
        "edge gateway", ("eg1",), ("REC-04",),
        script(f"mkdir /var/lib/before\nmv {RECORDINGS}/* /var/lib/before/",
               f"[ ! -d /var/lib/before ] || {{ mv /var/lib/before/* {RECORDINGS}/; rmdir /var/lib/before; }}"),
    ),
)  # fmt: skip
