"""Names that the target file gives addresses for, known to this process alone.

A target may have to be reached before its names are published, or from a network that does not know them. The
machine's own files stay as they are.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from unittest.mock import patch

Addresses = Mapping[str, IPv4Address | IPv6Address]


@contextmanager
def known(names: Addresses) -> Iterator[None]:
    """Let every resolution of this process find `names` first, for the length of the block.

    Everything in Python resolves through `socket.getaddrinfo` (requests, paramiko, asyncio): one place suffices. Names
    of certificates and host keys stay those that were asked for.
    """
    addresses = {name.lower(): str(address) for name, address in names.items()}
    resolve = socket.getaddrinfo

    def getaddrinfo(host: str | bytes | None, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- as the original
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        return resolve(addresses.get(name.lower(), name) if name else name, *args, **kwargs)

    with patch.object(socket, "getaddrinfo", getaddrinfo):
        yield


def browser_rules(names: Addresses) -> str:
    """Return the same as Chromium's --host-resolver-rules."""
    return ", ".join(
        f"MAP {name} [{address}]" if isinstance(address, IPv6Address) else f"MAP {name} {address}"
        for name, address in names.items()
    )
