"""The lab's own network: one bridge on this computer, and no route to anywhere else."""

from __future__ import annotations

import json
import socket
from ipaddress import IPv4Network, ip_address, ip_network
from pathlib import Path

from targets.lab.command import LabError, run
from targets.lab.machines import GATEWAY, NETWORK

BRIDGE = "recette0"
HERE = Path("network")


def up() -> None:
    """Make the bridge unless it is there; raises LabError when the lab's addresses already lead elsewhere."""
    _check_free()
    if not _is_there(BRIDGE):
        _ip("link add name recette0 type bridge")
    if GATEWAY not in _ip(f"-4 address show dev {BRIDGE}"):
        _ip(f"address add {GATEWAY}/{ip_network(NETWORK).prefixlen} dev {BRIDGE}")
    _ip(f"link set {BRIDGE} addrgenmode none up")


def down() -> None:
    """Remove the bridge if it is there, and the cables of machines that ended just now."""
    if _is_there(BRIDGE):
        for cable in json.loads(_ip(f"-json link show master {BRIDGE}")):
            _delete(cable["ifname"])
        _delete(BRIDGE)


def unplug(machine: str) -> None:
    """Remove the cable that a machine left: the kernel does so by itself, but some time after the machine ended."""
    _delete(f"vb-{machine}")


def taken(routes: list[dict[str, str]]) -> list[str]:
    """Give the routes (of ``ip -json route``) that need the lab's addresses for something else.

    A wider route, such as a VPN's to 10.0.0.0/8, is none: the narrowest one wins (RFC 1812, 5.2.4.3), the lab's own.
    """
    others = [route for route in routes if route.get("dev") != BRIDGE and _needs_the_labs(route)]
    return [f"{route['dst']} ({route.get('dev', 'no device')})" for route in others]


def _needs_the_labs(route: dict[str, str]) -> bool:
    lab = IPv4Network(NETWORK)
    inside = route["dst"] != "default" and IPv4Network(route["dst"]).subnet_of(lab)
    return inside or ("gateway" in route and ip_address(route["gateway"]) in lab)


def interface_file(address: str) -> str:
    """Give the systemd.network(5) file of a machine; no IPv6, whose address detection would cost a second or two."""
    prefix = ip_network(NETWORK).prefixlen
    return (
        "[Match]\nName=host0\n\n[Network]\n"
        f"Address={address}/{prefix}\nLinkLocalAddressing=no\nIPv6AcceptRA=no\nLLDP=no\n"
    )


def _delete(interface: str) -> None:
    if _is_there(interface):
        try:
            _ip(f"link delete {interface}")
        except LabError:
            if _is_there(interface):  # otherwise the kernel was faster
                raise


def _is_there(interface: str) -> bool:
    return any(name == interface for _, name in socket.if_nameindex())


def _check_free() -> None:
    routes = json.loads(_ip("-json -4 route show table all"))
    if elsewhere := taken(routes):
        raise LabError(
            f"the lab needs the network {NETWORK}, but this computer uses addresses of it: {', '.join(elsewhere)}. "
            "Disconnect that network (a VPN, perhaps) while the lab is up; nothing was changed."
        )


def _ip(words: str) -> str:
    return run(["ip", *words.split()], HERE)
