"""`recette watch` as a user starts it: at a terminal, without one, detached; and what is there in the end."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import cli
from commands.watches import FINISHER_LOG
from reports.records import Run
from reports.run import load
from reports.samples import samples
from reports.verdicts import RunVerdict
from tests.unit.site_samples import AS_AT_A_TERMINAL
from tests.unit.watch_samples import Database, database
from watch import watching

HOME = Path(__file__).parents[2]
PATIENCE = 90.0
AWAY = r"db: PostgreSQL.*✗ away"
WELL = r"db: PostgreSQL.*✓ answers"


class Command:
    """The command line on a target of its own: one database on loopback."""

    def __init__(self, folder: Path, port: int) -> None:
        self.runs = folder / "runs"
        self._target = folder / "loop.yaml"
        self._target.write_text(
            "name: loop\nreleases: {from: '1', to: '2'}\n"
            f"watch: {{databases: [{{name: db, host: 127.0.0.1, port: {port}}}]}}\n"
        )

    def words(self, command: str, *options: str) -> list[str]:
        return [command, str(self._target), f"--runs={self.runs}", *options]

    def detached(self, *options: str) -> str:
        """Begin a watch that outlives the command line; return what that said."""
        words = [sys.executable, str(HOME / "cli.py"), *self.words("watch", "--detach", *options)]
        return subprocess.run(words, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True).stdout

    @contextmanager
    def begun(self, **more: Any) -> Iterator[subprocess.Popen[bytes]]:  # noqa: ANN401 -- options of Popen
        """Begin a watch as a user does."""
        words = [*AS_AT_A_TERMINAL, str(HOME / "cli.py"), *self.words("watch")]
        with subprocess.Popen(words, **more) as watch:
            try:
                yield watch
            finally:
                watch.kill()

    def done(self, command: str, *options: str) -> Result:
        """Run a command to its end, in this process; return what it said."""
        return CliRunner().invoke(cli.app, self.words(command, *options))

    def upgrade(self) -> None:
        """Mark an upgrade that takes no time."""
        for option in ("--begin", "--end"):
            assert "client" in self.done("mark", "--component=client", option).output

    @property
    def folder(self) -> Path:
        [found] = (self.runs / "loop").glob("*-watch")
        return found

    def wait_for_samples(self, number: int = 3) -> None:
        until(lambda: len([each for file in self.runs.glob("loop/*-watch") for each in samples(file)]) >= number)

    def wait_for_judgement(self) -> Run:
        """Wait until the finisher has come to its end; return the run."""
        log = self.folder / FINISHER_LOG
        until(lambda: log.read_text().splitlines()[-1:] in [[verdict] for verdict in RunVerdict])
        assert (self.folder / "report.html").exists()
        return load(self.folder)


@pytest.fixture
def server() -> Iterator[Database]:
    with database() as found:
        yield found


@pytest.fixture
def command(tmp_path: Path, server: Database) -> Iterator[Command]:
    found = Command(tmp_path, server.port)
    yield found
    if left := watching.active(found.runs / "loop"):
        os.kill(left.pid, signal.SIGKILL)


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.1)  # bounded by `ends`


class Screen:
    """What a program has said so far."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.text = ""

    def until(self, pattern: str) -> None:
        """Read on until it has said that since the last look."""
        seen = len(self.text)

        def said() -> bool:
            if select.select([self._handle], [], [], 1)[0]:
                self.text += self._part()
            return re.search(pattern, self.text[seen:]) is not None

        until(said)

    def rest(self) -> str:
        """Read on until it ends."""

        def ended() -> bool:
            if not select.select([self._handle], [], [], 1)[0]:
                return False
            self.text += (part := self._part())
            return not part

        until(ended)
        return self.text

    def _part(self) -> str:
        try:
            return os.read(self._handle, 65536).decode("utf-8", "replace")
        except OSError:  # the other side of a terminal is gone
            return ""


def test_without_a_terminal_each_change_is_a_line_and_ctrl_c_judges(command: Command, server: Database) -> None:
    with command.begun(stdout=subprocess.PIPE) as watch:
        assert watch.stdout
        screen = Screen(watch.stdout.fileno())
        command.wait_for_samples()
        server.well = False
        screen.until(rf"(?m)^\d\d:\d\d:\d\d  {AWAY} protocol: ")
        server.well = True
        screen.until(rf"(?m)^\d\d:\d\d:\d\d  {WELL}")
        command.upgrade()
        screen.until(r"client begins(.|\n)*client ends")
        watch.send_signal(signal.SIGINT)
        lines = screen.rest().splitlines()
        assert watch.wait(PATIENCE) == 1
    assert "\x1b" not in screen.text
    assert lines[-1] == "NO-GO"
    assert any(line.startswith("- ") and "db: PostgreSQL" in line for line in lines)


def test_at_a_terminal_a_table_shows_how_things_are(command: Command, server: Database) -> None:
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color"}
    with command.begun(stdin=terminal, stdout=terminal, stderr=terminal, env=environment) as watch:
        os.close(terminal)
        screen = Screen(master)
        screen.until(WELL)
        server.well = False
        screen.until(AWAY)
        server.well = True
        screen.until(WELL)
        command.done("mark", "--component=client", "--begin")
        screen.until("under way: client")
        watch.send_signal(signal.SIGINT)
        screen.rest()
        assert watch.wait(PATIENCE) == 1
    os.close(master)
    for head in ("service", "state", "since", "outages", "Watching since", "Ctrl-C stops and judges"):
        assert head in screen.text
    assert load(command.folder).verdict is RunVerdict.NO_GO


def test_detached_for_a_time_it_is_judged_when_that_is_over(command: Command) -> None:
    assert "It is judged when it ends" in command.detached("--for=10s")
    command.upgrade()
    run = command.wait_for_judgement()
    assert (run.complete, run.verdict) == (True, RunVerdict.GO), run.reasons
    assert watching.active(command.runs / "loop") is None


def test_detached_and_stopped_it_is_judged_at_once_and_once(command: Command) -> None:
    command.detached()
    command.wait_for_samples()
    command.upgrade()
    assert command.done("watch", "--stop").output.splitlines()[-1] == "GO"
    judged = load(command.folder)
    assert command.wait_for_judgement() == judged
    assert command.done("watch", "--stop").output.splitlines()[-1] == "GO", "what was judged is said again"


def test_detached_and_killed_it_is_judged_too(command: Command) -> None:
    command.detached()
    command.wait_for_samples()
    found = watching.active(command.folder.parent)
    assert found
    os.kill(found.pid, signal.SIGKILL)
    assert command.wait_for_judgement().complete


def test_a_second_watch_is_refused_kindly(command: Command) -> None:
    command.detached()
    second = command.done("watch")
    assert (second.exit_code, "loop is being watched already" in second.output) == (2, True)


def test_where_nobody_watches_there_is_nothing_to_mark_or_stop(command: Command) -> None:
    for words in (("mark", "something"), ("watch", "--stop")):
        done = command.done(*words)
        assert (done.exit_code, "is not being watched" in done.output) == (2, True)


@pytest.mark.parametrize("time_", ["forever", "0s", "-3min", "4 days"])
def test_what_is_no_time_is_refused(command: Command, time_: str) -> None:
    done = command.done("watch", f"--for={time_}")
    assert (done.exit_code, "is no time: say for example 90s, 30min or 4h" in done.output) == (2, True)
    assert not command.runs.exists()
