"""What is written to the terminal while a target is tested holds none of its secrets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import TextIO

from reports.scrubbing import Scrub


def scrub_output(scrub: Scrub) -> Callable[[], None]:
    """Take the secrets out of all that is written to the terminal from now on; return what ends that.

    pytest captures what is printed during a test alone: exchanges run in the background print between tests too, and
    warnings and live logs go to the terminal as they are. The streams themselves stay in place, for pytest puts back
    the one it found.
    """
    ends = ExitStack()
    for stream in {sys.stdout, sys.stderr}:
        ends.callback(_scrub_stream(stream, scrub))
    return ends.close


def _scrub_stream(stream: TextIO, scrub: Scrub) -> Callable[[], None]:
    write = stream.write

    def scrubbed(text: str) -> int:
        write(scrub(text))
        return len(text)

    stream.write = scrubbed  # type: ignore[method-assign]  # of this one stream, until the end of the session

    def restore() -> None:
        stream.write = write  # type: ignore[method-assign]  # as above

    return restore
