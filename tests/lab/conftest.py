"""One lab for all lab tests; those that need it for themselves come last."""

import os
from collections.abc import Iterator

import pytest

from targets.lab import lab as engine
from targets.lab import prerequisites
from targets.lab.store import Store

ALONE = {"lab_of_its_own", "lab_of_its_module"}


def silent(_subject: str, _state: str) -> None:
    """Hear of the lab's progress and say nothing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that take the lab down and up again after all others."""
    items.sort(key=lambda item: not ALONE.isdisjoint(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def lab() -> Iterator[Store]:
    """Bring the lab up for the session and take it down afterwards (unless RECETTE_KEEP_LAB is set)."""
    prerequisites.check()
    store = Store()
    engine.up(store, silent)
    yield store
    if not os.environ.get("RECETTE_KEEP_LAB"):
        engine.down(store)


@pytest.fixture
def lab_of_its_own() -> Iterator[Store]:
    """Give a store whose lab is down, and take down what the test left."""
    yield from _down_before_and_after()


@pytest.fixture(scope="module")
def lab_of_its_module() -> Iterator[Store]:
    """Give a store whose lab is down, and take down what the module's tests left."""
    yield from _down_before_and_after()


def _down_before_and_after() -> Iterator[Store]:
    prerequisites.check()
    store = Store()
    engine.down(store)
    yield store
    engine.down(store)
