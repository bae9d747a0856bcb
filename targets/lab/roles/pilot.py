"""A pilot: a workstation with the client, and what it takes to use and see it from afar (Xvfb, xdotool, scrot)."""

from __future__ import annotations

from collections.abc import Iterable

from targets.lab.machines import PORTAL_HOST
from targets.lab.role import Machine, Role, SiteFile
from targets.lab.store import Store


def _site_files(_machine: Machine, _store: Store) -> Iterable[SiteFile]:
    yield SiteFile("/etc/ipdiva/client.d/site.ini", f"[client]\nportal = https://{PORTAL_HOST}\n")


ROLE = Role(
    name="pilot",
    debian_packages=("freerdp2-x11", "scrot", "xauth", "xdotool", "xvfb"),
    stand_ins=("ipdiva-client",),
    site_files=_site_files,
    ready="systemctl is-active --quiet ssh ipdiva-client",
)
