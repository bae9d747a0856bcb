"""What a gateway keeps of recordings, asked of this machine's own programs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from targets.access import kept
from targets.access.outcomes import CannotJudgeError
from targets.access.shell import LocalShell
from targets.model.machines import Recordings

LIMIT = 20.0


def look(folder: Path, most: int = 10) -> kept.Kept:
    return kept.look(LocalShell(), recordings(folder), most, LIMIT)


def recordings(folder: Path) -> Recordings:
    return Recordings(folder=str(folder), file="*-{kind}-{login}-*")


def test_the_newest_recordings_are_listed_first_with_their_sizes_wherever_they_lie(tmp_path: Path) -> None:
    (tmp_path / "2026").mkdir()
    for age, name in enumerate(("new one", "2026/old", "older")):
        (tmp_path / name).write_bytes(b"x" * age)
        os.utime(tmp_path / name, (1_700_000_000 - age, 1_700_000_000 - age))
    seen = look(tmp_path)
    assert seen.recordings == ("new one, 0 bytes", "2026/old, 1 bytes", "older, 2 bytes")
    assert seen.free > 0
    assert look(tmp_path, most=1).recordings == ("new one, 0 bytes",)


def test_a_folder_that_cannot_be_seen_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(CannotJudgeError, match="cannot be looked at"):
        look(tmp_path / "nowhere")


def test_what_arrived_before_is_not_taken_since(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    os.utime(tmp_path / "one", (1_700_000_000, 1_700_000_000))
    taken = [kept.has_taken(LocalShell(), recordings(tmp_path), 1_700_000_000 + ago, LIMIT) for ago in (-60, 60)]
    assert taken == [True, False]


def test_of_a_folder_that_cannot_be_seen_nobody_knows_what_it_has_taken(tmp_path: Path) -> None:
    with pytest.raises(CannotJudgeError, match="cannot be looked at"):
        kept.has_taken(LocalShell(), recordings(tmp_path / "nowhere"), 0, LIMIT)
