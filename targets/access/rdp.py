"""FreeRDP, a real RDP client, with its certificate check on."""

from __future__ import annotations

import shlex
from pathlib import Path

PROGRAM = "xfreerdp"
PACKAGE_OF_PROGRAM = {PROGRAM: "freerdp2-x11"}


def command(address: str, port: int, login: str, certificate_name: str, ca_file: Path | None) -> str:
    """Return the shell command that opens a full-screen session; the password is read from standard input.

    The certificate must carry `certificate_name` and come from the CA: FreeRDP takes OpenSSL's default paths, so a
    private CA goes in by environment, and its own list of once accepted certificates is an empty folder (`$d`).
    """
    trust = [f"SSL_CERT_FILE={ca_file}", "SSL_CERT_DIR=/nonexistent"] if ca_file else []
    options = [f"/v:{address}:{port}", f"/u:{login}", "/from-stdin:force", f"/cert:name:{certificate_name},deny", "/f"]
    options.append("-sec-rdp")  # a server that talks it down to RDP's own security would show no certificate at all
    return " ".join(["env", "XDG_CONFIG_HOME=$d", *(shlex.quote(word) for word in (*trust, PROGRAM, *options))])
