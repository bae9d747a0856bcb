"""The vendor's mirror: nginx serving the signed APT repository, over HTTP as Debian's own mirrors do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from targets.lab.role import Machine, Role, SiteFile
from targets.lab.store import Store

CONFIGURATION = Path(__file__).with_name("repository") / "nginx.conf"


def _site_files(_machine: Machine, _store: Store) -> Iterable[SiteFile]:
    return [SiteFile("/etc/nginx/sites-enabled/default", CONFIGURATION.read_text())]


ROLE = Role(
    name="repository",
    debian_packages=("nginx-light",),
    site_files=_site_files,
    ready="curl --fail --silent --output /dev/null http://repo.cleanroom.test/dists/4.5/InRelease",
)
