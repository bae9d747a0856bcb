"""What a site has set on a machine, asked of this machine's own programs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from targets.access import journal, settings
from targets.access.outcomes import CannotJudgeError
from targets.access.shell import LocalShell
from targets.access.ssh import Ran
from targets.model.target import Target

LIMIT = 20.0


def test_a_file_is_known_by_hash_owner_and_mode_whatever_its_name(tmp_path: Path) -> None:
    """Nothing in a name is run, and what is not there is said."""
    odd, gone = tmp_path / "it's $(echo injected) here", tmp_path / "gone"
    odd.write_text("secret")
    odd.chmod(0o640)
    found = settings.files(LocalShell(), [str(odd), str(gone)], LIMIT)
    assert found[str(odd)].content == hashlib.sha256(b"secret").hexdigest()
    assert found[str(odd)].access.startswith("640 ")
    assert found[str(gone)] == settings.SiteFile("No such file or directory", "No such file or directory")


def test_a_hash_is_told_from_why_there_is_none() -> None:
    assert settings.is_hash("a" * 64)
    assert not settings.is_hash("Permission denied")
    assert not settings.is_hash("a" * 65)


def test_names_lead_where_this_machine_says_and_others_nowhere() -> None:
    found = settings.addresses(LocalShell(), ["localhost", "nobody.invalid"], LIMIT)
    assert set(found["localhost"]) & {"127.0.0.1", "::1"}
    assert found["nobody.invalid"] == ()


def test_every_name_of_the_target_is_asked_for_and_no_address(lab: Target) -> None:
    asked = settings.names(lab)
    assert {"portal.cleanroom.test", "mc2.cleanroom.test", "eg1.cleanroom.test", "srv1.cleanroom.test"} <= set(asked)
    assert [name for name in asked if name.replace(".", "").isdigit()] == []


class Said:
    """A machine that says this, whatever it is asked."""

    def __init__(self, out: str) -> None:
        self.out = out
        self.asked: list[str] = []

    def run(self, command: str, time_limit: float, given: str = "") -> Ran:  # noqa: ARG002 -- a shell's
        self.asked.append(command)
        return Ran(0, self.out, "")


def test_a_line_in_one_journal_is_enough_and_both_are_asked_since_then() -> None:
    quiet, told = Said("readable\n"), Said("alice has signed in\nreadable\n")
    found = journal.wait_for("alice's", {"mc1": quiet, "mc2": told}, 1790000000.4)
    assert found == {"mc1": "", "mc2": "alice has signed in"}
    assert all("--since=@1790000000 " in asked and "'alice'\"'\"'s'" in asked for asked in (*quiet.asked, *told.asked))


def test_an_event_that_never_comes_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PATIENCE", 0.0)
    assert journal.wait_for("alice", {"mc1": Said("readable\n")}, 0) == {"mc1": ""}


def test_a_journal_that_cannot_be_read_is_the_judge_s_failure() -> None:
    with pytest.raises(CannotJudgeError, match="systemd-journal"):
        journal.wait_for("alice", {"mc1": Said("")}, 0)
    with pytest.raises(CannotJudgeError, match="no controller"):
        journal.wait_for("alice", {}, 0)
