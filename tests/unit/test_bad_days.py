"""Servers on a bad day, through a whole phase: each is unknown with its reason, and the others are judged."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import paramiko
import pytest
from paramiko.common import AUTH_FAILED

from reports.records import Phase
from reports.run import load
from reports.verdicts import Verdict
from tests.unit.access_samples import listening, refusing
from tests.unit.ssh_samples import Account, Server, ssh_server

HOME = Path(__file__).parents[2]
RELEASE = re.search(r'^VERSION_ID="?(\d+)', Path("/etc/os-release").read_text(), re.MULTILINE)
pytestmark = pytest.mark.skipif(
    not Path("/etc/debian_version").exists() or RELEASE is None, reason="the servers that are well answer as this one"
)
ANSWER = 8
"""Seconds that a server gets for its answer."""
PATIENCE = 240.0


class Well(Account):
    """Runs what it is told, on this machine."""

    def reply(self, channel: paramiko.Channel, command: str) -> None:
        ran = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
        channel.sendall(self.greeting + ran.stdout)
        channel.sendall_stderr(ran.stderr)
        self._end(channel, ran.returncode)

    greeting = b""


class Greets(Well):
    """Has something to say before the sign-in, and before each answer."""

    greeting = b"=== recette release ===\nWelcome to this server\n" * 20

    def get_banner(self) -> tuple[str, str]:
        return "Authorised use only\n" * 50, "en-US"


class AsksForPassword(Account):
    """Knows nobody's key."""

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:  # noqa: ARG002 -- as paramiko calls it
        return AUTH_FAILED


class ClosesInTheMiddle(Account):
    def reply(self, channel: paramiko.Channel, command: str) -> None:
        self._closes(channel, command)


class Floods(Account):
    def reply(self, channel: paramiko.Channel, command: str) -> None:
        self._floods(channel, command)


class Hangs(Account):
    def reply(self, channel: paramiko.Channel, _: str) -> None:
        channel.sendall(b"=== recette release ===\ndebian")
        threading.Event().wait(PATIENCE)


def says_nothing(connection: socket.socket) -> None:
    connection.recv(1)
    threading.Event().wait(PATIENCE)


BAD: dict[str, tuple[type[Account], str]] = {
    "password": (AsksForPassword, "the sign-in is refused"),
    "closing": (ClosesInTheMiddle, "clos"),
    "flood": (Floods, "more than 8 MiB of output"),
    "hanging": (Hangs, "no answer within the time limit"),
}
GOOD: dict[str, type[Account]] = {"well": Well, "greeting": Greets}


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    """Give a target file whose Edge Gateways are these servers, one that says nothing, and one that is not there."""
    with ExitStack() as stack:
        servers = {}
        for name, account in {**GOOD, **{name: account for name, (account, _) in BAD.items()}}.items():
            (tmp_path / name).mkdir()
            servers[name] = stack.enter_context(ssh_server(tmp_path / name, account))
        silent = stack.enter_context(listening(says_nothing))
        away = stack.enter_context(refusing())
        yield written(tmp_path, servers, silent, away)


def written(folder: Path, servers: dict[str, Server], silent: int, away: int) -> Path:
    key, any_one = folder / "id", next(iter(servers.values()))
    key.write_bytes(any_one.user_key.read_bytes())
    key.chmod(0o600)
    ports = {name: server.port for name, server in servers.items()} | {"silent": silent, "away": away}
    pins = {server.port: server.host_key for server in servers.values()}
    (folder / "known_hosts").write_text(
        "".join(f"[127.0.0.1]:{port} {pin(pins.get(port, any_one.host_key))}\n" for port in ports.values())
    )
    machines = "".join(machine(name, port, servers) for name, port in ports.items())
    target = folder / "target.yaml"
    target.write_text(
        f'name: bad-days\nreleases: {{from: "4.5", to: "4.6"}}\ntrust: {{known_hosts: known_hosts}}\n'
        f'limits: {{answer: {ANSWER}}}\npreparation: {{debian: "{RELEASE and RELEASE[1]}"}}\nmachines:\n{machines}'
    )
    return target


def pin(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.get_base64()}"


def machine(name: str, port: int, servers: dict[str, Server]) -> str:
    key = f"{name}/id" if name in servers else "id"
    return (
        f"  - {{name: {name}, component: edge gateway, address: 127.0.0.1,"
        f" ssh: {{user: recette, port: {port}, key_file: {key}}}}}\n"
    )


def test_each_bad_day_is_unknown_with_its_reason_and_the_others_are_judged(target: Path, tmp_path: Path) -> None:
    began = time.monotonic()
    words = ["cli.py", "prepare", str(target), "-q", "-k", "PREP-10 or PREP-13", f"--runs={tmp_path / 'runs'}"]
    subprocess.run([sys.executable, *words], cwd=HOME, stdout=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    took = time.monotonic() - began
    (folder,) = (tmp_path / "runs" / "bad-days").glob(f"*-{Phase.PREPARE}")
    results = {result.subject: result for result in load(folder).results if result.criterion == "PREP-10"}
    assert {name: result.verdict for name, result in results.items()} == {
        **dict.fromkeys(GOOD, Verdict.PASSED),
        **dict.fromkeys((*BAD, "silent", "away"), Verdict.UNKNOWN),
    }
    expected = {name: reason for name, (_, reason) in BAD.items()} | {"silent": "", "away": "refused"}
    unsaid = [name for name, reason in expected.items() if reason not in (results[name].reason or "")]
    assert unsaid == [], {name: results[name].reason for name in unsaid}
    assert all(results[name].reason for name in expected)
    assert took < PATIENCE / 2
