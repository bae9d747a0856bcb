"""What a pilot says of its client or agent, asked of this machine's own programs, and read whatever they print."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from targets.access import receiver
from targets.access.facts import LogEntry
from targets.access.outcomes import CannotJudgeError
from targets.access.pilots import parse, question
from targets.access.recordings import Recording, examined
from targets.access.shell import LocalShell
from targets.access.ssh import Session
from targets.model.machines import Log, Pilot, Recordings
from tests.unit.access_samples import Authority, listening, refusing
from tests.unit.target_samples import certificate

KIND = {"operating_system": "Debian 12", "architecture": "amd64", "security_product": "none", "role": "workstation"}
UNIT = "recette-no-such.service"


def a_pilot(**values: object) -> Pilot:
    return Pilot.model_validate({**KIND, **values})


def asked(pilot: Pilot) -> str:
    return LocalShell().run(question(pilot, [UNIT]), 20).out


def test_configuration_is_known_by_its_hash_whatever_its_name(tmp_path: Path) -> None:
    """What is not there is said, and nothing in a name is run."""
    odd, gone = tmp_path / "it's $(echo injected) here", tmp_path / "gone"
    odd.write_text("secret")
    pilot = a_pilot(configuration=[str(odd), str(gone)], log={"file": str(odd)})
    output = asked(pilot)
    expected = {str(odd): hashlib.sha256(b"secret").hexdigest(), str(gone): "No such file or directory"}
    assert parse(output, pilot).configuration == expected
    assert "secret" not in output


def test_only_lines_of_level_error_are_taken_from_a_log_file(tmp_path: Path) -> None:
    log = tmp_path / "client.log"
    log.write_text("INFO started\nERROR no policy\nwarning: low\n2026 error: again\n")
    found = parse(asked(pilot := a_pilot(log={"file": str(log)})), pilot)
    assert found.errors == (LogEntry("line 2", "ERROR no policy"), LogEntry("line 4", "2026 error: again"))
    assert found.log_unread == ""


def test_a_log_that_cannot_be_read_is_no_log_without_errors(tmp_path: Path) -> None:
    pilot = a_pilot(log={"file": str(tmp_path / "gone.log")})
    found = parse(asked(pilot), pilot)
    assert "No such file" in found.log_unread


def test_a_journal_that_shows_nothing_of_a_service_is_no_journal_without_errors() -> None:
    found = parse(asked(pilot := a_pilot()), pilot)
    assert "systemd-journal" in found.log_unread


ANSWER = """banner
=== recette configuration ===
=== recette running ===
cron.service loaded active running Regular background program processing daemon
user@0.service loaded active running User Manager for UID 0
getty@tty1.service loaded active running Getty on tty1
run-r12.service loaded active running transient
ssh.service loaded active running OpenBSD Secure Shell server
=== recette log ===
1795000000.000001 pilot1 systemd[1]: Started ipdiva-client.service
=== recette errors ===
1795000001.000002 pilot1 ipdiva-client[7]: cannot read policy
    second line of it
1795000002.000003 pilot1 ipdiva-client[7]: cannot read policy
"""


def test_a_journal_s_errors_are_told_apart_by_their_time() -> None:
    found = parse(ANSWER, a_pilot())
    assert [entry.at for entry in found.errors] == ["1795000001.000002", "1795000002.000003"]
    assert found.errors[0].text == "pilot1 ipdiva-client[7]: cannot read policy"
    assert found.log_unread == ""


def test_services_that_come_and_go_with_users_are_not_counted() -> None:
    assert parse(ANSWER, a_pilot()).running == ("cron.service", "ssh.service")


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    with pytest.raises(CannotJudgeError, match="incomplete: no errors"):
        parse(ANSWER[: ANSWER.index("=== recette errors")], a_pilot(log=Log(file="x")))


def seen(port: int, trusts: Path | None) -> receiver.Seen:
    output = LocalShell().run(receiver.question("localhost", port, str(trusts) if trusts else None), 20).out
    return receiver.parse(output)


@contextmanager
def gateway(authority: Authority, name: str = "localhost", days: int = 30) -> Iterator[int]:
    """Serve TLS; openssl closes the connection itself."""

    def talk(connection: socket.socket) -> None:
        connection.recv(1)

    with listening(talk, authority.server(name, days)) as port:
        yield port


def test_a_gateway_is_trusted_by_what_the_pilot_trusts(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    other = tmp_path / "other.pem"
    other.write_text(certificate("other.test")[0])
    with gateway(authority) as port:
        assert seen(port, authority.file).code == receiver.OK
        assert "unable to" in seen(port, other).words
        assert seen(port, None).code != receiver.OK


def test_a_gateway_s_certificate_must_be_of_its_name(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with gateway(authority, name="eg1.test") as port:
        assert "mismatch" in seen(port, authority.file).words.lower()


def test_an_expired_certificate_is_known_as_that(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with gateway(authority, days=-2) as port:
        found = seen(port, authority.file)
    assert found.code == receiver.EXPIRED
    assert found.certificate is not None
    assert found.certificate.not_after < datetime.now(UTC) - timedelta(days=1)


def test_a_port_that_is_closed_or_speaks_no_tls_shows_no_certificate() -> None:
    with refusing() as port:
        assert seen(port, None).certificate is None
    with listening(lambda connection: connection.sendall(b"SSH-2.0-no\r\n")) as port:
        assert seen(port, None).certificate is None


class Here(Session):
    """A session on this machine."""

    def __init__(self) -> None:
        """Need no connection."""

    run = LocalShell.run


RECORDINGS = Recordings(folder="/r", file="{login}", holds_text=True, whole={"rdp": "tar --list --file {file}"})


@pytest.mark.parametrize(
    ("content", "size", "damage"),
    [
        (b"x m1 begins\nm1 ends\n", 20, ""),
        (b"m1 ends\n", 8, "what the session showed first or last is not in it"),
        (b"x m1 begins\n", 12, "what the session showed first or last is not in it"),
        (b"x m1 begins\nm1 ends\n", 12, "it changed after it had arrived, from 12 bytes to 20"),
    ],
)
def test_a_text_recording_is_whole_with_its_first_and_last_words(
    tmp_path: Path, content: bytes, size: int, damage: str
) -> None:
    file = tmp_path / "a recording"
    file.write_bytes(content)
    assert examined(Recording("eg1", str(file), size), "ssh", "m1", Here(), RECORDINGS).damage == damage


def test_a_recording_that_the_target_s_check_refuses_is_not_whole(tmp_path: Path) -> None:
    file = tmp_path / "desktop.tar"
    LocalShell().run(f"cd {tmp_path} && head -c 3000 /dev/zero >a && tar -cf {file} a", 5)
    whole = file.read_bytes()
    assert examined(Recording("eg1", str(file), len(whole)), "rdp", "", Here(), RECORDINGS).damage == ""
    file.write_bytes(whole[:1000])
    damage = examined(Recording("eg1", str(file), 1000), "rdp", "", Here(), RECORDINGS).damage
    assert damage == "the target's check of it ended with 2"
