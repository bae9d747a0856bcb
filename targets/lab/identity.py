"""What tells one machine from another: put into its fresh upper before each boot, so that clones are not twins."""

from __future__ import annotations

import secrets

from targets.lab import machines, network, packages
from targets.lab.role import Machine, SiteFile
from targets.lab.store import Store

LOCALHOST = "127.0.0.1 localhost\n"


def files(store: Store, machine: Machine, lab: tuple[Machine, ...]) -> list[SiteFile]:
    """Give the files of a machine's name, address, neighbours, SSH host key, machine-id and apt source."""
    return [
        SiteFile("/etc/hostname", f"{machine.name}\n"),
        SiteFile("/etc/hosts", LOCALHOST + machines.hosts(lab)),
        SiteFile("/etc/machine-id", f"{secrets.token_hex(16)}\n", 0o444),
        SiteFile("/etc/systemd/network/10-lab.network", network.interface_file(machine.address)),
        SiteFile("/etc/ssh/ssh_host_ed25519_key", store.ssh_host_key(machine.name), 0o600),
        SiteFile("/etc/apt/keyrings/cleanroom.asc", packages.repository_key(store)),
        SiteFile("/etc/apt/sources.list.d/cleanroom.sources", packages.apt_source(packages.BEFORE)),
    ]
