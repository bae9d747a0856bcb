"""What this site has set: read from ``/etc/ipdiva/care``, which no package owns."""

from __future__ import annotations

import socket
from configparser import ConfigParser
from pathlib import Path

CARE = Path("/etc/ipdiva/care")
ORGANIZATION = "main"
NODE = socket.gethostname()


def database() -> dict[str, str]:
    """Give the connection's parameters, under libpq's names; raises KeyError without a ``[database]`` section."""
    parser = ConfigParser(interpolation=None)
    parser.read(CARE / "databasesettings.ini", encoding="utf-8")
    return dict(parser["database"])


def html5_key() -> bytes:
    """Give the 32 bytes that the HTML5 Gateways of this site know too."""
    return bytes.fromhex((CARE / "html5.key").read_text())
