"""An Edge Gateway: HAProxy in front of srv1, and the recording receiver."""

from __future__ import annotations

from collections.abc import Iterable

from targets.lab import backups
from targets.lab.role import DOMAIN, Machine, Role, SiteFile
from targets.lab.store import Store

FOLDER = "/etc/ipdiva/edge-gateway"
RESOURCE = f"srv1.{DOMAIN}"
READY = """
curl --fail --silent --output /dev/null --connect-to ::127.0.0.1 https://$(hostname).cleanroom.test/intranet/ &&
for port in 2222 3389 8443; do timeout 1 bash -c "</dev/tcp/127.0.0.1/$port" || exit 1; done
"""


def _site_files(machine: Machine, store: Store) -> Iterable[SiteFile]:
    yield SiteFile(f"{FOLDER}/site.env", f"GATEWAY={machine.host}\nRESOURCE={RESOURCE}\n")
    yield SiteFile(f"{FOLDER}/certificate.pem", store.certificate(machine.name).pem, 0o640, "root:ipdiva")
    yield SiteFile(f"{FOLDER}/agents-ca.pem", store.ca)
    yield from backups.of_files()


ROLE = Role(
    name="gateway",
    debian_packages=("haproxy",),
    stand_ins=("ipdiva-edge-gateway",),
    site_files=_site_files,
    setup=lambda _machine, _store: backups.SETUP,
    ready=READY,
)
