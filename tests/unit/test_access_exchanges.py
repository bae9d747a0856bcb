from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import pytest

from targets.access.exchanges import Exchange, Exchanges
from targets.access.futures import within
from targets.access.outcomes import CannotJudgeError, PlatformFailed

LONG_ENOUGH = 10.0
"""Seconds after which a test gives up; nothing here takes that long unless it hangs."""


@pytest.fixture
def exchanges() -> Iterator[Exchanges]:
    made = Exchanges(workers=4)
    yield made
    made.close()


def test_an_exchange_is_done_once_however_many_ask(exchanges: Exchanges) -> None:
    calls: list[object] = []

    def sign_in() -> object:
        calls.append(object())
        return calls[0]

    exchange = Exchange("sign in", sign_in)
    exchanges.start(exchange)
    exchanges.start(exchange)
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(exchanges.answer, [exchange] * 100))
    assert len(calls) == 1
    assert all(answer is calls[0] for answer in answers)


def test_an_answer_that_nobody_works_on_is_worked_out_by_the_one_who_asks(exchanges: Exchanges) -> None:
    assert exchanges.answer(Exchange("who", threading.current_thread)) is threading.current_thread()


def test_a_started_exchange_runs_in_the_background(exchanges: Exchanges) -> None:
    done = threading.Event()
    exchanges.start(Exchange("who", done.set))
    assert done.wait(LONG_ENOUGH)


@pytest.mark.parametrize("error", [PlatformFailed("refused"), CannotJudgeError("no tool"), KeyError("a fault of ours")])
def test_what_an_exchange_raises_is_raised_to_everybody_who_asks(exchanges: Exchanges, error: Exception) -> None:
    calls: list[None] = []

    def fail() -> None:
        calls.append(None)
        raise error

    exchange = Exchange("fails", fail)
    exchanges.start(exchange)
    for _ in range(3):
        with pytest.raises(type(error)) as raised:
            exchanges.answer(exchange)
        assert raised.value is error
    assert len(calls) == 1


def test_exchanges_with_a_resource_in_common_exclude_one_another(exchanges: Exchanges) -> None:
    inside: list[int] = []
    most: list[int] = []
    lock = threading.Lock()

    def work() -> None:
        with lock:
            inside.append(1)
            most.append(len(inside))
        threading.Event().wait(0.01)  # time for another one to come in, if it can
        with lock:
            inside.pop()

    started = [Exchange(number, work, ("desktop of carol",)) for number in range(8)]
    for exchange in started:
        exchanges.start(exchange)
    for exchange in started:
        exchanges.answer(exchange)
    assert max(most) == 1


def test_exchanges_without_a_resource_in_common_run_side_by_side(exchanges: Exchanges) -> None:
    both = threading.Barrier(2)
    pair = [Exchange(user, lambda: both.wait(LONG_ENOUGH), (f"desktop of {user}",)) for user in ("carol", "dave")]
    for exchange in pair:
        exchanges.start(exchange)
    assert sorted(exchanges.answer(exchange) for exchange in pair) == [0, 1]


def test_resources_asked_for_in_any_order_never_deadlock(exchanges: Exchanges) -> None:
    started = [Exchange((number, names), int, names) for number in range(50) for names in permutations("abc")]
    for exchange in started:
        exchanges.start(exchange)
    assert within(LONG_ENOUGH, lambda: [exchanges.answer(exchange) for exchange in started]) == [0] * 300


def test_many_more_exchanges_than_workers_may_need_one_another_s_answers(exchanges: Exchanges) -> None:
    """Each of 400 exchanges asks for the next one's answer, with 4 workers: nobody starves."""

    def chained(number: int) -> Exchange:
        return Exchange(number, lambda: 1 + exchanges.answer(chained(number + 1)) if number % 20 else 1)

    started = [chained(number) for number in range(400)]
    for exchange in started:
        exchanges.start(exchange)
    answers = within(LONG_ENOUGH, lambda: [exchanges.answer(exchange) for exchange in started])
    assert answers == [1 if number % 20 == 0 else 21 - number % 20 for number in range(400)]


def test_two_exchanges_may_need_the_same_third(exchanges: Exchanges) -> None:
    signed_in = Exchange("signed in", object)
    pair = [Exchange(name, lambda: exchanges.answer(signed_in)) for name in ("applications", "cookie")]
    for exchange in pair:
        exchanges.start(exchange)
    assert exchanges.answer(pair[0]) is exchanges.answer(pair[1])


def test_close_begins_nothing_further() -> None:
    """Not what waits in the queue, nor what waits for a resource, nor what is asked for afterwards."""
    exchanges = Exchanges(workers=2)
    began, let_go = threading.Event(), threading.Event()
    late: list[str] = []

    def first() -> str:
        began.set()
        let_go.wait(LONG_ENOUGH)
        return "done"

    under_way = Exchange("under way", first, ("desktop",))
    exchanges.start(under_way)
    assert began.wait(LONG_ENOUGH)
    waiting = [Exchange(name, lambda: late.append("ran"), ("desktop",)) for name in ("for the desktop", "in the queue")]
    for exchange in waiting:
        exchanges.start(exchange)
    _close_before(exchanges, let_go)
    assert exchanges.answer(under_way) == "done"
    for exchange in (*waiting, Exchange("never started", lambda: late.append("ran"))):
        with pytest.raises(CannotJudgeError, match="stopped before"):
            exchanges.answer(exchange)
    assert late == []


def _close_before(exchanges: Exchanges, let_go: threading.Event) -> None:
    """Close, and let go of what is under way once closing has begun."""
    closing = threading.Thread(target=exchanges.close)
    closing.start()
    ends = time.monotonic() + LONG_ENOUGH
    while not exchanges._closed:
        assert time.monotonic() < ends
        time.sleep(0.001)  # bounded by `ends`: nothing tells that closing has begun
    let_go.set()
    closing.join(LONG_ENOUGH)


def test_work_within_a_limit_is_left_behind_when_it_is_late() -> None:
    forever = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, forever.wait)
    forever.set()


def test_work_within_a_limit_raises_what_it_raised() -> None:
    def fail() -> None:
        raise PlatformFailed("refused")

    with pytest.raises(PlatformFailed, match="refused"):
        within(LONG_ENOUGH, fail)
