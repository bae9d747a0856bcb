"""The Debian part of the image: the base and, over it, one layer a role."""

from __future__ import annotations

import shutil
from pathlib import Path

from targets.lab import debian, layers, traces
from targets.lab.command import run
from targets.lab.role import Role
from targets.lab.store import Store

BASE_PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "openssh-server", "iproute2", "iputils-ping",
    "ca-certificates", "curl", "procps", "python3",
)  # fmt: skip
APT_INSTALL = (
    "apt-get install --yes --quiet --no-install-recommends"
    " -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Options::=--force-confold"
)
NOT_NEEDED = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service",
    "fstrim.timer", "systemd-timesyncd.service", "console-getty.service", "getty.target", "systemd-logind.service",
    "systemd-update-utmp.service", "systemd-pcrphase.service",
)  # fmt: skip

BASE_FILES = {
    "usr/sbin/policy-rc.d": "#!/bin/sh\n# Only booted machines start services.\n[ -d /run/systemd/system ] || exit 101",
    "etc/apt/apt.conf.d/90recette": 'Acquire::Languages "none";\nAPT::Install-Recommends "false";\n',
    "etc/dpkg/dpkg.cfg.d/recette": "path-exclude /usr/share/man/*\npath-exclude /usr/share/locale/*\n",
    "etc/ssh/sshd_config.d/recette.conf": "HostKey /etc/ssh/ssh_host_ed25519_key\nUseDNS no\n",
    "etc/systemd/journald.conf.d/recette.conf": "[Journal]\nRuntimeMaxUse=16M\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
}

BASE_SCRIPT = f"""
chmod 755 /usr/sbin/policy-rc.d
groupadd --system ipdiva
useradd --system --gid ipdiva --home-dir /var/lib/ipdiva --shell /usr/sbin/nologin ipdiva
useradd --create-home --shell /bin/bash --groups systemd-journal,ipdiva recette
mkdir -m 700 /home/recette/.ssh
cp /etc/recette/id_ed25519.pub /home/recette/.ssh/authorized_keys
chown -R recette:recette /home/recette/.ssh
update-ca-certificates
systemctl enable systemd-networkd ssh
systemctl mask {" ".join(NOT_NEEDED)}
systemctl set-default multi-user.target
rm -rf /etc/ssh/ssh_host_* /etc/apt/sources.list /etc/machine-id /var/lib/dbus/machine-id
apt-get clean
rm -rf /var/lib/apt/lists/*
"""


def ensure_base(store: Store) -> Path:
    """Make the base layer unless it is there, and give it."""
    layer = store.path / "image" / "base"
    files = BASE_FILES | {
        "usr/local/share/ca-certificates/recette-lab.crt": store.ca,
        "etc/recette/id_ed25519.pub": store.ssh_user_key() + "\n",
    }
    made_of = layers.stamp(repr(BASE_PACKAGES), BASE_SCRIPT, repr(files))
    if not layers.is_current(layer, made_of):
        layers.adopt(_base(store.path / "building" / "base", files), layer, made_of)
    return layer


def role_stamp(role: Role, base: Path) -> str:
    """Give the stamp of a role's layer: the base, and what the role asks of Debian."""
    return layers.stamp(
        base.with_name("base.stamp").read_text(), _role_script(role), debian.preferences(role.extra_suites)
    )


def ensure_role(store: Store, role: Role) -> Path:
    """Make a role's layer over the base unless it is there, and give it."""
    base = store.path / "image" / "base"
    layer = store.path / "image" / f"role-{role.name}"
    made_of = role_stamp(role, base)
    if not layers.is_current(layer, made_of):
        place = store.path / "building" / layer.name
        layers.adopt(layers.in_layer(place, [base], lambda root: _install(root, role)), layer, made_of)
    return layer


def _base(place: Path, files: dict[str, str]) -> Path:
    traces.clear(place)
    root = place / "root"
    root.mkdir(parents=True)
    include = f"--include={','.join(BASE_PACKAGES)}"
    command = ["debootstrap", "--variant=minbase", include, debian.RELEASE, str(root), debian.mirror()]
    run(command, place, timeout=layers.BUILD_PATIENCE)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    layers.sandbox(root, BASE_SCRIPT)
    return root


def _install(root: Path, role: Role) -> None:
    if not (role.debian_packages or role.enable or role.disable):
        return
    build_only = {
        "etc/apt/sources.list.d/debian.sources": debian.sources(role.extra_suites),
        "etc/apt/preferences.d/older": debian.preferences(role.extra_suites),
    }
    for path, content in build_only.items():
        (root / path).write_text(content)
    layers.sandbox(root, _role_script(role))
    for path in build_only:
        (root / path).unlink()
    shutil.rmtree(root / "var/lib/apt/lists")


def _role_script(role: Role) -> str:
    lines = []
    if role.debian_packages:
        lines += ["apt-get update --quiet", f"{APT_INSTALL} {' '.join(role.debian_packages)}", "apt-get clean"]
    if role.enable:
        lines.append(f"systemctl enable {' '.join(role.enable)}")
    if role.disable:
        lines.append(f"systemctl mask {' '.join(role.disable)}")
    return "\n".join(lines)
