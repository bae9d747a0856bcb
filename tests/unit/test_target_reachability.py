"""What of a target answers from here, in its own protocol and with a certificate or host key that is trusted."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from targets.loader import LoadedTarget, load
from targets.reachability import RDP_REQUEST, Row, check_rows
from tests.unit.target_samples import HOST_KEY, certificate, private

Talk = Callable[[socket.socket], None]
NAME = "portal.example.test"


@contextmanager
def serving(talk: Talk) -> Iterator[int]:
    """Serve on a port of 127.0.0.1, which is given, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, talk))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, talk: Talk) -> None:
    with suppress(OSError):
        while True:
            client, _ = server.accept()
            with client, suppress(OSError):
                client.settimeout(5)
                talk(client)


def says(text: bytes) -> Talk:
    def talk(client: socket.socket) -> None:
        client.sendall(text)
        client.recv(1)

    return talk


def silence(client: socket.socket) -> None:
    while client.recv(64):
        pass


def hang_up(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_RDWR)


def rdp(client: socket.socket) -> None:
    if client.recv(64) == RDP_REQUEST:
        client.sendall(bytes.fromhex("030000130ed000001234000200080001000000"))


def tls(file: Path) -> Talk:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def talk(client: socket.socket) -> None:
        with suppress(ssl.SSLError), context.wrap_socket(client, server_side=True) as secured:
            secured.recv(1)

    return talk


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A server certificate for NAME, with its key, in PEM."""
    return private(tmp_path / "server.pem", "".join(certificate(NAME)))


def target(folder: Path, text: str, ca_file: Path | None = None) -> LoadedTarget:
    ca_file = ca_file or private(folder / "other.pem", certificate("another.example.test")[0])
    file = folder / "site.yaml"
    file.write_text(
        f"""\
name: site
releases: {{from: "4.5", to: "4.6"}}
limits: {{answer: 0.5}}
names: {{{NAME}: 127.0.0.1, eg1.example.test: 127.0.0.1}}
trust: {{ca_file: {ca_file}, known_hosts: known_hosts}}
{text}
"""
    )
    (folder / "known_hosts").touch()
    return load(file)


def console(port: int) -> str:
    return (
        "machines: [{name: mc1, component: mediation controller, address: mc1.example.test, "
        f'console: "https://{NAME.upper()}:{port}/system/"}}]'
    )


def access(protocol: str, port: int) -> str:
    way = f"[{{gateway: eg1, host: eg1.example.test, port: {port}}}]"
    more = {
        "ssh": "command: id, returns: id",
        "rdp": 'certificate_name: a, proof: {type: "{marker}", machine: pc, file: f}',
    }[protocol]
    return f"""\
