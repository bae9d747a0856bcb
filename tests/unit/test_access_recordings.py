"""Which recording belongs to a session: of its user and kind, new, and begun when the session was."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from pydantic import ValidationError

from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.recordings import Recording, Search, Wanted, listed, listing
from targets.access.shell import LocalShell
from targets.access.ssh import Session
from targets.model.machines import Recordings

NAMED = Recordings(folder="/var/lib/it's/recordings", file="{time}-{kind}-{login}-*", holds_text=True)
CAROL = Wanted("rdp", "carol")
SOON = 1.5
"""Seconds to wait in vain: for what is there already, or comes at once, any time will do."""


def here() -> Session:
    return cast(Session, LocalShell())


def away() -> Session:
    raise CannotJudgeError("eg2: the connection is refused")


class Gateway:
    """A folder of this machine as an Edge Gateway's."""

    def __init__(self, folder: Path, file: str = "{time}-{kind}-{login}-*", **more: object) -> None:
        self.folder = folder
        self.recordings = Recordings.model_validate({"folder": str(folder), "file": file, **more})

    def search(self, wanted: Wanted = CAROL, slack: float = 2) -> Search:
        return Search({"eg1": (here, self.recordings)}, wanted, slack)

    def receive(self, kind: str, login: str, begun: float = 0, content: str = "pictures") -> str:
        """Store a recording of a session that began some seconds after now, under a name of the lab's form."""
        at = datetime.now(UTC) + timedelta(seconds=begun)
        path = self.folder / f"{at:%Y%m%dT%H%M%SZ}-{kind}-{login}-{os.urandom(8).hex()}"
        path.write_text(content)
        return str(path)


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return Gateway(tmp_path)


def test_the_recording_of_the_session_is_found_with_when_it_began(gateway: Gateway) -> None:
    search = gateway.search()
    path = gateway.receive("rdp", "carol")
    found = search.wait(SOON)
    assert (found.gateway, found.file, found.size) == ("eg1", path, 8)
    assert found.begun
    assert abs((datetime.now(UTC) - found.begun).total_seconds()) < 60


def test_one_that_arrives_later_is_waited_for(gateway: Gateway) -> None:
    search = gateway.search()
    late = threading.Timer(0.7, gateway.receive, ("rdp", "carol"))
    late.start()
    assert "carol" in search.wait(60).file
    late.join()


@pytest.mark.parametrize(
    ("kind", "login", "begun"),
    [
        ("rdp", "dave", 0),
        ("rdp", "carol2", 0),
        ("rdp", "not-carol", 0),
        ("ssh", "carol", 0),
        ("rdp", "carol", -60),
        ("rdp", "carol", 60),
    ],
    ids=["another user", "a longer name", "a name that ends so", "another kind", "begun before", "begun in the future"],
)
def test_the_recording_of_another_session_does_not_count(kind: str, login: str, begun: float, gateway: Gateway) -> None:
    """Neither of another user in production, nor of the same user: held by the watch, or late from an earlier run."""
    search = gateway.search()
    gateway.receive(kind, login, begun)
    with pytest.raises(PlatformFailed, match="no recording of the session arrived on any Edge Gateway"):
        search.wait(SOON)


def test_clocks_may_differ_by_as_much_as_the_target_allows(gateway: Gateway) -> None:
    search = gateway.search(slack=100)
    path = gateway.receive("rdp", "carol", -60)
    assert search.wait(SOON).file == path


def test_where_names_say_no_time_what_is_new_counts_and_what_only_grew_does_not(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, "*-{kind}-{login}-*")
    before = Path(gateway.receive("rdp", "carol"))
    search = gateway.search()
    before.write_text("a session that somebody else holds goes on")
    with pytest.raises(PlatformFailed):
        search.wait(SOON)
    path = gateway.receive("rdp", "carol")
    assert search.wait(SOON).file == path


def test_what_only_the_session_has_shown_tells_it_from_the_user_s_others(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, holds_text=True)
    search = gateway.search(Wanted("ssh", "carol", "marker one"))
    gateway.receive("ssh", "carol", content="marker two")
    with pytest.raises(PlatformFailed):
        search.wait(SOON)
    path = gateway.receive("ssh", "carol", content="$ marker one")
    assert search.wait(SOON).file == path


def test_a_login_means_what_it_says(tmp_path: Path) -> None:
    """Neither a shell's nor find's special characters in it stand for anything else."""
    gateway = Gateway(tmp_path)
    search = gateway.search(Wanted("rdp", "*"))
    gateway.receive("rdp", "carol")
    with pytest.raises(PlatformFailed):
        search.wait(SOON)
    path = gateway.receive("rdp", "*")
    assert search.wait(SOON).file == path


def test_a_gateway_that_cannot_be_read_keeps_nothing_from_another(gateway: Gateway) -> None:
    """But where the recording is not on that other one, nobody knows."""
    search = Search({"eg1": (here, gateway.recordings), "eg2": (away, gateway.recordings)}, CAROL, 2)
    with pytest.raises(CannotJudgeError, match="not every Edge Gateway could be read: eg2: the connection is refused"):
        search.wait(SOON)
    path = gateway.receive("rdp", "carol")
    assert search.wait(SOON).file == path


def test_a_gateway_that_is_lost_for_a_moment_is_asked_again(gateway: Gateway) -> None:
    turns = iter((here, away))

    def in_turn() -> Session:
        return next(turns, here)()

    search = Search({"eg1": (in_turn, gateway.recordings)}, CAROL, 2)
    path = gateway.receive("rdp", "carol")
    assert search.wait(60).file == path


@pytest.mark.parametrize("name", ["20261399T250000Z-rdp-carol-x", "yesterday-rdp-carol-x"])
def test_a_name_that_says_no_time_where_it_should_does_not_count(name: str, gateway: Gateway) -> None:
    search = gateway.search()
    (gateway.folder / name).write_text("pictures")
    with pytest.raises(PlatformFailed):
        search.wait(SOON)


def test_a_size_and_a_path_are_read_whatever_the_name() -> None:
    files = "12 /r/20261123T070000Z-rdp-carol-a b\n0 /r/empty\nfind: denied\n7\n"
    output = f"=== recette clock ===\n{time.time()}\n=== recette files ===\n{files}=== recette end ===\n"
    found = listed("eg1", output, NAMED, CAROL).recordings
    assert found == (
        Recording("eg1", "/r/20261123T070000Z-rdp-carol-a b", 12, datetime(2026, 11, 23, 7, tzinfo=UTC)),
        Recording("eg1", "/r/empty", 0),
    )


def test_a_gateway_that_says_no_time_cannot_be_judged() -> None:
    with pytest.raises(CannotJudgeError, match="eg1 does not say what time it is"):
        listed("eg1", "=== recette clock ===\n=== recette files ===\n=== recette end ===\n", NAMED, CAROL)


def test_nothing_in_a_search_for_recordings_is_run() -> None:
    wanted = Wanted("ssh", "$(touch x)'; echo injected; '", "`id`")
    ran = LocalShell().run(listing(NAMED, wanted), 5)
    assert "injected" not in ran.out
    assert "uid=" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"file": "*.rec"}, "must hold {login}: anybody's session would count without it"),
        ({"file": "{login}", "time": "%Y%m%d"}, "must say day and time to the second"),
        ({"file": "{login}", "time": "%d %b %Y %H:%M:%S"}, "must say day and time to the second, in digits"),
    ],
)
def test_a_pattern_that_ties_nothing_is_refused(values: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Recordings.model_validate({"folder": "/r", **values})
