"""SSH by paramiko: pinned host keys, one sign-in and no second, every command bounded in time and size."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import paramiko
from pydantic import SecretStr

from targets.access.outcomes import CannotJudgeError, PlatformFailed, network_outcome

LARGEST_OUTPUT = 8 * 1024 * 1024
MOST_CHANNELS = 8
"""Commands at once on one connection: OpenSSH allows ten (sshd_config, MaxSessions), and may be set to refuse more."""
NO_INPUT = "exec </dev/null; "
"""How a shell's command gets no input without a word of ours: paramiko may send the end of input behind the channel's
own end, and OpenSSH then closes the whole connection, on which other commands run."""
Failure = type[PlatformFailed] | type[CannotJudgeError]


@dataclass(frozen=True)
class Way:
    """Where an SSH server is, as whom to sign in, and with which pinned host keys."""

    host: str
    port: int
    user: str
    known_hosts: Path | None
    key_file: Path | None = None
    password: SecretStr | None = None

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}"


@dataclass(frozen=True)
class Ran:
    """What a command printed, as UTF-8, and its exit status; `raw` is what it printed in whatever encoding."""

    status: int
    out: str
    err: str
    raw: bytes = b""


class Session:
    """An open SSH connection. What goes wrong on it raises `failure`.

    `renew` connects anew where a connection that had been open was lost; without it, a lost one stays lost, as a user's
    session does.
    """

    def __init__(
        self,
        client: paramiko.SSHClient,
        way: Way,
        time_limit: float,
        failure: Failure,
        renew: Callable[[], None] | None = None,
    ) -> None:
        self._client = client
        self._way = way
        self._time_limit = time_limit
        self._failure = failure
        self._renew = renew
        self._lasting = renew is not None
        self._renewing = threading.Lock()
        self._channels = threading.BoundedSemaphore(MOST_CHANNELS)

    def run(self, command: str, time_limit: float, given: str = "") -> Ran:
        """Run a command with `given` on its standard input; `time_limit` in seconds for the whole of it.

        The server may close, print more than 8 MiB, or take too long: each is a failure.
        """
        with _blamed(self._way, self._failure), self._channels, self._channel(time_limit) as channel:
            if given or not self._lasting:
                channel.exec_command(command)
                channel.sendall(given.encode())
                channel.shutdown_write()
            else:
                channel.exec_command(NO_INPUT + command)
            return _collect(channel)

    def read_file(self, path: str) -> bytes:
        """Return a file by file transfer (SFTP), at most 8 MiB of it."""
        with self._files() as files, files.open(path) as file:
            return file.read(LARGEST_OUTPUT)

    def has_file(self, path: str) -> bool:
        """Tell whether a file is there, by file transfer (SFTP)."""
        with self._files() as files:
            try:
                files.stat(path)
            except FileNotFoundError:
                return False
            return True

    def write_file(self, path: str, content: bytes) -> None:
        """Write a file by file transfer (SFTP)."""
        with self._files() as files, files.open(path, "w") as file:
            file.write(content)

    @contextmanager
    def echo(self) -> Iterator[Callable[[str, float], bool]]:
        """Hold one command open that says what it is told (``cat``), and yield a way to talk with it.

        That takes a line and a time limit in seconds; it tells whether the line came back in time, and raises the
        failure once the session is gone.
        """
        with _blamed(self._way, self._failure):
            channel = self._transport().open_session(timeout=self._time_limit)
            try:
                channel.exec_command("cat")
                yield lambda line, time_limit: self._comes_back(channel, line, time_limit)
            finally:
                channel.close()

    def _comes_back(self, channel: paramiko.Channel, line: str, time_limit: float) -> bool:
        heard, ends = b"", time.monotonic() + time_limit
        with _blamed(self._way, self._failure):
            try:
                channel.settimeout(time_limit)
                channel.sendall(f"{line}\n".encode())
                while line.encode() not in heard:
                    channel.settimeout(max(0.01, ends - time.monotonic()))
                    if not (part := channel.recv(4096)):
                        raise EOFError
                    heard = (heard + part)[-4096:]
            except TimeoutError:
                return False
        return True

    def host_key(self) -> str:
        """Return the server's host key as in known_hosts: type and SHA-256 fingerprint."""
        key = self._transport().get_remote_server_key()
        return f"{key.get_name()} {key.fingerprint}"

    @contextmanager
    def _files(self) -> Iterator[paramiko.SFTPClient]:
        with _blamed(self._way, self._failure), self._channels, self._channel(self._time_limit) as channel:
            channel.invoke_subsystem("sftp")
            with paramiko.SFTPClient(channel) as files:
                yield files

    @contextmanager
    def _channel(self, time_limit: float) -> Iterator[paramiko.Channel]:
        """Open a channel that is closed when its time is up: paramiko waits for some answers without any limit."""
        channel = self._transport().open_session(timeout=time_limit)
        channel.settimeout(time_limit)
        ends = time.monotonic() + time_limit
        late = threading.Timer(time_limit, _hang_up, [channel])
        late.start()
        try:
            yield channel
        except (paramiko.SSHException, EOFError, OSError):
            if time.monotonic() < ends:
                raise
        finally:
            late.cancel()
            channel.close()
        if time.monotonic() >= ends:
            raise TimeoutError

    def _transport(self) -> paramiko.Transport:
        with self._renewing:
            transport = self._client.get_transport()
            if self._renew and not (transport and transport.is_active()):
                renew, self._renew = self._renew, None  # a server that refuses us now is not asked again
                renew()
                self._renew, transport = renew, self._client.get_transport()
        if transport is None:
            raise paramiko.SSHException("the connection is closed")
        return transport


