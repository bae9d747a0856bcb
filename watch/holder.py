"""One session that is held through the upgrade: opened, told of at each beat, and opened anew when it is lost."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime

from reports.samples import Sample, State
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.platform import Platform
from targets.problems import shown
from targets.services import HeldSession
from watch.beat import Pulse

TRY_AGAIN = 5.0
"""Seconds from one attempt to open a lost session anew to the next."""
REFUSED = ("is not signed in", "sign-in is refused")
Tell = Callable[[str, float, State, str], None]
"""Takes a session's name, when the look at it began (monotonic), how it was found, and words."""


class Holder(ABC):
    """Holds one session. A refused sign-in is never tried again: accounts lock."""

    def __init__(self, session: HeldSession, platform: Platform, tell: Tell, every: float) -> None:
        self.session = session
        self.platform = platform
        self.every = every
        self.limit = min(every, platform.limits.answer)
        self._tell = tell
        self._opened = threading.Event()
        self._not_open = State.UNKNOWN
        self._why = "it is being opened"
        self._was_open = False

    def run(self) -> None:
        """Open the session, hold it, and open it anew whenever it is lost, for ever."""
        threading.Thread(target=self._tell_while_not_open, daemon=True).start()
        while True:
            self._why, refused = self._held()
            if refused:
                return
            time.sleep(TRY_AGAIN)

    def tell(self, state: State, words: str = "", began: float | None = None, pulse: Pulse | None = None) -> None:
        """Say how the session was found; `pulse` felt whether we ran ourselves while it was looked at."""
        began = time.monotonic() if began is None else began
        if state is State.AWAY and pulse and pulse.held_up_since(began):
            state, words = State.UNKNOWN, "what looks at it was held up"
        self._tell(self.session.name, began, state, shown(words))

    def opened(self) -> None:
        """Say that the session is open: its first, or a new one after a loss."""
        self._opened.set()
        self.tell(State.OK, f"opened at {datetime.now(UTC):%H:%M:%S} UTC")

    def _held(self) -> tuple[str, bool]:
        """Open and hold the session; return how it was lost, or why it is not open, and whether it was refused."""
        words, ours = "the session is gone", False
        try:
            self.hold()
        except (PlatformFailed, CannotJudgeError) as error:
            words, ours = str(error), isinstance(error, CannotJudgeError)
        refused = not self._opened.is_set() and any(each in words for each in REFUSED)
        self._was_open |= self._opened.is_set()
        self._not_open = State.LOST if self._was_open and not ours else State.UNKNOWN
        if self._opened.is_set():
            self._opened.clear()
            self.tell(self._not_open, words)
        return words, refused

    def _tell_while_not_open(self) -> None:
        """Say at each beat that the session is not open; opening one anew may take its time."""
        while True:
            time.sleep(self.every)
            if not self._opened.is_set():
                self.tell(self._not_open, self._why)

    @abstractmethod
    def hold(self) -> None:
        """Open the session, call `opened`, and tell of it at each beat; return or raise when it is lost."""


def sample_of(origin: float, name: str, began: float, state: State, words: str) -> Sample:
    """Return a look at a session as a sample; `origin` and `began` are of the monotonic clock."""
    took = max(0.0, time.monotonic() - began)
    return Sample(at=round(max(0.0, began - origin), 4), took=round(took, 4), service=name, state=state, text=words)
