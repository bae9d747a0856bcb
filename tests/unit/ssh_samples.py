"""A real SSH server on loopback that behaves well or badly, and counts the sign-ins that it sees."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED

from targets.access.ssh import NO_INPUT
from tests.unit.access_samples import LONG_ENOUGH, listening

PASSWORD = "a good password"  # noqa: S105 -- of an account on loopback that lives for a test
FLOOD = 100 * 1024 * 1024


@dataclass
class Seen:
    """What the server saw of its clients, and which password it accepts."""

    accepts: str = PASSWORD
    passwords: list[str] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    given: list[bytes] = field(default_factory=list)
    sent: int = 0
    at_once: int = 0
    most_at_once: int = 0


class Files(paramiko.SFTPServerInterface):
    """A file system of one folder, whose path is set by `root`."""

    root = Path()

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat((self.root / path.lstrip("/")).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:  # noqa: ARG002 -- as paramiko calls it
        try:
            descriptor = os.open(self.root / path.lstrip("/"), flags, 0o600)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = paramiko.SFTPHandle(flags)
        file = os.fdopen(descriptor, "wb" if flags & os.O_WRONLY else "rb")
        handle.readfile = handle.writefile = file  # type: ignore[attr-defined]  # what paramiko reads and writes
        return handle


class Account(paramiko.ServerInterface):
    """One user; a command's name says how the server answers it."""

    def __init__(self, seen: Seen, key: paramiko.PKey) -> None:
        self._seen = seen
        self._key = key

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 -- as paramiko calls it
        return "password,publickey,keyboard-interactive"

    def check_auth_none(self, username: str) -> int:  # noqa: ARG002 -- as paramiko calls it
        self._seen.attempts.append("none")
        return AUTH_FAILED

    def check_auth_password(self, username: str, password: str) -> int:  # noqa: ARG002 -- as paramiko calls it
        self._seen.attempts.append("password")
        self._seen.passwords.append(password)
        return AUTH_SUCCESSFUL if password == self._seen.accepts else AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:  # noqa: ARG002 -- as paramiko calls it
        self._seen.attempts.append("publickey")
        return AUTH_SUCCESSFUL if key == self._key else AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: str) -> int:  # noqa: ARG002 -- as paramiko calls it
        self._seen.attempts.append("keyboard-interactive")
        return AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 -- as paramiko calls it
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        words = command.decode().removeprefix(NO_INPUT)
        self._seen.commands.append(words)
        if words == "never accepted":
            threading.Event().wait(LONG_ENOUGH)
        threading.Thread(target=self._answer, args=(channel, words), daemon=True).start()
        return words != "refused"

    def _answer(self, channel: paramiko.Channel, command: str) -> None:
        with suppress(OSError, EOFError, paramiko.SSHException):  # a client that has seen enough hangs up
            threading.Event().wait(0.02)  # the server first says that it accepts the command
            self.reply(channel, command)

    def reply(self, channel: paramiko.Channel, command: str) -> None:
        """Answer a command as its first word says."""
        getattr(self, f"_{command.partition(' ')[0]}", self._echo)(channel, command)

    def _echo(self, channel: paramiko.Channel, command: str) -> None:
        channel.sendall(command.encode())
        channel.sendall_stderr(b"warning")
        self._end(channel, 3 if "three" in command else 0)

    def _cat(self, channel: paramiko.Channel, _: str) -> None:
        given = b"".join(iter(lambda: channel.recv(65536), b""))
        self._seen.given.append(given)
        channel.sendall(given)
        self._end(channel, 0)

    def _takes_part(self, channel: paramiko.Channel, _: str) -> None:
        self._seen.at_once += 1
        self._seen.most_at_once = max(self._seen.most_at_once, self._seen.at_once)
        threading.Event().wait(0.1)
        self._seen.at_once -= 1
        self._end(channel, 0)

    def _hangs(self, channel: paramiko.Channel, _: str) -> None:
        channel.sendall(b"beginning")
        threading.Event().wait(LONG_ENOUGH)

    def _floods(self, channel: paramiko.Channel, _: str) -> None:
        while self._seen.sent < FLOOD:
            channel.sendall(b"x" * 65536)
            self._seen.sent += 65536
        self._end(channel, 0)

    def _fills_stderr(self, channel: paramiko.Channel, _: str) -> None:
        channel.sendall_stderr(b"e" * 3 * 1024 * 1024)
        channel.sendall(b"o" * 3 * 1024 * 1024)
        self._end(channel, 0)

    def _closes(self, channel: paramiko.Channel, _: str) -> None:
        channel.sendall(b"half")
        channel.get_transport().close()

    def _without(self, channel: paramiko.Channel, _: str) -> None:
        channel.sendall(b"no status follows")
        channel.close()

    @staticmethod
    def _end(channel: paramiko.Channel, status: int) -> None:
        channel.send_exit_status(status)
        channel.close()


@dataclass
class Server:
    """Where the server is, the key that it shows, and what it saw."""

    port: int
    host_key: paramiko.PKey
    user_key: Path
    seen: Seen

    def known_hosts(self, folder: Path, key: paramiko.PKey | None = None) -> Path:
        """Write a known_hosts file with the server's key, or another one."""
        pinned = key or self.host_key
        file = folder / "known_hosts"
        file.write_text(f"[127.0.0.1]:{self.port} {pinned.get_name()} {pinned.get_base64()}\n")
        return file


@contextmanager
def ssh_server(folder: Path, account: type[Account] = Account) -> Iterator[Server]:
    """Serve SSH and SFTP from a folder, to an account that behaves in some way."""
    host_key, user_key = (paramiko.ECDSAKey.generate() for _ in range(2))
    user_key.write_private_key_file(str(folder / "id"))
    seen = Seen()
    files = type("FilesOfTest", (Files,), {"root": folder})
    transports: list[paramiko.Transport] = []

    def talk(connection: socket.socket) -> None:
        transport = paramiko.Transport(connection)
        transports.append(transport)
        transport.add_server_key(host_key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, files)
        with suppress(EOFError, paramiko.SSHException):  # a client that sees a wrong host key hangs up
            transport.start_server(server=account(seen, user_key))
        transport.join(6 * LONG_ENOUGH)  # an account may be slower than any client waits

    with listening(talk) as port:
        yield Server(port, host_key, folder / "id", seen)
        for transport in transports:
            transport.close()
