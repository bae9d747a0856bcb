"""What arrives outside of a desktop, and whose desktop that makes it."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from targets.access import proof
from targets.access.shell import LocalShell
from targets.access.ssh import Session
from targets.model.services import Proof

LIMIT = 20.0
HERE = cast(Session, LocalShell())


def wanted(file: Path, *answers: str) -> Proof:
    return Proof(type="echo {marker}", machine="srv1", file=str(file), answers=answers)


@pytest.mark.parametrize(
    ("text", "arrived"),
    [
        ("dave\nsrv1\nrecette1\n", True),
        ("srv1\nrecette1\n", False),
        ("davena\nsrv1\nrecette1\n", False),
        ("dave\nsrv1\nrecette0\n", False),
    ],
)
def test_all_that_is_to_come_has_to_arrive_with_the_marker(tmp_path: Path, text: str, arrived: bool) -> None:
    """A key that was lost must not make the desktop somebody else's: the same is typed again."""
    file = tmp_path / "it's here"
    file.write_text(text)
    assert proof.has_arrived(wanted(file, "dave", "srv1"), "recette1", HERE, LIMIT) is arrived


def test_without_answers_the_marker_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x recette1")
    assert proof.has_arrived(wanted(file), "recette1", HERE, LIMIT)
    assert not proof.has_arrived(wanted(tmp_path / "gone"), "recette1", HERE, LIMIT)


def test_what_another_desktop_answers_is_named(tmp_path: Path) -> None:
    assert proof.missing(wanted(tmp_path, "dave", "srv1"), "carol\nsrv1\nrecette1\n") == ["dave"]