def _hang_up(channel: paramiko.Channel) -> None:
    with suppress(paramiko.SSHException, EOFError, OSError):  # a connection that is gone has no channel to close
        channel.close()


@contextmanager
def _blamed(way: Way, failure: Failure) -> Iterator[None]:
    """Turn what paramiko raises into the failure that is asked for; our own network stays ours."""
    try:
        yield
    except paramiko.SSHException as error:
        raise failure(f"{way}: {error}") from None
    except EOFError:
        raise failure(f"{way}: the server closed the connection") from None
    except OSError as error:
        outcome = network_outcome(str(way), _root_of(error))
        raise (outcome if isinstance(outcome, CannotJudgeError) else failure(str(outcome))) from None


def _root_of(error: OSError) -> OSError:
    """Return what lies behind paramiko's "unable to connect": it has one error for each address of the server."""
    if isinstance(error, paramiko.ssh_exception.NoValidConnectionsError):
        return next((cause for cause in error.errors.values() if isinstance(cause, OSError)), error)
    return error


def _collect(channel: paramiko.Channel) -> Ran:
    """Read both streams to their end; a command that fills one while we wait for the other must not stop us."""
    out, err = bytearray(), bytearray()
    while not _finished(channel):
        if channel.recv_ready():
            out += channel.recv(64 * 1024)
        if channel.recv_stderr_ready():
            err += channel.recv_stderr(64 * 1024)
        if len(out) + len(err) > LARGEST_OUTPUT:
            raise paramiko.SSHException(f"more than {LARGEST_OUTPUT // 1024**2} MiB of output")
        time.sleep(
            0.01
        )  # paramiko has no wait for "either stream, or the end"; the channel is closed when its time is up
    status = channel.recv_exit_status()
    if status < 0 and not channel.get_transport().is_active():
        raise EOFError  # what was printed is perhaps half of it
    return Ran(status, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), bytes(out))


def _finished(channel: paramiko.Channel) -> bool:
    """Tell whether the command has ended and all that it printed was read."""
    ended = channel.exit_status_ready() and bool(channel.eof_received or channel.closed)
    return ended and not channel.recv_ready() and not channel.recv_stderr_ready()


@contextmanager
def connected(
    way: Way, time_limit: float, failure: Failure = PlatformFailed, *, lasting: bool = False
) -> Iterator[Session]:
    """Open one connection with one sign-in, verified against the pinned host keys, and close it after the block.

    A `lasting` one is opened again where it was lost; it is no user's, whose loss would tell of the platform.
    Raises `failure` where the server does not answer, has another host key or refuses the sign-in;
    CannotJudgeError where this machine has no network, no pinned key for that server, or cannot read its own key.
    """
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        _load_pinned(client, way)
        key = _own_key(way)
        connect = partial(_connect, client, way, key, time_limit, failure)
        with _blamed(way, failure):
            connect()
        yield Session(client, way, time_limit, failure, connect if lasting else None)


def _own_key(way: Way) -> paramiko.PKey | None:
    try:
        return paramiko.PKey.from_path(way.key_file) if way.key_file else None
    except (OSError, ValueError, TypeError, paramiko.SSHException, paramiko.pkey.UnknownKeyType) as error:
        raise CannotJudgeError(f"{way}: the key file {way.key_file} cannot be used ({error})") from None


def _connect(
    client: paramiko.SSHClient, way: Way, key: paramiko.PKey | None, time_limit: float, failure: Failure
) -> None:
    try:
        client.connect(
            way.host,
            way.port,
            way.user,
            password=way.password.get_secret_value() if way.password else None,
            pkey=key,
            # Other keys would be further sign-in attempts, and accounts lock.
            allow_agent=False,
            look_for_keys=False,
            timeout=time_limit,
            banner_timeout=time_limit,
            auth_timeout=time_limit,
            channel_timeout=time_limit,
        )
    except paramiko.BadHostKeyException as error:
        raise failure(f"{way}: the host key is not the pinned one, it is {error.key.fingerprint}") from None
    except paramiko.AuthenticationException:
        raise failure(f"{way}: the sign-in is refused") from None


def _load_pinned(client: paramiko.SSHClient, way: Way) -> None:
    try:
        client.load_host_keys(str(way.known_hosts or Path.home() / ".ssh" / "known_hosts"))
    except OSError as error:
        raise CannotJudgeError(f"{way}: the pinned host keys cannot be read ({error})") from None
    _refuse_unpinned(client, way)


def _refuse_unpinned(client: paramiko.SSHClient, way: Way) -> None:
    """Say what is missing before connecting: a server nobody has pinned proves nothing."""
    name = way.host if way.port == paramiko.config.SSH_PORT else f"[{way.host}]:{way.port}"
    if client.get_host_keys().lookup(name) is None:
        raise CannotJudgeError(
            f"{way}: no host key is pinned for {name}",
            f"add it to {way.known_hosts}, after comparing its fingerprint on the server's own console",
        )
