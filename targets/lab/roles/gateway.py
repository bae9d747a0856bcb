"""An Edge Gateway: HAProxy in front of srv1, and the recording receiver."""

from __future__ import annotations

from collections.abc import Iterable

from targets.lab import backups
from targets.lab.role import DOMAIN, Machine, Role, SiteFile
from targets.lab.store import Store

FOLDER = "/etc/ipdiva/edge-gateway"
RESOURCE = f"srv1.{DOMAIN}"
RECORDINGS = "/var/lib/ipdiva/recordings"
EARLIER_SESSIONS = {
    "20260902T071500Z-ssh-carol-5a1f0c3b9d2e4f60": "$ uptime\n 07:15:04 up 41 days, load average: 0.02, 0.03, 0.00\n",
    "20260917T134207Z-ssh-alice-90b7d1e2c3f40516": "$ df -h /\nFilesystem Size Used Avail Use% Mounted on\n",
    "20261005T164850Z-ssh-carol-0e2d4c6b8a19f735": "$ systemctl --failed\n0 loaded units listed.\n",
}
"""What users showed before anybody thought of an upgrade: an archive that it must not lose."""
READY = """
curl --fail --silent --output /dev/null --connect-to ::127.0.0.1 https://$(hostname).cleanroom.test/intranet/ &&
for port in 2222 3389 8443; do timeout 1 bash -c "</dev/tcp/127.0.0.1/$port" || exit 1; done
"""


def _site_files(machine: Machine, store: Store) -> Iterable[SiteFile]:
    yield SiteFile(f"{FOLDER}/site.env", f"GATEWAY={machine.host}\nRESOURCE={RESOURCE}\n")
    yield SiteFile(f"{FOLDER}/certificate.pem", store.certificate(machine.name).pem, 0o640, "root:ipdiva")
    yield SiteFile(f"{FOLDER}/agents-ca.pem", store.ca)
    for name, shown in EARLIER_SESSIONS.items():
        yield SiteFile(f"{RECORDINGS}/{name}", shown, 0o640, "ipdiva:ipdiva")
    yield from backups.of_files()


ROLE = Role(
    name="gateway",
    debian_packages=("haproxy",),
    stand_ins=("ipdiva-edge-gateway",),
    site_files=_site_files,
    setup=lambda _machine, _store: backups.SETUP,
    ready=READY,
)