users: [{{name: a, login: a, password: {{env: PATH}}}}]
machines:
- {{name: eg1, component: edge gateway, address: eg1.example.test}}
- {{name: pc, address: eg1.example.test, ssh: {{user: x, key_file: known_hosts, port: 1}}}}
direct_accesses:
- {{protocol: {protocol}, name: srv, user: a, {more}, through: {way}}}
"""


def row(rows: list[Row], what: str) -> Row:
    return next(row for row in rows if row.what == what)


def test_a_trusted_certificate_for_the_name_answers(tmp_path: Path, own: Path) -> None:
    with serving(tls(own)) as port:
        [found] = check_rows(target(tmp_path, console(port), ca_file=own))
    assert (found.what, found.address) == ("mc1: console", f"https://{NAME}:{port}")
    assert (found.answers, found.said) == (True, "TLSv1.3, certificate trusted")


def test_a_certificate_of_another_authority_is_no_answer(tmp_path: Path, own: Path) -> None:
    with serving(tls(own)) as port:
        [found] = check_rows(target(tmp_path, console(port)))
    assert not found.answers
    assert found.said.startswith("its certificate is not trusted (self-signed certificate): see “trust: ca_file”")


def test_a_certificate_for_another_name_is_no_answer(tmp_path: Path) -> None:
    other = private(tmp_path / "server.pem", "".join(certificate("another.example.test")))
    with serving(tls(other)) as port:
        [found] = check_rows(target(tmp_path, console(port), ca_file=other))
    assert not found.answers
    assert "Hostname mismatch" in found.said


def test_what_speaks_no_tls_is_no_answer(tmp_path: Path) -> None:
    with serving(says(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 100)) as port:
        [found] = check_rows(target(tmp_path, console(port)))
    assert not found.answers


def test_an_ssh_server_with_a_pinned_key_answers(tmp_path: Path) -> None:
    with serving(says(b"welcome\r\nSSH-2.0-OpenSSH_9.2\r\n")) as port:
        loaded = target(tmp_path, access("ssh", port))
        (tmp_path / "known_hosts").write_text(f"[eg1.example.test]:{port} {HOST_KEY}\n")
        found = row(check_rows(loaded), "srv via eg1")
    assert (found.answers, found.said) == (True, "SSH-2.0-OpenSSH_9.2, host key pinned")


def test_an_ssh_server_without_a_pinned_key_says_what_to_pin(tmp_path: Path) -> None:
    with serving(says(b"SSH-2.0-x\r\n")) as port:
        found = row(check_rows(target(tmp_path, access("ssh", port))), "srv via eg1")
    assert not found.answers
    assert found.said == f"answers (SSH-2.0-x), but known_hosts has no key for [eg1.example.test]:{port}: pin it there"


@pytest.mark.parametrize("flood", [b"x" * 200_000, b"x\n" * 1000])
def test_what_is_no_ssh_server_is_no_answer(tmp_path: Path, flood: bytes) -> None:
    with serving(says(flood)) as port:
        found = row(check_rows(target(tmp_path, access("ssh", port))), "srv via eg1")
    assert (found.answers, found.said) == (False, "answers, but not as an SSH server does")


def test_a_banner_cannot_command_the_terminal(tmp_path: Path) -> None:
    with serving(says(b"SSH-2.0-\x1b[2J" + b"x" * 300 + b"\r\n")) as port:
        found = row(check_rows(target(tmp_path, access("ssh", port))), "srv via eg1")
    assert found.said.isprintable()
    assert len(found.said) < 200


def test_an_rdp_server_answers(tmp_path: Path) -> None:
    with serving(rdp) as port:
        found = row(check_rows(target(tmp_path, access("rdp", port))), "srv via eg1")
    assert (found.answers, found.said) == (True, "RDP, connection confirmed")


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH\r\n", bytes.fromhex("0300000b068000001234 00")])
def test_what_confirms_no_rdp_connection_is_no_answer(tmp_path: Path, said: bytes) -> None:
    """Neither another protocol nor an X.224 Disconnect Request."""
    with serving(says(said)) as port:
        found = row(check_rows(target(tmp_path, access("rdp", port))), "srv via eg1")
    assert (found.answers, found.said) == (False, "answers, but not as an RDP server does")


@pytest.mark.parametrize("protocol", ["ssh", "rdp"])
def test_a_gateway_with_nothing_behind_it_is_no_answer(tmp_path: Path, protocol: str) -> None:
    with serving(hang_up) as port:
        found = row(check_rows(target(tmp_path, access(protocol, port))), "srv via eg1")
    assert not found.answers
    assert found.said == "closes the connection without an answer: does what is behind it run?"


def test_a_closed_port_is_no_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = row(check_rows(target(tmp_path, access("ssh", port))), "srv via eg1")
    assert (found.answers, found.said) == (False, "refuses the connection: does the service run?")


def test_letter_case_of_a_name_makes_no_difference(tmp_path: Path) -> None:
    with serving(rdp) as port:
        shouted = access("rdp", port).replace("host: eg1.example.test", "host: EG1.Example.Test")
        assert row(check_rows(target(tmp_path, shouted)), "srv via eg1").answers


@pytest.mark.parametrize("protocol", ["ssh", "rdp"])
def test_silence_is_waited_for_no_longer_than_the_target_says(tmp_path: Path, protocol: str) -> None:
    with serving(silence) as port:
        found = row(check_rows(target(tmp_path, access(protocol, port))), "srv via eg1")
    assert not found.answers
    assert found.said.startswith("no answer within 0.5 s")


def test_a_name_that_does_not_resolve_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    loaded = target(tmp_path, console(443).replace(NAME.upper(), "nowhere.example.test"))
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    [found] = check_rows(loaded)
    assert found.said == "the name does not resolve here: give its address under “names”, or ask your DNS"


def test_all_are_asked_at_the_same_time(tmp_path: Path) -> None:
    """Five silent places together take hardly longer than one of them."""
    hosts = {f"eg{number}.example.test": IPv4Address("127.0.0.1") for number in range(1, 6)}
    with serving(silence) as port:
        loaded = target(tmp_path, access("ssh", port))
        [way] = loaded.target.direct_accesses
        ways = tuple(way.through[0].model_copy(update={"host": host}) for host in hosts)
        accesses = (way.model_copy(update={"through": ways}),)
        several = loaded.target.model_copy(update={"direct_accesses": accesses, "names": hosts, "machines": ()})
        began = time.monotonic()
        rows = check_rows(replace(loaded, target=several))
        together = time.monotonic() - began
    assert all(row.said.startswith("no answer within") for row in rows)
    assert together < sum(row.seconds for row in rows) / 2


def test_one_place_is_asked_once_for_all_that_is_there(tmp_path: Path, own: Path) -> None:
    asked: list[int] = []

    def talk(client: socket.socket) -> None:
        asked.append(1)
        tls(own)(client)

    with serving(talk) as port:
        one = console(port)[len("machines: [") : -1].replace("address:", "role: master, address:")
        two = one.replace("mc1", "mc2").replace("master", "slave")
        rows = check_rows(target(tmp_path, f"machines: [{one}, {two}]", ca_file=own))
    assert [row.what for row in rows if row.answers] == ["mc1: console", "mc2: console"]
    assert len(asked) == 1


def test_a_target_without_addresses_has_no_rows(tmp_path: Path) -> None:
    assert check_rows(target(tmp_path, "")) == []
