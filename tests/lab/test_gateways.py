"""What the Edge Gateways lead to, and what their recording receiver takes and refuses."""

import hashlib
import http.client
import secrets
import socket
import ssl
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from targets.lab.store import Store
from tests.lab.resource_access import ADDRESS, RECORDINGS, on, until

GATEWAYS = ("eg1", "eg2")
SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


@pytest.fixture
def web(lab: Store) -> requests.Session:
    visitor = requests.Session()
    visitor.trust_env = False
    visitor.verify = str(lab.path / "ca.pem")
    return visitor


@pytest.fixture
def agent(lab: Store, tmp_path: Path) -> ssl.SSLContext:
    """Speak as the recording agent of srv1."""
    return certified(lab, tmp_path, lab.client_certificate("srv1.cleanroom.test").pem)


def certified(lab: Store, folder: Path, pem: str) -> ssl.SSLContext:
    tls = ssl.create_default_context(cafile=str(lab.path / "ca.pem"))
    certificate = folder / "certificate.pem"
    certificate.touch(mode=0o600)
    certificate.write_text(pem)
    tls.load_cert_chain(certificate)
    return tls


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize(("path", "title"), [("intranet", "Intranet"), ("notes", "Admin notes")])
def test_web_applications_come_through_with_their_security_headers(
    web: requests.Session, gateway: str, path: str, title: str
) -> None:
    answer = web.get(f"https://{ADDRESS[gateway]}/{path}/", timeout=30)
    assert answer.status_code == 200
    assert f"<title>{title}</title>" in answer.text
    assert SECURITY_HEADERS.items() <= answer.headers.items()
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/health", "/intranet"])
def test_nothing_else_of_the_resource_comes_through(web: requests.Session, path: str) -> None:
    assert web.get(f"https://{ADDRESS['eg1']}{path}", timeout=30).status_code == 404


def test_the_resource_learns_the_users_address_and_not_what_the_user_says_of_it(
    lab: Store, web: requests.Session
) -> None:
    mark = secrets.token_hex(8)
    forged = {"X-Forwarded-For": "192.0.2.1", "X-Real-IP": "192.0.2.1"}
    web.get(f"https://{ADDRESS['eg1']}/intranet/?{mark}", headers=forged, timeout=30)
    logged = until(lambda: on(lab, "srv1", f"grep {mark} /var/log/nginx/access.log || true"), "nothing was logged")
    assert logged.startswith("10.77.0.1 ")
    assert "192.0.2.1" not in logged


def upload(tls: ssl.SSLContext, name: str, content: bytes, digest: str | None = None, length: int | None = None) -> int:
    """Offer a recording to eg1; give the HTTP status."""
    connection = http.client.HTTPSConnection(ADDRESS["eg1"], 8443, timeout=30, context=tls)
    headers = {
        "Content-Length": str(len(content) if length is None else length),
        "X-Content-SHA256": hashlib.sha256(content).hexdigest() if digest is None else digest,
    }
    with closing(connection):
        connection.request("PUT", f"/recordings/{name}", content, headers)
        return connection.getresponse().status


def a_name() -> str:
    return f"20260101T000000Z-ssh-nobody-{secrets.token_hex(8)}"


def stored(lab: Store, name: str) -> bool:
    return on(lab, "eg1", f"ls {RECORDINGS}").split().count(name) == 1


def test_a_recording_is_stored_whole_for_its_group_and_told_to_the_system_log(
    lab: Store, agent: ssl.SSLContext
) -> None:
    name = a_name()
    assert upload(agent, name, b"what was shown") == 201
    file = f"{RECORDINGS}/{name}"
    assert on(lab, "eg1", f"cat {file}; stat -c ' %A %U:%G' {file}") == "what was shown -rw-r----- ipdiva:ipdiva\n"
    event = f"Enregistrement reçu : {name} org:main, user:nobody@srv1.cleanroom.test, ip:10.77.0.1"
    assert event in on(lab, "eg1", "journalctl --identifier=ipdiva-edge-gateway --output=cat --lines=20")


def test_a_recording_may_be_sent_again_but_never_replaced(lab: Store, agent: ssl.SSLContext) -> None:
    name = a_name()
    statuses = [upload(agent, name, content) for content in (b"first", b"first", b"other")]
    assert statuses == [201, 200, 409]
    assert on(lab, "eg1", f"cat {RECORDINGS}/{name}") == "first"


@pytest.mark.parametrize(
    ("announced", "status"),
    [({"digest": "0" * 64}, 422), ({"digest": "no digest"}, 400), ({"length": 64 * 1024 * 1024 + 1}, 413)],
)
def test_content_that_is_not_as_announced_or_too_large_is_refused(
    lab: Store, agent: ssl.SSLContext, announced: dict[str, Any], status: int
) -> None:
    before = on(lab, "eg1", f"ls -A {RECORDINGS}")
    assert upload(agent, a_name(), b"content", **announced) == status
    assert on(lab, "eg1", f"ls -A {RECORDINGS}") == before


@pytest.mark.parametrize(
    "name",
    [
        "../../../../etc/cron.d/x",
        "20260101T000000Z-ssh-a/b-0123456789abcdef",
        "20260101T000000Z-vnc-nobody-0123456789abcdef",
        ".draft-0123456789abcdef",
    ],
)
def test_a_name_that_no_agent_gives_is_refused(agent: ssl.SSLContext, name: str) -> None:
    assert upload(agent, name, b"content") == 404


def test_half_a_recording_leaves_nothing(lab: Store, agent: ssl.SSLContext) -> None:
    name, address = a_name(), ADDRESS["eg1"]
    head = f"PUT /recordings/{name} HTTP/1.1\r\nContent-Length: 1000\r\nX-Content-SHA256: {'0' * 64}\r\n\r\n"
    plain = socket.create_connection((address, 8443), 10)
    with agent.wrap_socket(plain, server_hostname=address) as connection:
        connection.sendall(head.encode() + b"half")
    until(lambda: ".draft-" not in on(lab, "eg1", f"ls -A {RECORDINGS}"), "the half is still there")
    assert not stored(lab, name)


def refused_by_the_receiver(tls: ssl.SSLContext) -> bool:
    """TLS 1.3 tells a client that its certificate is refused with the first answer (RFC 8446, section 4.4.2.4)."""
    try:
        upload(tls, a_name(), b"")
    except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
        return True
    return False


def test_only_certified_agents_may_send(lab: Store, agent: ssl.SSLContext, tmp_path: Path) -> None:
    nobody = ssl.create_default_context(cafile=str(lab.path / "ca.pem"))
    server = certified(lab, tmp_path, lab.certificate("srv1").pem)
    assert [refused_by_the_receiver(tls) for tls in (nobody, server, agent)] == [True, True, False]
