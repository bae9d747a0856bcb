"""Work whose outcome somebody else waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def settle(future: Future[T], work: Callable[[], T]) -> None:
    """Do the work, and give the future what it returned or raised."""
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 -- kept for the one who asks, who gets it raised again
        future.set_exception(error)


def within(time_limit: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, or raise what it raises; raise TimeoutError after `time_limit` seconds.

    A socket's own timeout bounds each wait and not their sum: a server that sends a byte at a time would hold us for
    days. What is late is left behind in a thread that ends with the process at the latest.
    """
    future: Future[T] = Future()
    threading.Thread(target=settle, args=(future, work), name="bounded", daemon=True).start()
    return future.result(time_limit)
