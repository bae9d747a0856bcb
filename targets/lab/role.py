"""What a machine of the lab is made of: the contract between the engine and the roles.

A role is a module ``targets/lab/roles/<name>.py`` that exposes ``ROLE = Role(...)``; its static files lie beside it
in ``targets/lab/roles/<name>/``. The engine makes a machine in layers:

1. **base**: Debian, with systemd, sshd, the users ``recette`` and ``ipdiva``;
2. **role layer**, one a role: ``debian_packages`` installed in a chroot, then ``enable`` and ``disable``;
3. **installed layer**, one a machine (one for all pilots): ``site_files`` put in place, first boot on the lab
   network, ``setup`` run, ``stand_ins`` installed by apt from ``repo`` at the release before the upgrade.

Each ``lab up`` boots the machines on fresh uppers over these, and waits until ``ready`` says yes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from targets.lab.store import Store

DOMAIN = "cleanroom.test"

Component = Literal["client", "recording agent", "mediation controller", "edge gateway", "HTML5 gateway"]
Rank = Literal["MASTER", "SLAVE"]


@dataclass(frozen=True)
class Machine:
    """One machine of the lab.

    ``component`` is what the vendor's upgrade order calls it, or ``None`` for a machine that an upgrade leaves alone;
    ``rank`` is its place in a pair.
    """

    name: str
    address: str
    role: str
    component: Component | None = None
    rank: Rank | None = None

    @property
    def host(self) -> str:
        """The full name, such as ``mc1.cleanroom.test``."""
        return f"{self.name}.{DOMAIN}"

    @property
    def image(self) -> str:
        """The name of its installed layer: pilots are alike and share one."""
        return "pilot" if self.role == "pilot" else self.name


@dataclass(frozen=True)
class SiteFile:
    """A file of this site: put in place before the stand-ins are installed, kept by their upgrades.

    ``path`` is absolute on the machine, ``owner`` is ``user:group`` and must exist in the role layer. The same store
    must always give the same ``content``: a change of it rebuilds the machine's installed layer.
    """

    path: str
    content: str | bytes
    mode: int = 0o644
    owner: str = "root:root"


def no_site_files(_machine: Machine, _store: Store) -> Iterable[SiteFile]:
    """Give nothing: the role needs no site file."""
    return ()


def no_setup(_machine: Machine, _store: Store) -> str:
    """Give an empty script: the role needs nothing done before its stand-ins are installed."""
    return ""


@dataclass(frozen=True)
class Role:
    """What the machines of one role have in common.

    ``debian_packages`` come from Debian, ``extra_suites`` are older Debian suites that they may need (``bullseye``;
    used only for what bookworm lacks). ``stand_ins`` are the platform's packages that it carries. ``enable`` and
    ``disable`` are systemd units of the Debian packages (a stand-in enables its own; a disabled unit is masked).
    ``setup`` gives a shell script (``sh -eu``, as root, by standard input so that it may hold secrets) that runs once
    on the booted machine before the stand-ins are installed; it may change its own machine only. ``ready`` is a shell
    command that exits 0 on the machine when everything it serves answers; it is asked several times a second.
    """

    name: str
    debian_packages: tuple[str, ...] = ()
    extra_suites: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    site_files: Callable[[Machine, Store], Iterable[SiteFile]] = no_site_files
    setup: Callable[[Machine, Store], str] = no_setup
    ready: str = "systemctl is-active --quiet ssh"
