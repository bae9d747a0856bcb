"""A Windows pilot: Wine's registry, service manager, installer and `cmd`, behind this machine's SSH server.

Whoever signs in as ``recette`` is in Windows. What Recette asks of Windows and Wine 8 has only stubs of are two small
programs that really do it: ``certutil -hashfile`` and ``findstr /n /i /c:``. They are compiled on the machine, as the
client is, whose package makes a real MSI and gives it to ``msiexec``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from targets.lab import template
from targets.lab.machines import PORTAL_HOST
from targets.lab.role import Machine, Role, SiteFile
from targets.lab.store import Store

HERE = Path(__file__).with_suffix("")
LOG = "/var/lib/windows/drive_c/ProgramData/Cleanroom/client.log"
READY = f"windows 'sc query CleanroomClient' | grep --quiet RUNNING && [ -s {LOG} ]"
"""The client's first line, of whether it reaches the portal, may come some seconds after it runs."""


def _site_files(_machine: Machine, _store: Store) -> Iterable[SiteFile]:
    yield _static("/usr/local/bin/windows", "windows.sh", 0o755)
    yield _static("/usr/local/src/certutil.c", "certutil.c")
    yield _static("/usr/local/src/findstr.c", "findstr.c")
    yield _static("/etc/systemd/system/windows.service", "windows.service")
    yield _static("/etc/ssh/sshd_config.d/windows.conf", "sshd.conf")


def _static(path: str, name: str, mode: int = 0o644) -> SiteFile:
    return SiteFile(path, (HERE / name).read_text(), mode)


ROLE = Role(
    name="windows",
    debian_packages=("wine", "wine64", "wixl", "gcc-mingw-w64-x86-64-win32"),
    stand_ins=("ipdiva-client-windows",),
    site_files=_site_files,
    setup=lambda _machine, _store: template.render("windows/setup.sh", portal=PORTAL_HOST),
    ready=READY,
)
