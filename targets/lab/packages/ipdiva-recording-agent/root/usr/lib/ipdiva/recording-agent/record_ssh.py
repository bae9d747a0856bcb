#!/usr/bin/python3 -I
"""Run an SSH session, and record what it shows: sshd's ForceCommand.

What the user asked for runs as it would without a recording: a terminal stays a terminal, standard output and
standard error stay apart and binary, and the exit status is the command's own.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import selectors
import signal
import subprocess
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # -I leaves the script's own folder out

from recorder import Recorder

CHUNK = 65536
SFTP_SERVER = "/usr/lib/openssh/sftp-server"
Sink = Callable[[bytes], None]


def main() -> int:
    """Run the session that sshd's environment asks for; give its exit status (negative: ended by that signal)."""
    command = os.environ.pop("SSH_ORIGINAL_COMMAND", None)
    recorder = Recorder("ssh")
    if command == SFTP_SERVER:
        return transfer_files(recorder)
    if command is not None:
        recorder.write(f"$ {command}\n".encode(errors="replace"))
    return (in_terminal if os.isatty(0) else in_pipes)(*shell(command), recorder)


def shell(command: str | None) -> tuple[str, list[str]]:
    """Give the program and its arguments that sshd itself would run: the login shell, alone or with a command."""
    program = pwd.getpwuid(os.getuid()).pw_shell or "/bin/sh"
    name = program.rpartition("/")[2]
    return program, [f"-{name}"] if command is None else [name, "-c", command]


def transfer_files(recorder: Recorder) -> int:
    """Serve SFTP; the recording says which files were opened, read and written, not what they hold."""
    log, its_log = os.pipe()
    server = subprocess.Popen([SFTP_SERVER, "-e", "-l", "INFO"], stderr=its_log)
    os.close(its_log)
    relay({log: recorder.write})
    return server.wait()


def in_pipes(program: str, arguments: list[str], recorder: Recorder) -> int:
    """Run a command without a terminal. As in sshd, the session lasts until nobody holds its outputs any more."""
    (out, its_out), (err, its_err) = os.pipe(), os.pipe()
    child = subprocess.Popen(arguments, executable=program, stdout=its_out, stderr=its_err)
    os.close(its_out)
    os.close(its_err)
    relay({out: tee(1, recorder), err: tee(2, recorder)})
    return child.wait()


def in_terminal(program: str, arguments: list[str], recorder: Recorder) -> int:
    """Run a shell or command in a terminal of its own. As in sshd, the session ends with its first process."""
    ours, its = os.openpty()
    resize(ours)
    take = partial(os.login_tty, its)
    child = subprocess.Popen(arguments, executable=program, preexec_fn=take)  # noqa: PLW1509 - no threads here
    os.close(its)
    signal.signal(signal.SIGWINCH, lambda _signal, _frame: resize(ours))
    with raw_terminal():
        relay({0: lambda typed: write_all(ours, typed), ours: tee(1, recorder)}, until=os.pidfd_open(child.pid))
    return child.wait()


def relay(sinks: dict[int, Sink], until: int | None = None) -> None:
    """Copy from each file to its sink until all have ended, or until ``until`` is readable and no more has come."""
    with selectors.DefaultSelector() as selector:
        for source in [*sinks, *([] if until is None else [until])]:
            selector.register(source, selectors.EVENT_READ)
        waiting = set(sinks)
        while waiting:
            ready = {key.fd for key, _ in selector.select()}
            if ready == {until}:
                return
            for source in ready & waiting:
                if not copy(source, sinks[source]):
                    selector.unregister(source)
                    waiting.remove(source)


def copy(source: int, sink: Sink) -> bool:
    """Copy a chunk; False when the source has ended or nobody wants more: it is closed, so that its writer learns."""
    try:
        chunk = os.read(source, CHUNK)
        sink(chunk)
    except OSError:
        chunk = b""
    if not chunk:
        os.close(source)
    return bool(chunk)


def tee(output: int, recorder: Recorder) -> Sink:
    """Give a sink that shows to the user, and records."""

    def show(shown: bytes) -> None:
        if shown:
            recorder.write(shown)
            write_all(output, shown)

    return show


def write_all(output: int, data: bytes) -> None:
    """Write all of it, however little the file takes at a time."""
    while data:
        data = data[os.write(output, data) :]


def resize(terminal: int) -> None:
    """Give a terminal the size of the user's own."""
    with contextlib.suppress(OSError):  # one of them has gone: the session is ending
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))


@contextlib.contextmanager
def raw_terminal() -> Iterator[None]:
    """Leave echo, line editing and Ctrl-C to the inner terminal while it lasts."""
    before = termios.tcgetattr(0)
    tty.setraw(0, termios.TCSANOW)  # what was typed already is kept
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # the user's terminal has gone
            termios.tcsetattr(0, termios.TCSADRAIN, before)


def leave(status: int) -> None:
    """End as the session ended, by the same signal if it was one, so that the client is told the same."""
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    leave(main())
