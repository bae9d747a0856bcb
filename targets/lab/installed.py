"""The installed layer of a machine: its site files, its set-up and the stand-in packages from before the upgrade."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from targets.lab import debian_image, identity, layers, machine, packages
from targets.lab.command import LabError
from targets.lab.packages import BEFORE, RELEASES
from targets.lab.role import Machine, Role
from targets.lab.store import Store

INSTALL_PATIENCE = 300.0
INSTALL = f"""
apt-get update --quiet
{debian_image.APT_INSTALL} {{packages}}
"""


def role_of(one: Machine) -> Role:
    """Give the role of a machine; raises LabError when its module is missing."""
    try:
        role = import_module(f"targets.lab.roles.{one.role}").ROLE
    except ModuleNotFoundError as missing:
        raise LabError(f"{one.name}: its role cannot be read ({missing}).") from missing
    if not isinstance(role, Role):
        raise LabError(f"{one.name}: ROLE in targets/lab/roles/{one.role}.py is not a Role.")
    return role


def lowers(store: Store, one: Machine) -> list[Path]:
    """Give the layers that a machine runs on, the topmost first."""
    image = store.path / "image"
    return [image / f"installed-{one.image}", image / f"role-{one.role}", image / "base"]


def is_current(store: Store, one: Machine) -> bool:
    """Tell whether the installed layer of a machine is there and up to date."""
    return layers.is_current(lowers(store, one)[0], _made_of(store, one))


def boots_to_install(one: Machine, store: Store) -> bool:
    """Tell whether a machine must run, with the repository at hand, for its layer to be made."""
    role = role_of(one)
    return bool(role.stand_ins or role.setup(one, store))


def make(store: Store, one: Machine, lab: tuple[Machine, ...]) -> None:
    """Make the installed layer of a machine; ``repo`` must be up if it ``boots_to_install``."""
    layer, *below = lowers(store, one)
    make_it = layers.over(below, lambda place: _fill(store, one, lab, place))
    layers.ensure(layer, _made_of(store, one), store.path / "building" / one.name, make_it)


def _fill(store: Store, one: Machine, lab: tuple[Machine, ...], place: Path) -> None:
    machine.put(place / "root", [*role_of(one).site_files(one, store), *identity.files(store, one, lab)])
    if boots_to_install(one, store):
        machine.start(place, one)
        machine.wait_until(place, "systemctl is-active --quiet multi-user.target", machine.BOOT_PATIENCE)
        machine.inside(place, _script(store, one), INSTALL_PATIENCE)
        machine.shut_down(place)


def _script(store: Store, one: Machine) -> str:
    role = role_of(one)
    wanted = " ".join(f"{name}={RELEASES[BEFORE]}" for name in role.stand_ins)
    install = INSTALL.format(packages=wanted) if wanted else ""
    return f"{role.setup(one, store)}\n{install}"


def _made_of(store: Store, one: Machine) -> str:
    role = role_of(one)
    site = [(f.path, f.content, f.mode, f.owner) for f in role.site_files(one, store)]
    stand_ins = [packages.package_stamp(name, RELEASES[BEFORE]) for name in role.stand_ins]
    below = debian_image.role_stamp(store, role)
    return layers.stamp(below, repr(site), _script(store, one), stand_ins, packages.repository_key(store))
