"""Remote desktops: by RDP, by the client, and in the browser."""

from __future__ import annotations

from targets.lab.faults.change import changed, edited, stopped
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import SESSION

CLIENT_SETTINGS = "/etc/ipdiva/client.d/site.ini"

FAULTS = (
    Fault(
        "black-screen",
        "Desktops stay black: the session starts nothing.",
        "recording agent", ("srv1",), ("RDP-01",),
        changed(SESSION, f"printf '#!/bin/sh\\nexec sleep 60\\n' > {SESSION}"),
    ),
    Fault(
        "dead-keyboard",
        "Desktops are shown, and do not take what is typed.",
        "recording agent", ("srv1",), ("RDP-01",), edited(SESSION, "s/xterm -fullscreen/& -e sleep 60/"),
    ),
    Fault(
        "rdp-server-stopped",
        "The server's RDP service was not started again.",
        "recording agent", ("srv1",), ("RDP-01", "VERSION-03"), stopped("xrdp"),
    ),
    Fault(
        "client-trusts-another-ca",
        "The new client brought a list of authorities of its own, and trusts the platform's no more.",
        "client", ("pilot1",), ("RDPAPP-01",),
        changed(CLIENT_SETTINGS, f"echo 'authorities = /etc/ssl/certs/ISRG_Root_X1.pem' >> {CLIENT_SETTINGS}"),
    ),
    Fault(
        "guacd-stopped",
        "The HTML5 Gateway's page opens, and the daemon that draws desktops is stopped.",
        "HTML5 gateway", ("html5",), ("HTML5-01", "VERSION-03"), stopped("guacd"),
    ),
)  # fmt: skip
