"""The event log: one syslog line an event, in the platform's own form and language."""

from __future__ import annotations

import re
import syslog

from cleanroom_portal.settings import ORGANIZATION

LONGEST = 64
UNPRINTABLE = re.compile(r"[^\w .@-]")  # a login is typed by anybody: it must not forge a line or a field

SIGNED_IN = "Connexion au portail web"
REFUSED = "Échec de connexion au portail web"
SIGNED_OUT = "Déconnexion du portail web"
TOO_MANY = "Fermeture de la session la plus ancienne"
RAN_OUT = "Expiration de la session"
CONSOLE = "Connexion à la console système"
CONSOLE_REFUSED = "Échec de connexion à la console système"
LAUNCHES = {
    "web": "Lancement d'une application Web",
    "rdp": "Lancement d'une application RDP",
    "html5": "Lancement d'une application HTML5",
}


def line(event: str, login: str, domain: str, ip: str) -> str:
    """Write ``<event> org:<org>, user:<login>@<domain>, ip:<address>``."""
    return f"{event} org:{ORGANIZATION}, user:{_clean(login)}@{domain}, ip:{ip}"


def write(event: str, login: str, domain: str, ip: str = "-") -> None:
    """Send an event to syslog."""
    syslog.openlog("ipdiva-portal", 0, syslog.LOG_LOCAL0)
    syslog.syslog(syslog.LOG_INFO, line(event, login, domain, ip))


def _clean(text: str) -> str:
    return UNPRINTABLE.sub("?", text[:LONGEST])
