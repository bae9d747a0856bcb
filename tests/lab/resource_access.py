"""How the tests of gateways and agent reach srv1's sessions, and see what a gateway stores."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import paramiko

from targets.lab import machine
from targets.lab.lab import place_of
from targets.lab.machines import SERVERS
from targets.lab.store import Store

RECORDINGS = "/var/lib/ipdiva/recordings"
ADDRESS = {one.name: one.address for one in SERVERS}
PATIENCE = 60.0

T = TypeVar("T")


def on(lab: Store, name: str, script: str) -> str:
    """Run a script as root on a machine of the lab."""
    return machine.inside(place_of(lab, name), script)


@contextmanager
def stopped(lab: Store, unit: str, *names: str) -> Iterator[None]:
    """Stop a service on machines, and start it again after the block."""
    for name in names:
        on(lab, name, f"systemctl stop {unit}")
    try:
        yield
    finally:
        for name in names:
            on(lab, name, f"systemctl start {unit}")


@contextmanager
def signed_in(lab: Store, gateway: str, login: str = "alice") -> Iterator[paramiko.Transport]:
    """Sign in to srv1 as a user through an Edge Gateway."""
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(lab.path / "known_hosts"))
        password = lab.secret(login).get_secret_value()
        client.connect(
            ADDRESS[gateway], 2222, login, password, allow_agent=False, look_for_keys=False, timeout=PATIENCE
        )
        transport = client.get_transport()
        assert transport is not None
        yield transport


def run(session: paramiko.Transport, command: str, given: bytes = b"") -> tuple[bytes, bytes, int]:
    """Run a command without a terminal; give its output, error output and exit status."""
    with session.open_session() as channel:
        channel.settimeout(PATIENCE)
        channel.exec_command(command)
        channel.sendall(given)
        channel.shutdown_write()
        return channel.makefile().read(), channel.makefile_stderr().read(), channel.recv_exit_status()


def until(look: Callable[[], T], failure: str) -> T:
    """Look until there is something to see, and give it."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < deadline, failure
        time.sleep(0.2)  # what we wait for happens on another machine; bounded by the deadline
    return seen


def recordings(lab: Store, gateway: str, text: str) -> list[str]:
    """Give the names of the recordings on a gateway that hold a text."""
    out = on(lab, gateway, f"grep -rlaF -e '{text}' {RECORDINGS} || true")
    return re.findall(rf"^{RECORDINGS}/(\d.+)$", out, re.MULTILINE)


def recorded(lab: Store, gateway: str, text: str) -> str:
    """Wait until a gateway stores a recording that holds a text; give its name."""
    (name,) = until(lambda: recordings(lab, gateway, text), f"no recording with {text} on {gateway}")
    return name
