"""The resource server: an intranet, SSH, a remote desktop, and the agent that records the sessions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from targets.lab.role import DOMAIN, Machine, Role, SiteFile
from targets.lab.store import Store

HERE = Path(__file__).with_suffix("")
FOLDER = "/etc/cleanroom-resource"
AGENT = "/etc/ipdiva/recording-agent"
GATEWAYS = (f"eg1.{DOMAIN}:8443", f"eg2.{DOMAIN}:8443")
ACCOUNTS = ("alice", "carol", "dave", "erin", "frank")
SETUP = """
for account in {accounts}; do useradd --create-home --shell /bin/bash $account; done
chpasswd <<'END'
{passwords}
END
"""
READY = f"""
curl --fail --silent --output /dev/null https://srv1.{DOMAIN}/health &&
systemctl is-active --quiet ssh xrdp ipdiva-recording-agent && timeout 1 bash -c '</dev/tcp/127.0.0.1/3389'
"""


def _site_files(machine: Machine, store: Store) -> Iterable[SiteFile]:
    pair = store.certificate(machine.name)
    yield SiteFile(f"{FOLDER}/certificate.pem", pair.certificate)
    yield SiteFile(f"{FOLDER}/key.pem", pair.key, 0o640, "root:xrdp")
    yield _static("/etc/nginx/sites-enabled/default", "nginx.conf")
    yield _static("/srv/cleanroom/intranet/index.html", "intranet.html")
    yield _static("/srv/cleanroom/notes/index.html", "notes.html")
    yield _static("/etc/xrdp/xrdp.ini", "xrdp.ini")
    yield _static("/etc/xrdp/sesman.ini", "sesman.ini")
    yield _static("/etc/xrdp/startwm.sh", "startwm.sh", 0o755)
    yield from _agent_files(machine, store)


def _agent_files(machine: Machine, store: Store) -> Iterable[SiteFile]:
    yield SiteFile(f"{AGENT}/gateways", "\n".join(GATEWAYS) + "\n")
    yield SiteFile(f"{AGENT}/ca.pem", store.ca)
    yield SiteFile(f"{AGENT}/certificate.pem", store.client_certificate(machine.host).pem, 0o640, "root:ipdiva")


def _static(path: str, name: str, mode: int = 0o644) -> SiteFile:
    return SiteFile(path, (HERE / name).read_text(), mode)


def _setup(_machine: Machine, store: Store) -> str:
    passwords = "\n".join(f"{account}:{store.secret(account).get_secret_value()}" for account in ACCOUNTS)
    return SETUP.format(accounts=" ".join(ACCOUNTS), passwords=passwords)


ROLE = Role(
    name="resource",
    debian_packages=("nginx-light", "xrdp", "xorgxrdp", "openbox", "xterm", "x11-common", "xfonts-base", "scrot"),
    stand_ins=("ipdiva-recording-agent",),
    site_files=_site_files,
    setup=_setup,
    ready=READY,
)
