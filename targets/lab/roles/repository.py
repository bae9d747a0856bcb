"""The vendor's mirror: nginx serving the signed APT repository, over HTTP as Debian's own mirrors do, and HTTPS."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from targets.lab.role import Machine, Role, SiteFile
from targets.lab.store import Store

CONFIGURATION = Path(__file__).with_name("repository") / "nginx.conf"


def _site_files(machine: Machine, store: Store) -> Iterable[SiteFile]:
    yield SiteFile("/etc/nginx/mirror.pem", store.certificate(machine.name).pem, 0o600)
    yield SiteFile("/etc/nginx/sites-enabled/default", CONFIGURATION.read_text())


ROLE = Role(
    name="repository",
    debian_packages=("nginx-light",),
    site_files=_site_files,
    ready="curl --fail --silent --output /dev/null http://repo.cleanroom.test/dists/4.5/InRelease",
)
