"""Clients and agents: what breaks on the machines that get the new release first."""

from __future__ import annotations

from targets.lab import pki
from targets.lab.faults.change import Change, changed, drop_in, removed, replaced, script, stopped
from targets.lab.faults.fault import AtFault, Fault
from targets.lab.faults.places import AGENT_SETTINGS

CLIENT_SETTINGS = "/etc/ipdiva/client.d/site.ini"
SSH_SESSIONS = "/etc/ssh/sshd_config.d/ipdiva-recording-agent.conf"
DESKTOP_SESSIONS = "/etc/X11/Xsession.d/60ipdiva-recording-agent"
NO_LICENCE = "printf '#!/bin/sh\\necho no licence >&2\\nexit 1\\n' > /usr/bin/xfreerdp"
LICENCE_MISSED = "[Service]\nExecStartPre=/bin/echo <3>no route to the licence server"
COMPONENTS: dict[str, AtFault] = {"pilot1": "client", "pilot2": "client", "srv1": "recording agent"}


def _fault(name: str, story: str, machine: str, change: Change, *seen_by: str) -> Fault:
    return Fault(name, story, COMPONENTS[machine], (machine,), seen_by, change, phase="qualify")


TWO_VERSIONS = """
mkdir -p /tmp/old/DEBIAN /tmp/old/opt/ipdiva-client-4.5
printf 'Package: ipdiva-client-4.5\\nVersion: 4.5.0\\nArchitecture: all\\n' > /tmp/old/DEBIAN/control
printf 'Maintainer: lab\\nDescription: the client, beside its successor\\n' >> /tmp/old/DEBIAN/control
dpkg-deb --build /tmp/old /tmp/old.deb
dpkg --install /tmp/old.deb
"""

FAULTS = (
    Fault(
        "pilot-kept-the-old-release", "One pilot kept the old client.",
        "client", ("pilot2",), ("QUAL-01",), phase="qualify", left_behind=True,
    ),
    _fault(
        "two-versions-installed", "The new client was installed beside the old one, which stayed.",
        "pilot1", script(TWO_VERSIONS, "dpkg --purge ipdiva-client-4.5"), "QUAL-01",
    ),
    _fault("client-stopped", "The new client's service does not run.", "pilot1", stopped("ipdiva-client"), "QUAL-02"),
    _fault(
        "client-disabled", "The new client's service will not start with the machine.",
        "pilot2", script("systemctl disable ipdiva-client", "systemctl enable ipdiva-client"), "QUAL-02",
    ),
    _fault(
        "client-configuration-replaced", "The new client's package replaced the site's configuration.",
        "pilot1", changed(CLIENT_SETTINGS, f"echo '[client]' > {CLIENT_SETTINGS}"), "QUAL-03",
    ),
    _fault(
        "agent-configuration-gone", "The new agent's package removed the list of its Edge Gateways.",
        "srv1", removed(f"{AGENT_SETTINGS}/gateways"), "QUAL-03",
    ),
    _fault(
        "client-error-in-the-log", "The new client says an error each time it starts.",
        "pilot1", drop_in("ipdiva-client", LICENCE_MISSED), "QUAL-04",
    ),
    _fault(
        "agent-error-in-the-log", "The new agent says an error each time it starts.",
        "srv1", drop_in("ipdiva-recording-agent", LICENCE_MISSED), "QUAL-04",
    ),
    _fault(
        "neighbour-stopped", "The new agent's installation stopped another service of its server.",
        "srv1", stopped("nginx"), "QUAL-05",
    ),
    _fault(
        "client-without-licence", "The new client does not open desktops.",
        "pilot2", changed("/usr/bin/xfreerdp", NO_LICENCE), "QUAL-06",
    ),
    _fault(
        "agent-misses-ssh", "The new agent does not record SSH sessions.",
        "srv1", changed(SSH_SESSIONS, f": > {SSH_SESSIONS}", "systemctl reload ssh"), "QUAL-07",
    ),
    _fault(
        "agent-misses-desktops", "The new agent does not record desktops.",
        "srv1", changed(DESKTOP_SESSIONS, f": > {DESKTOP_SESSIONS}"), "QUAL-08", "QUAL-09",
    ),
    _fault(
        "agent-cut-off-from-gateway", "The flow from the agent to one Edge Gateway is closed.",
        "srv1", script("ip route add prohibit 10.77.0.21/32", "ip route del prohibit 10.77.0.21/32 || :"), "QUAL-10",
    ),
    _fault(
        "agent-trusts-another-ca", "The new agent's package put another CA in the place of the site's.",
        "srv1", replaced(f"{AGENT_SETTINGS}/ca.pem", lambda _: pki.authority("Another authority").certificate),
        "QUAL-10", "QUAL-03",
    ),
)  # fmt: skip
