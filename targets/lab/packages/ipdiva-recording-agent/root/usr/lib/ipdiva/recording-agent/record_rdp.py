#!/usr/bin/python3 -I
"""Record a remote desktop as pictures, and end its session when its client has left.

Started from Xsession, whose process becomes the user's session. The recording is a tar archive of PNG pictures named
by their time, one whenever the desktop had changed. xorgxrdp itself ends a disconnected session after a minute at
the earliest (KillDisconnected); a recorded session is not left open for others that long.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # -I leaves the script's own folder out

from recorder import Recorder

BEAT = 1.0  # seconds between two looks at the desktop
ARRIVAL = 10.0  # seconds until a client that has not come will not come
CONNECTED = "03"  # SS_CONNECTED of linux/net.h, the state in /proc/net/unix


def main() -> None:
    """Record until the client or the session has gone."""
    session, display = os.getppid(), os.environ["DISPLAY"].lstrip(":").partition(".")[0]
    recorder, last = Recorder("rdp"), b""
    await_client(display)
    while os.getppid() == session and client_connected(display):
        last = record(recorder, last)
        time.sleep(BEAT)
    if os.getppid() == session:
        record(recorder, last)
        os.kill(session, signal.SIGTERM)


def await_client(display: str) -> None:
    """Wait for the client, which xrdp may bring to the display after the session has started; not for ever."""
    patience = time.monotonic() + ARRIVAL
    while not client_connected(display) and time.monotonic() < patience:
        time.sleep(BEAT / 10)


def client_connected(display: str) -> bool:
    """Say whether an RDP client is on the display: xrdp holds a connection to the display's socket for it."""
    name = f"/xrdp_display_{display}"
    sockets = (line.split() for line in Path("/proc/net/unix").read_text().splitlines())
    return any(line[-1].endswith(name) and line[5] == CONNECTED for line in sockets)


def record(recorder: Recorder, last: bytes) -> bytes:
    """Add a picture to the recording if it is not the last one again; give the picture."""
    picture = subprocess.run(["scrot", "--silent", "-"], stdout=subprocess.PIPE, check=False).stdout
    if picture and picture != last:
        recorder.write(member(f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}.png", picture))
    return picture or last


def member(name: str, content: bytes) -> bytes:
    """Give a file as a member of a tar archive, which ends at any member's end."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mtime = int(time.time())
    padding = bytes(-len(content) % tarfile.BLOCKSIZE)
    return info.tobuf() + content + padding


if __name__ == "__main__":
    main()
