"""Versions and packages: what is left at the old release, half installed, or does not run what is installed."""

from __future__ import annotations

from targets.lab.faults.change import Change, all_of, drop_in, script, stopped
from targets.lab.faults.fault import Fault
from targets.lab.packages import upgrading

UNPACK = """
cd /tmp
apt-get update --quiet
apt-get download --quiet ipdiva-client
dpkg --unpack ipdiva-client_*_all.deb
"""
REFUSING = "/usr/sbin/policy-rc.d"
CONTROLLER = "ipdiva-mediation-controller"
AGENT = "ipdiva-recording-agent"
FOREIGN = f"""
cd /tmp
apt-get update --quiet
apt-get download --quiet {AGENT}
dpkg-deb --raw-extract {AGENT}_*_all.deb foreign
sed -i 's/^Architecture: .*/Architecture: i386/' foreign/DEBIAN/control
dpkg-deb --build foreign foreign.deb
dpkg --add-architecture i386
dpkg --force-depends --install foreign.deb
"""
NATIVE = f"""
cd /tmp
dpkg --install {AGENT}_*_all.deb
dpkg --remove-architecture i386
"""


def _without_restarts(*stand_ins: str) -> Change:
    """Upgrade while a policy forbids services to be started again (invoke-rc.d(8))."""
    policy = f"printf '#!/bin/sh\\nexit 101\\n' > {REFUSING}\nchmod 755 {REFUSING}"
    restart = "systemctl restart " + " ".join(f"{name}.service" for name in stand_ins)
    return script(f"{policy}\n{upgrading(stand_ins)}rm {REFUSING}", restart)


FAULTS = (
    Fault(
        "slave-left-behind",
        "The slave Mediation Controller is forgotten: the pair ends on two releases.",
        "mediation controller", ("mc2",), ("VERSION-01", "VERSION-04"), left_behind=True,
    ),
    Fault(
        "gateway-left-behind",
        "One of two Edge Gateways is forgotten.",
        "edge gateway", ("eg2",), ("VERSION-01",), left_behind=True,
    ),
    Fault(
        "gateway-held-back",
        "A hold from an earlier incident keeps an Edge Gateway's package back, and the upgrade passes it by.",
        "edge gateway", ("eg1",), ("VERSION-01",),
        script("apt-mark hold ipdiva-edge-gateway", "apt-mark unhold ipdiva-edge-gateway"), left_behind=True,
    ),
    Fault(
        "html5-gateway-forgotten",
        "The HTML5 Gateway comes last in the order, and was forgotten.",
        "HTML5 gateway", ("html5",), ("VERSION-01",), left_behind=True,
    ),
    Fault(
        "package-half-configured",
        "An installation was interrupted: the client's package is unpacked and not configured.",
        "client", ("pilot2",), ("VERSION-02",), script(UNPACK, "dpkg --configure --pending"),
    ),
    Fault(
        "package-of-another-architecture",
        "The agent was installed from a package for another architecture.",
        "recording agent", ("srv1",), ("VERSION-02",), script(FOREIGN, NATIVE),
    ),
    Fault(
        "receiver-not-started",
        "The recording receiver was not started again after its upgrade.",
        "edge gateway", ("eg2",), ("VERSION-03",), stopped("ipdiva-edge-gateway"),
    ),
    Fault(
        "service-disabled",
        "A service runs, and was disabled: it will be gone after the next start of the server.",
        "recording agent", ("srv1",), ("VERSION-03",),
        script("systemctl disable --quiet nginx", "systemctl enable --quiet nginx"),
    ),
    Fault(
        "service-masked",
        "The service that moves the floating address was masked on the slave, and nobody took that back.",
        "mediation controller", ("mc2",), ("VERSION-03",),
        script("systemctl mask --now keepalived", "systemctl unmask keepalived\nsystemctl start keepalived"),
    ),
    Fault(
        "service-starting-over-and-over",
        "A controller's service ends shortly after each start, and is started again.",
        "mediation controller", ("mc1",), ("VERSION-03",),
        # Nobody validates in the first seconds of such a loop.
        all_of(drop_in(CONTROLLER, "[Service]\nExecStart=\nExecStart=/bin/sh -c \"sleep 1; exit 1\"\nRestartSec=0.2\n"
                                   "[Unit]\nStartLimitIntervalSec=0"), script("sleep 8", ":")),
    ),
    Fault(
        "old-process-still-running",
        "A policy kept services from being restarted: the slave's package is new, its processes are old.",
        "mediation controller", ("mc2",), ("VERSION-03",), _without_restarts(CONTROLLER), left_behind=True,
    ),
)  # fmt: skip
