"""What many unit tests look at."""

from __future__ import annotations

import pytest

from targets.loader import load
from targets.model.target import Target
from tests.unit.target_samples import lab_copy


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The lab's target, with a store that is there; a target never changes, so all tests share it."""
    return load(lab_copy(tmp_path_factory.mktemp("lab"))).target
