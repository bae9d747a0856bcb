"""Sessions on srv1 are recorded, whole and unharmed, and the recordings reach an Edge Gateway."""

import secrets

import paramiko
import pytest

from targets.lab.store import Store
from tests.lab.resource_access import PATIENCE, on, recorded, recordings, run, signed_in, stopped, until

RECEIVER = "ipdiva-edge-gateway"
AGENT = "ipdiva-recording-agent"
SPOOL = "/var/lib/ipdiva-recording-agent"
BINARY = bytes(range(256)) * 2000


@pytest.fixture
def marker() -> str:
    return f"marker-{secrets.token_hex(6)}"


@pytest.mark.parametrize("gateway", ["eg1", "eg2"])
def test_what_a_command_showed_is_stored_by_a_gateway(lab: Store, gateway: str, marker: str) -> None:
    with signed_in(lab, gateway) as srv1:
        ran = run(srv1, f"echo shown-{marker}; echo warned >&2; exit 7")
    assert ran == (f"shown-{marker}\n".encode(), b"warned\n", 7)
    assert "-ssh-alice-" in recorded(lab, "eg1", f"shown-{marker}")


def test_standard_input_and_output_stay_binary(lab: Store) -> None:
    with signed_in(lab, "eg1") as srv1:
        assert run(srv1, "cat", BINARY) == (BINARY, b"", 0)


def test_a_command_ended_by_a_signal_is_told_so(lab: Store) -> None:
    """RFC 4254 section 6.10: exit-signal instead of exit-status, which paramiko reports as -1."""
    with signed_in(lab, "eg1") as srv1:
        assert run(srv1, "kill -TERM $$") == (b"", b"", -1)


def test_files_travel_and_their_names_are_recorded(lab: Store, marker: str) -> None:
    with signed_in(lab, "eg1") as srv1, open_files(srv1) as files:
        with files.open(marker, "wb") as file:
            file.write(BINARY)
        with files.open(marker, "rb") as file:
            assert file.read() == BINARY
        files.remove(marker)
    assert "-ssh-alice-" in recorded(lab, "eg1", f'open "{marker}" flags WRITE')


def open_files(srv1: paramiko.Transport) -> paramiko.SFTPClient:
    files = paramiko.SFTPClient.from_transport(srv1)
    assert files is not None
    return files


def test_an_interactive_shell_is_a_terminal_that_follows_its_window(lab: Store, marker: str) -> None:
    with signed_in(lab, "eg1") as srv1, srv1.open_session() as terminal:
        terminal.settimeout(PATIENCE)
        terminal.get_pty(width=100, height=30)
        terminal.invoke_shell()
        terminal.sendall(f"echo shown-{marker}-$((40+2)); stty size\n".encode())
        assert b"30 100" in read_until(terminal, b"30 100")
        terminal.resize_pty(120, 40)
        terminal.sendall(b"stty size; exit 3\n")
        assert b"40 120" in read_until(terminal, b"40 120")
        assert terminal.recv_exit_status() == 3
    assert "-ssh-alice-" in recorded(lab, "eg1", f"shown-{marker}-42")


def read_until(terminal: paramiko.Channel, expected: bytes) -> bytes:
    shown = b""
    while expected not in shown and (more := terminal.recv(4096)):
        shown += more
    return shown


def test_the_second_gateway_stores_when_the_first_is_down(lab: Store, marker: str) -> None:
    with stopped(lab, RECEIVER, "eg1"):
        with signed_in(lab, "eg2") as srv1:
            run(srv1, f"echo {marker}")
        assert recorded(lab, "eg2", marker)
    assert recordings(lab, "eg1", marker) == []


def test_a_recording_waits_for_a_gateway_through_a_restart_of_the_agent(lab: Store, marker: str) -> None:
    with stopped(lab, RECEIVER, "eg1", "eg2"):
        with signed_in(lab, "eg1") as srv1:
            run(srv1, f"echo {marker}")
        on(lab, "srv1", f"systemctl restart {AGENT}; grep -qaF {marker} {SPOOL}/*")
    stored = until(
        lambda: recordings(lab, "eg1", marker) + recordings(lab, "eg2", marker), "the recording was not sent"
    )
    assert len(stored) == 1
    until(lambda: on(lab, "srv1", f"ls {SPOOL}") == "", "the spool still holds a recording that was stored")


def test_a_session_goes_on_without_the_agent(lab: Store) -> None:
    with stopped(lab, AGENT, "srv1"), signed_in(lab, "eg1") as srv1:
        assert run(srv1, "echo still here") == (b"still here\n", b"", 0)


def test_a_session_outlives_a_restart_of_the_agent_and_is_recorded_again(lab: Store, marker: str) -> None:
    """An upgrade of the agent interrupts the recording of a session, not the session."""
    with signed_in(lab, "eg1") as srv1, srv1.open_session() as channel:
        channel.settimeout(PATIENCE)
        channel.exec_command("read line; echo $line; while read line; do echo $line; done")
        channel.sendall(b"before\n")
        assert channel.recv(100) == b"before\n"
        on(lab, "srv1", f"systemctl restart {AGENT}")
        until(lambda: echoed(channel, marker) and recording_begun(lab, marker), "nothing is recorded after the restart")
    assert recorded(lab, "eg1", marker)


def echoed(channel: paramiko.Channel, text: str) -> bool:
    channel.sendall(f"{text}\n".encode())
    return channel.recv(100) == f"{text}\n".encode()


def recording_begun(lab: Store, text: str) -> bool:
    return bool(on(lab, "srv1", f"grep -rlaF {text} {SPOOL} || true"))


def test_the_labs_own_observer_is_not_recorded(lab: Store) -> None:
    assert "forcecommand none" in on(lab, "srv1", "/usr/sbin/sshd -T -C user=recette,host=x,addr=10.77.0.1")
    assert "record_ssh" in on(lab, "srv1", "/usr/sbin/sshd -T -C user=carol,host=x,addr=10.77.0.1")
