"""The Debian part of the image: the base and, over it, one layer a role."""

from __future__ import annotations

from pathlib import Path

from targets.lab import debian, layers
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

CLEAN = "apt-get clean; rm -rf /var/lib/apt/lists/*"

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
{CLEAN}
"""


def ensure_base(store: Store) -> None:
    """Make the base layer unless it is current."""
    files = BASE_FILES | {
        "usr/local/share/ca-certificates/recette-lab.crt": store.ca,
        "etc/recette/id_ed25519.pub": store.ssh_user_key() + "\n",
    }
    made_of = layers.stamp(repr(BASE_PACKAGES), BASE_SCRIPT, repr(files))
    layers.ensure(store.path / "image/base", made_of, store.path / "building/base", lambda place: _base(place, files))


def role_stamp(store: Store, role: Role) -> str:
    """Give the stamp of a role's layer: the base, and what the role asks of Debian."""
    base = (store.path / "image/base.stamp").read_text()
    return layers.stamp(base, _role_script(role), debian.preferences(role.extra_suites))


def ensure_role(store: Store, role: Role) -> None:
    """Make a role's layer over the base unless it is current."""
    name = f"role-{role.name}"
    make = layers.over([store.path / "image/base"], lambda place: _install(place, role))
    layers.ensure(store.path / "image" / name, role_stamp(store, role), store.path / "building" / name, make)


def _base(place: Path, files: dict[str, str]) -> Path:
    root = place / "root"
    include = f"--include={','.join(BASE_PACKAGES)}"
    command = ["debootstrap", "--variant=minbase", include, debian.RELEASE, str(root), debian.mirror()]
    run(command, place, timeout=layers.BUILD_PATIENCE)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    layers.sandbox(place, BASE_SCRIPT)
    return root


def _install(place: Path, role: Role) -> None:
    build_only = {
        place / "root/etc/apt/sources.list.d/debian.sources": debian.sources(role.extra_suites),
        place / "root/etc/apt/preferences.d/older": debian.preferences(role.extra_suites),
    }
    for path, content in build_only.items():
        path.write_text(content)
    layers.sandbox(place, _role_script(role))
    for path in build_only:
        path.unlink()


def _role_script(role: Role) -> str:
    lines = []
    if role.debian_packages:
        lines += ["apt-get update --quiet", f"{APT_INSTALL} {' '.join(role.debian_packages)}", CLEAN]
    if role.enable:
        lines.append(f"systemctl enable {' '.join(role.enable)}")
    if role.disable:
        lines.append(f"systemctl mask {' '.join(role.disable)}")
    return "\n".join(lines)
