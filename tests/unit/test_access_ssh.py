from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest
from pydantic import SecretStr

from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.shell import LocalShell
from targets.access.ssh import LARGEST_OUTPUT, MOST_CHANNELS, Session, Way, connected
from tests.unit.access_samples import dripping, listening, refusing, resetting, saying, silent
from tests.unit.ssh_samples import FLOOD, PASSWORD, Server, ssh_server

LIMIT = 5.0
SHORT = 0.4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with ssh_server(tmp_path_factory.mktemp("ssh")) as serving:
        yield serving


@pytest.fixture
def way(server: Server, tmp_path: Path) -> Way:
    server.seen.attempts.clear()
    server.seen.passwords.clear()
    known = server.known_hosts(tmp_path)
    return Way("127.0.0.1", server.port, "carol", known, password=SecretStr(PASSWORD))


@pytest.fixture
def session(way: Way) -> Iterator[Session]:
    with connected(way, LIMIT) as opened:
        yield opened


def test_a_command_s_output_errors_and_status_are_told_apart(session: Session) -> None:
    ran = session.run("print three", LIMIT)
    assert (ran.out, ran.err, ran.status) == ("print three", "warning", 3)


def test_what_is_given_is_the_command_s_standard_input(session: Session) -> None:
    assert session.run("cat", LIMIT, "secret\nlines\n").out == "secret\nlines\n"


def test_one_password_is_sent_once(way: Way, server: Server) -> None:
    with connected(way, LIMIT):
        assert server.seen.passwords == [PASSWORD]


def test_a_refused_password_is_never_tried_again(way: Way, server: Server) -> None:
    """Accounts lock: the server sees exactly one attempt, by one method."""
    with (
        pytest.raises(PlatformFailed, match="the sign-in is refused") as raised,
        connected(replace(way, password=SecretStr("wrong one")), LIMIT),
    ):
        pass
    assert server.seen.attempts == ["password"]
    assert "wrong one" not in str(raised.value)


def test_a_key_signs_in(way: Way, server: Server) -> None:
    with connected(replace(way, password=None, key_file=server.user_key), LIMIT) as session:
        assert session.run("hello", LIMIT).out == "hello"
    assert server.seen.attempts == ["publickey"]


def test_a_lasting_connection_that_was_lost_is_opened_again(way: Way, server: Server) -> None:
    with connected(way, LIMIT, CannotJudgeError, lasting=True) as session:
        with pytest.raises(CannotJudgeError):
            session.run("closes", LIMIT)
        assert session.run("hello", LIMIT).out == "hello"
    assert server.seen.attempts == ["password", "password"]


def test_a_lasting_connection_that_is_refused_at_last_is_not_tried_again(way: Way, server: Server) -> None:
    with connected(way, LIMIT, CannotJudgeError, lasting=True) as session:
        server.seen.accepts = "another password since"
        try:
            for _ in range(3):
                with pytest.raises(CannotJudgeError):
                    session.run("closes", LIMIT)
        finally:
            server.seen.accepts = PASSWORD
    assert server.seen.attempts == ["password", "password"]


def test_a_user_s_session_that_was_lost_stays_lost(way: Way, server: Server) -> None:
    with connected(way, LIMIT) as session:
        for command in ("closes", "hello"):
            with pytest.raises(PlatformFailed):
                session.run(command, LIMIT)
    assert server.seen.attempts == ["password"]


def test_no_more_commands_run_at_once_than_a_server_allows(session: Session, server: Server) -> None:
    with ThreadPoolExecutor(2 * MOST_CHANNELS) as pool:
        statuses = pool.map(lambda _: session.run("takes_part", LIMIT).status, range(2 * MOST_CHANNELS))
        assert set(statuses) == {0}
    assert 1 < server.seen.most_at_once <= MOST_CHANNELS


@pytest.mark.parametrize("key", [paramiko.RSAKey.generate(2048), paramiko.ECDSAKey.generate()])
def test_a_refused_key_is_a_refused_sign_in(way: Way, server: Server, tmp_path: Path, key: paramiko.PKey) -> None:
    key.write_private_key_file(str(tmp_path / "other"))
    with (
        pytest.raises(PlatformFailed, match="the sign-in is refused"),
        connected(replace(way, password=None, key_file=tmp_path / "other"), LIMIT),
    ):
        pass
    assert set(server.seen.attempts) == {"publickey"}


@pytest.mark.parametrize("content", [None, "no key at all"])
def test_a_missing_or_broken_key_is_the_judge_s_failure(way: Way, server: Server, content: str | None) -> None:
    file = way.known_hosts.with_name("key") if way.known_hosts else Path()
    if content:
        file.write_text(content)
    with pytest.raises(CannotJudgeError, match="key file"), connected(replace(way, key_file=file), LIMIT):
        pass
    assert server.seen.attempts == []


