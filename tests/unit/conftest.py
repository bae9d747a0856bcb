"""What many unit tests look at."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from targets.loader import load
from targets.model.target import Target
from tests.unit.target_samples import lab_copy


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The lab's target, with a store that is there; a target never changes, so all tests share it."""
    return load(lab_copy(tmp_path_factory.mktemp("lab"))).target


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Give the archive of a folder, with a name as awkward as they come."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/big").write_bytes(bytes(range(256)) * 2000)
    path = tmp_path / "it's a backup-1.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(tmp_path / "etc", "etc")
    return path
