"""Direct access by SSH and RDP, through the Edge Gateways."""

from __future__ import annotations

from targets.lab.faults.change import PROXY, changed, edited, removed, script, stopped
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import HAPROXY

SURVIVOR = "~carol/recette-survivor.txt"
RELOAD_SSH = "systemctl reload ssh"
NEW_HOST_KEYS = f"""
mkdir -p /etc/ssh/before
mv /etc/ssh/ssh_host_* /etc/ssh/before/
ssh-keygen -q -A
{RELOAD_SSH}
"""
OLD_HOST_KEYS = f"""
[ ! -d /etc/ssh/before ] || {{ rm -f /etc/ssh/ssh_host_*; mv /etc/ssh/before/* /etc/ssh/; rmdir /etc/ssh/before; }}
{RELOAD_SSH}
"""

FAULTS = (
    Fault(
        "gateway-refuses",
        "One of two Edge Gateways lets nobody through: its proxy did not start again.",
        "edge gateway", ("eg2",), ("SSH-01", "RDP-01", "WEB-02"), stopped("haproxy"),
    ),
    Fault(
        "wrong-server-behind-the-port",
        "Behind the port of an Edge Gateway answers another server.",
        "edge gateway", ("eg1",), ("SSH-01",), edited(HAPROXY, 's/${RESOURCE}:22"/127.0.0.1:22"/', PROXY),
    ),
    Fault(
        "user-file-gone",
        "The files of users were not carried over to the upgraded server.",
        "recording agent", ("srv1",), ("SSH-02",), removed(SURVIVOR),
    ),
    Fault(
        "user-file-replaced",
        "An older backup was restored over the files of users.",
        "recording agent", ("srv1",), ("SSH-02",), changed(SURVIVOR, f"echo restored > {SURVIVOR}"),
    ),
    Fault(
        "host-key-changed",
        "The server was set up anew for the new agent, and has another host key.",
        "recording agent", ("srv1",), ("SSH-01",), script(NEW_HOST_KEYS, OLD_HOST_KEYS),
    ),
    Fault(
        "file-transfer-broken",
        "The new configuration of the server's SSH leads file transfers to a program that is not there.",
        "recording agent", ("srv1",), ("SSH-02",),
        edited("/etc/ssh/sshd_config", "s|/usr/lib/openssh/sftp-server|/usr/libexec/sftp-server|", RELOAD_SSH),
    ),
    Fault(
        "idle-session-cut",
        "The new default settings of an Edge Gateway end sessions in which nothing was typed for a few seconds.",
        "edge gateway", ("eg1",), ("SSH-03",), edited(HAPROXY, "s/12h$/5s/", PROXY),
    ),
    Fault(
        "gateway-leads-to-the-old-address",
        "An Edge Gateway leads to the address that the server had before it was moved.",
        "edge gateway", ("eg2",), ("SSH-01", "RDP-01", "WEB-02"),
        edited("/etc/ipdiva/edge-gateway/site.env", "s/^RESOURCE=.*/RESOURCE=10.77.0.59/", PROXY),
    ),
)  # fmt: skip