def test_another_host_key_than_the_pinned_one_gets_no_password(way: Way, server: Server, tmp_path: Path) -> None:
    server.known_hosts(tmp_path, paramiko.ECDSAKey.generate())
    with pytest.raises(PlatformFailed, match="not the pinned one, it is"), connected(way, LIMIT):
        pass
    assert server.seen.attempts == []


def test_a_server_without_a_pinned_key_is_not_connected_to(way: Way, server: Server, tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text("")
    with pytest.raises(CannotJudgeError, match="no host key is pinned") as raised, connected(way, LIMIT):
        pass
    assert "compar" in (raised.value.advice or "")
    assert server.seen.attempts == []


def test_a_missing_known_hosts_file_is_the_judge_s_failure(way: Way, tmp_path: Path) -> None:
    with (
        pytest.raises(CannotJudgeError, match="pinned host keys cannot be read"),
        connected(replace(way, known_hosts=tmp_path / "none"), LIMIT),
    ):
        pass


@pytest.mark.parametrize("command", ["hangs", "never accepted"])
def test_a_command_that_hangs_ends_at_its_time_limit(session: Session, command: str) -> None:
    with pytest.raises(PlatformFailed, match="no answer within the time limit"):
        session.run(command, SHORT)


def test_output_without_end_is_cut_off(session: Session, server: Server) -> None:
    with pytest.raises(PlatformFailed, match="more than 8 MiB"):
        session.run("floods", LIMIT)
    assert LARGEST_OUTPUT < server.seen.sent < FLOOD


def test_a_full_error_stream_does_not_stop_the_reading(session: Session) -> None:
    ran = session.run("fills_stderr", LIMIT)
    assert (len(ran.out), len(ran.err)) == (3 * 1024**2, 3 * 1024**2)


def test_a_command_without_a_status_has_not_succeeded(session: Session) -> None:
    assert session.run("without", LIMIT).status != 0


def test_a_refused_command_is_a_failure(session: Session) -> None:
    with pytest.raises(PlatformFailed):
        session.run("refused", LIMIT)


def test_a_session_serves_on_after_a_command_that_hung(session: Session) -> None:
    with pytest.raises(PlatformFailed):
        session.run("hangs", SHORT)
    assert session.run("again", LIMIT).out == "again"


def test_a_connection_that_breaks_off_in_a_command_is_a_failure(way: Way) -> None:
    with connected(way, LIMIT) as session:
        try:
            ran = session.run("closes", LIMIT)
        except PlatformFailed:
            return
        assert ran.status != 0


def test_a_failure_is_whose_the_caller_says(way: Way) -> None:
    """The account that reads a machine's facts says nothing of the platform."""
    wrong = replace(way, password=SecretStr("wrong"))
    with pytest.raises(CannotJudgeError, match="refused"), connected(wrong, LIMIT, CannotJudgeError):
        pass
    with connected(way, LIMIT, CannotJudgeError) as session, pytest.raises(CannotJudgeError):
        session.run("hangs", SHORT)


def test_a_file_is_written_found_and_read(session: Session) -> None:
    assert not session.has_file("survivor.txt")
    session.write_file("survivor.txt", b"kept")
    assert session.has_file("survivor.txt")
    assert session.read_file("survivor.txt") == b"kept"


def test_a_file_that_is_gone_is_the_platform_s_failure(session: Session) -> None:
    with pytest.raises(PlatformFailed, match="No such file"):
        session.read_file("gone.txt")


def test_the_host_key_is_named_by_type_and_fingerprint(session: Session, server: Server) -> None:
    assert session.host_key() == f"{server.host_key.get_name()} {server.host_key.fingerprint}"


@pytest.mark.parametrize(
    "talk", [silent, resetting, saying(b""), saying(b"HTTP/1.1 400 No\r\n\r\n"), dripping(b"SSH-2.0-"), dripping(b"")]
)
def test_what_is_no_ssh_server_is_a_failure_in_time(talk: object, tmp_path: Path) -> None:
    key = paramiko.ECDSAKey.generate()
    with listening(talk) as port:  # type: ignore[arg-type]  # a parameter
        known = tmp_path / "known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n")
        with pytest.raises(PlatformFailed), connected(Way("127.0.0.1", port, "carol", known), SHORT):
            pass


def test_a_refused_connection_is_the_platform_s_failure(tmp_path: Path) -> None:
    key = paramiko.ECDSAKey.generate()
    with refusing() as port:
        known = tmp_path / "known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n")
        with (
            pytest.raises(PlatformFailed, match="Connection refused"),
            connected(Way("127.0.0.1", port, "carol", known), SHORT),
        ):
            pass


def test_this_machine_s_shell_has_the_same_face() -> None:
    ran = LocalShell().run("cat; echo oops >&2; exit 4", LIMIT, "given")
    assert (ran.out, ran.err, ran.status) == ("given", "oops\n", 4)
    with pytest.raises(CannotJudgeError, match="took more than"):
        LocalShell().run("sleep 5", 0.1)
