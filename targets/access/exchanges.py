"""Exchanges run ahead of judgement.

An exchange depends on the target and its subject alone, so it need not wait for its scenario's turn: it is started in
the background, at most once a run, and the step that wants its answer takes it, or gets what was raised.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from targets.access.futures import settle
from targets.access.outcomes import CannotJudgeError

WORKERS = 32


@dataclass(frozen=True)
class Exchange:
    """One exchange with the platform, not yet done.

    `key` tells it from all others; `resources` names what it must have for itself meanwhile (a user's desktop).
    """

    key: Hashable
    call: Callable[[], Any]
    resources: Collection[str] = ()


class Resources:
    """Locks by name. They are taken in one order by everybody, so that nobody waits in a circle."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @contextmanager
    def held(self, names: Collection[str]) -> Iterator[None]:
        """Hold all the named resources for the length of the block."""
        with self._guard:
            locks = [self._locks.setdefault(name, threading.Lock()) for name in sorted(set(names))]
        with ExitStack() as stack:
            for lock in locks:
                stack.enter_context(lock)
            yield


class Exchanges:
    """Every exchange of a run: each is done once, by whoever comes first.

    An exchange may ask for the answer of another one. That cannot starve the pool: an answer that nobody is working
    on yet is worked out by the one who asks.
    """

    def __init__(self, workers: int = WORKERS) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="exchange")
        self._futures: dict[Hashable, Future[Any]] = {}
        self._guard = threading.Lock()
        self._resources = Resources()
        self._closed = False

    def start(self, exchange: Exchange) -> None:
        """Begin an exchange in the background, unless it has begun already."""
        self._pool.submit(self._work, exchange)

    def answer(self, exchange: Exchange) -> Any:  # noqa: ANN401 -- an answer is whatever its exchange returns
        """Return what the exchange returned, or raise what it raised; do it now where nobody has begun it."""
        return self._work(exchange).result()

    def close(self) -> None:
        """Begin no further exchange, and wait for those under way (each is bounded in time)."""
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, exchange: Exchange) -> Future[Any]:
        with self._guard:
            if exchange.key in self._futures:
                return self._futures[exchange.key]
            future = self._futures[exchange.key] = Future()
        with self._resources.held(exchange.resources):
            settle(future, self._refuse if self._closed else exchange.call)
        return future

    @staticmethod
    def _refuse() -> None:
        raise CannotJudgeError("the run was stopped before this exchange was done")
