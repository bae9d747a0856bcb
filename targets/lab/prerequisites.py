"""What this computer must have for the lab, checked before anything is changed."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from targets.lab.command import LabError

DEBIAN_PACKAGES = Path(__file__).with_name("debian-packages.txt")
TOOLS = {
    "systemd-nspawn": "systemd-container",
    "debootstrap": "debootstrap",
    "apt-ftparchive": "apt-utils",
    "dpkg-deb": "dpkg",
    "gpg": "gnupg",
    "npm": "npm",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "mount": "mount",
}
WITHOUT = (
    "Without the lab you can still test a platform of your own, which needs neither root nor namespaces: "
    "copy targets/example.yaml, describe your platform in it, then `recette check`, `baseline` and `validate`."
)


def check() -> None:
    """Raise LabError with all that is missing for the lab and what can be done without it; changes nothing."""
    if lacking := missing():
        listed = "\n".join(f"  - {lack}" for lack in lacking)
        raise LabError(f"the lab cannot run on this computer:\n{listed}\n{WITHOUT}")


def missing(
    system: str = platform.system(),
    user: int = os.geteuid(),
    find: Callable[[str], str | None] = shutil.which,
) -> list[str]:
    """Give what is missing, each with what to do about it; an empty list when the lab can run."""
    if system != "Linux":
        return [f"this is {system}: the lab's machines are Linux namespaces, so they need Linux (Debian 12)"]
    lacks = [] if user == 0 else ["you are not root: start it with sudo"]
    if packages := sorted({package for tool, package in TOOLS.items() if not find(tool)}):
        lacks.append(f"tools are not installed: `apt-get install {' '.join(packages)}`")
    if not lacks and (why := _namespaces()):
        lacks.append(f"namespaces, overlays or bridges cannot be made here ({why}): use a real or virtual machine")
    return lacks


def _namespaces() -> str:
    """Try in a network and mount namespace of its own what the lab does to this computer; say why it fails."""
    trial = (
        "set -e; mount -t tmpfs recette-trial /mnt; mkdir /mnt/l /mnt/u /mnt/w /mnt/m;"
        " mount -t overlay recette-trial -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m;"
        " ip link add recette-trial type bridge; ip link add trial0 type veth peer name trial1"
    )
    words = ["unshare", "--mount", "--net", "--pid", "--fork", "--ipc", "--uts", "--cgroup", "sh", "-c", trial]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    return "" if done.returncode == 0 else done.stderr.strip() or f"status {done.returncode}"
