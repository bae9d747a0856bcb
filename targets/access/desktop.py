"""A remote desktop shown on a screen that exists in memory only (Xvfb), here or on a pilot.

A client's exit status proves nothing (lab notes): a desktop is judged by its picture and by what is typed inside and
arrives outside.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from PIL import Image, ImageChops
from pydantic import SecretStr

from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.ssh import Ran

TOOLS = {"Xvfb": "xvfb", "xauth": "xauth", "xdotool": "xdotool", "scrot": "scrot"}
SIZE = "1280x800x24"
LARGEST_PICTURE = 4096 * 4096
STEP_LIMIT = 20.0
DRAWN = 10.0
"""Seconds in which what has arrived outside is drawn inside, also by a busy machine."""
LOG_PREFIX = re.compile(r"^\[[\d:]+\] \[\d+:\d+\] (\[\w+\]\[[\w.]+\] - )?")
PROMPT = "Password:"
LONGEST_LINE = 200

START = """
umask 077
d=$(mktemp -d) && cookie=$(mcookie) && export XAUTHORITY=$d/authority
xauth -q -f $XAUTHORITY add :0 . $cookie 2>/dev/null
Xvfb -noreset -displayfd 3 -auth $XAUTHORITY -screen 0 {size} -nolisten tcp 3>$d/display </dev/null >$d/xvfb.log 2>&1 &
echo $! >$d/xvfb.pid
i=0; while [ ! -s $d/display ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done
n=$(cat $d/display) && [ -n "$n" ] || {{ cat $d/xvfb.log >&2; exit 1; }}
xauth -q -f $XAUTHORITY add :$n . $cookie 2>/dev/null
DISPLAY=:$n xdotool getdisplaygeometry >/dev/null || {{ echo "display :$n cannot be opened" >&2; exit 1; }}
echo "$d $n"
"""
# The secret travels by standard input and a here-document: never an argument, never a file.
LAUNCH = """
IFS= read -r secret
setsid {command} >$d/client.log 2>&1 <<END &
$secret
END
echo $! >$d/client.pid
"""
END = """
kill -TERM -- -$(cat $d/client.pid) 2>/dev/null
i=0; while kill -0 -- -$(cat $d/client.pid) 2>/dev/null && [ $i -lt 30 ]; do sleep 0.1; i=$((i+1)); done
kill -KILL -- -$(cat $d/client.pid) 2>/dev/null
kill $(cat $d/xvfb.pid) 2>/dev/null
rm -rf "$d"
"""


@dataclass(frozen=True)
class DesktopSession:
    """A desktop as it was seen, and what went wrong, in words: both empty where nothing did.

    `frozen` is whether its picture stayed the same while something was typed; `said` is what arrived outside.
    """

    first: bytes
    typed: bytes = b""
    not_shown: str = ""
    keyboard_dead: str = ""
    frozen: bool = False
    said: str = ""


class Shell(Protocol):
    """Where commands run: this machine, or another one over SSH."""

    def run(self, command: str, time_limit: float, given: str = "") -> Ran:
        """Run a command with `given` on its standard input; `time_limit` in seconds."""


class Desktop:
    """A screen in memory with one client on it."""

    def __init__(self, shell: Shell, folder: str, display: str) -> None:
        self._shell = shell
        self._environment = f"d={shlex.quote(folder)}; export DISPLAY=:{display} XAUTHORITY=$d/authority; "

    def launch(self, command: str, secret: SecretStr) -> None:
        """Start the client; the secret is the first line of its standard input and never an argument."""
        self._run(LAUNCH.format(command=command), given=f"{secret.get_secret_value()}\n")

    def picture(self) -> bytes:
        """Return what the screen shows, as PNG."""
        ran = self._run("scrot -o -z $d/picture.png && base64 -w0 $d/picture.png")
        try:
            return base64.b64decode(ran.out, validate=True)
        except binascii.Error:
            raise CannotJudgeError("the screen's picture cannot be read") from None

    def wait_until_shown(self, time_limit: float) -> None:
        """Wait until the screen shows more than one plain colour.

        Raises PlatformFailed with the client's own last words when nothing was shown in `time_limit` seconds, or
        when the client ended.
        """
        ends = time.monotonic() + time_limit
        while is_blank(self.picture()):
            if not self._runs("xvfb"):
                raise CannotJudgeError("the screen in memory broke down")
            if not self._runs("client"):
                raise PlatformFailed(f"the client ended before it showed a desktop: {self.last_words()}")
            if time.monotonic() > ends:
                raise PlatformFailed(f"no desktop was shown in {time_limit:g} s: {self.last_words()}")
            time.sleep(0.3)  # bounded by `ends`: the client gives no sign when it has drawn

    def picture_after(self, before: bytes, time_limit: float = DRAWN) -> bytes:
        """Return what the screen shows as soon as it shows something else, or the last look at it."""
        ends = time.monotonic() + time_limit
        while not differ(before, now := self.picture()) and time.monotonic() < ends:
            time.sleep(0.3)  # bounded by `ends`: the client gives no sign when it has drawn
        return now

    def type(self, text: str) -> None:
        """Type into the desktop, as at a keyboard; a newline is the Enter key."""
        for line in text.splitlines(keepends=True):
            if words := line.rstrip("\n"):
                self._run(f"xdotool type --clearmodifiers --delay 20 -- {shlex.quote(words)}")
            if line.endswith("\n"):
                self._run("xdotool key Return")

    def last_words(self) -> str:
        """Return the end of the client's log."""
        return said(self._run("tail -n 5 $d/client.log 2>/dev/null").out)

    def end(self) -> None:
        """End the client and the screen, and remove their files."""
        self._run(END)

    def _runs(self, program: str) -> bool:
        return self._run(f"kill -0 $(cat $d/{program}.pid) 2>/dev/null").status == 0

    def _run(self, command: str, given: str = "") -> Ran:
        return self._shell.run(self._environment + command, STEP_LIMIT, given)


@contextmanager
def desktop(shell: Shell, also_needed: Mapping[str, str] = MappingProxyType({})) -> Iterator[Desktop]:
    """Open a screen in memory, and end it with all that runs on it after the block.

    `also_needed` maps further programs to the Debian packages that hold them.
    Raises CannotJudgeError where a tool for it is missing, saying what to install.
    """
    _require(shell, {**TOOLS, **also_needed})
    started = shell.run(START.format(size=SIZE), STEP_LIMIT)
    if started.status != 0:
        raise CannotJudgeError(f"no screen in memory: {started.err.strip()[-300:]}")
    folder, display = started.out.split()
    opened = Desktop(shell, folder, display)
    try:
        yield opened
    finally:
        opened.end()


def said(log: str) -> str:
    """Return the last lines of a client's log without FreeRDP's prompt, times and places."""
    lines = (LOG_PREFIX.sub("", " ".join(line.split()).removeprefix(PROMPT).lstrip()) for line in log.splitlines())
    return "; ".join(line[:LONGEST_LINE] for line in lines if line) or "the client said nothing"


def is_blank(picture: bytes) -> bool:
    """Tell whether a picture shows nothing, which is a screen of one colour."""
    return _read(picture).getcolors(maxcolors=1) is not None


def differ(one: bytes, other: bytes) -> bool:
    """Tell whether two pictures show different things."""
    return ImageChops.difference(_read(one), _read(other)).getbbox() is not None


def _read(picture: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(picture)) as image:
            if image.width * image.height > LARGEST_PICTURE:
                raise CannotJudgeError(f"the picture is too large ({image.width} by {image.height})")
            return image.convert("RGB")
    except OSError as error:
        raise CannotJudgeError(f"the picture cannot be read ({error})") from None


def _require(shell: Shell, tools: dict[str, str]) -> None:
    asked = "; ".join(f"command -v {tool} >/dev/null || echo {tool}" for tool in tools)
    if missing := shell.run(asked, STEP_LIMIT).out.split():
        packages = " ".join(tools[tool] for tool in missing)
        raise CannotJudgeError(f"missing: {', '.join(missing)}", f"apt install {packages}")
