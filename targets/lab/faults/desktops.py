"""Remote desktops: by RDP, by the client, and in the browser."""

from __future__ import annotations

from targets.lab import pki
from targets.lab.faults.change import Change, changed, edited, pair_replaced, put_back, restart, stopped
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import SESSION
from targets.lab.store import Store

HTML5 = restart("ipdiva-html5-gateway")
SERVER = "/usr/share/ipdiva/html5-gateway/server.mjs"
PAGE = "/usr/share/ipdiva/html5-gateway/page/page.js"
KEY = "/etc/ipdiva/care/html5.key"
STANDS_STILL = "{ client.getDisplay().flush = (done) => done?.(); client.sendKeyEvent(1, key); }"
TRIAL = "/etc/ipdiva/care/trial"
ACCOUNT = f'const [username, password] = readFileSync("{TRIAL}", "utf8").trim().split(" ")'.replace("/", "\\/")
TAKES_TRIAL = (
    f"{{ processConnectionSettings: (launch, done) => {{ {ACCOUNT}; "
    "Object.assign(launch.connection, { username, password }); done(null, launch); } }"
)
DESKTOPS = "/etc/cleanroom-resource"
CLIENT_SETTINGS = "/etc/ipdiva/client.d/site.ini"


def _signs_in_as_carol(store: Store) -> str:
    account = f"carol {store.secret('carol').get_secret_value()}"
    keep = f"cat > {TRIAL} <<'END'\n{account}\nEND\nchgrp ipdiva {TRIAL}\nchmod 640 {TRIAL}\n"
    return keep + edited(SERVER, f"/connectionDefaultSettings/{{n; s/}},/}}, {TAKES_TRIAL},/;}}", HTML5).breaks(store)


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
    Fault(
        "websocket-refused",
        "The new HTML5 Gateway listens for its tunnel at another address than its own page asks for.",
        "HTML5 gateway", ("html5",), ("HTML5-01",), edited(SERVER, 's|path: "/tunnel"|path: "/websocket"|', HTML5),
    ),
    Fault(
        "html5-key-renewed",
        "The HTML5 Gateway made a key of its own, and takes no launch of the portal any more.",
        "HTML5 gateway", ("html5",), ("HTML5-01",),
        changed(KEY, f"tr 0-9a-f 1-9a-f0 < {KEY}.whole > {KEY}", HTML5),
    ),
    Fault(
        "picture-stands-still",
        "The new HTML5 page takes every key, and draws nothing more once somebody types.",
        "HTML5 gateway", ("html5",), ("HTML5-01",),
        edited(PAGE, f"s/=> client.sendKeyEvent(1, key)/=> {STANDS_STILL}/", HTML5),
    ),
    Fault(
        "desktop-of-somebody-else",
        "The new HTML5 Gateway signs everybody in with the account that it was tried with.",
        "HTML5 gateway", ("html5",), ("HTML5-01",),
        Change(_signs_in_as_carol, f"rm -f {TRIAL}\n{put_back(SERVER, HTML5)}"),
    ),
    Fault(
        "desktop-certificate-replaced",
        "The package put a certificate of its own in the place of the desktop server's: clients ask, or turn away.",
        "recording agent", ("srv1",), ("RDP-01",),
        pair_replaced(f"{DESKTOPS}/certificate.pem", f"{DESKTOPS}/key.pem",
                      lambda: pki.self_signed("srv1.cleanroom.test"), restart("xrdp")),
    ),
    Fault(
        "second-session-ends-the-first",
        "The settings of desktop sessions are the package's again: a user's second session takes over the first.",
        "recording agent", ("srv1",), ("CONFIG-01",),
        edited("/etc/xrdp/sesman.ini", "s/^Policy=.*/Policy=Default/", restart("xrdp-sesman", "xrdp")),
    ),
)  # fmt: skip
