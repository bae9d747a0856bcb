"""Sessions held through the upgrade: told of at each beat, opened anew when lost, never after a refusal."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import cast

import pytest

from reports.samples import State
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.platform import Platform
from targets.model.components import Component
from targets.services import HeldSession, Kind
from watch import holder as holding
from watch.beat import Pulse
from watch.holder import Holder, sample_of

BEAT = 0.02
PATIENCE = 10.0


class Scripted(Holder):
    """Each word is what becomes of one opening: lost after a while, unreachable, or refused."""

    def __init__(self, script: list[str]) -> None:
        self.told: list[tuple[State, str]] = []
        self.script = script
        self.opening = 0
        platform = cast(Platform, SimpleNamespace(limits=SimpleNamespace(answer=1.0)))
        session = HeldSession("a session", Kind.SSH, Component.EDGE_GATEWAY, "eg1")
        super().__init__(session, platform, lambda _, __, state, words: self.told.append((state, words)), BEAT)

    def hold(self) -> None:
        self.opening += 1
        what = self.script.pop(0) if self.script else "for ever"
        if what == "unreachable":
            raise PlatformFailed("no answer within the time limit")
        if what == "no route":
            raise CannotJudgeError("no route from this machine")
        if what == "refused":
            raise PlatformFailed("carol@eg1: the sign-in is refused")
        self.opened()
        time.sleep(PATIENCE if what == "for ever" else 5 * BEAT)
        if what == "our browser breaks":
            raise CannotJudgeError("the browser broke down")

    def states(self) -> list[State]:
        """Return the states in the order in which they changed."""
        found = [state for state, _ in self.told]
        return [state for number, state in enumerate(found) if number == 0 or found[number - 1] is not state]


def run(script: list[str], wanted: list[State], monkeypatch: pytest.MonkeyPatch) -> Scripted:
    monkeypatch.setattr(holding, "TRY_AGAIN", 5 * BEAT)
    holder = Scripted(script)
    threading.Thread(target=holder.run, daemon=True).start()
    ends = time.monotonic() + PATIENCE
    while holder.states() != wanted and time.monotonic() < ends:
        time.sleep(BEAT)
    assert holder.states() == wanted
    return holder


def test_a_lost_session_is_told_of_until_a_new_one_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    run(["lost", "unreachable"], [State.OK, State.LOST, State.OK], monkeypatch)


def test_a_session_that_we_broke_ourselves_is_not_lost_by_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    run(["our browser breaks"], [State.OK, State.UNKNOWN, State.OK], monkeypatch)


def test_where_we_cannot_open_a_lost_session_anew_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    run(["lost", "no route"], [State.OK, State.LOST, State.UNKNOWN, State.OK], monkeypatch)


@pytest.mark.parametrize(("state", "told"), [(State.AWAY, State.UNKNOWN), (State.OK, State.OK)])
def test_no_answer_to_a_look_that_was_held_up_is_unknown(state: State, told: State) -> None:
    holder, pulse = Scripted([]), Pulse(BEAT)
    began = time.monotonic()
    time.sleep(2 * BEAT)
    holder.tell(state, began=began, pulse=pulse)
    assert [each for each, _ in holder.told] == [told]


def test_what_was_never_open_is_unknown_and_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    holder = run(["unreachable"], [State.UNKNOWN, State.OK], monkeypatch)
    assert any("no answer" in words for _, words in holder.told)


def test_a_refused_sign_in_is_never_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    holder = run(["lost", "refused"], [State.OK, State.LOST], monkeypatch)
    time.sleep(20 * BEAT)
    assert holder.opening == 2
    assert holder.told[-1] == (State.LOST, "carol@eg1: the sign-in is refused")


def test_a_look_becomes_a_sample_of_the_watch_s_own_time() -> None:
    found = sample_of(time.monotonic() - 10, "a session", time.monotonic(), State.OK, "")
    assert found.at == pytest.approx(10, abs=1)
