"""Whether a repository serves the files that it lists: apt's own methods against a real HTTP server on loopback."""

from __future__ import annotations

import shlex
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from targets.access import pool
from targets.access.pool import PackageFile
from targets.access.shell import LocalShell

pytestmark = pytest.mark.skipif(not shutil.which("apt-config"), reason="apt is asked, and this machine has none")
SIZE = 10**12
"""As large as no test would download."""
SIZES = {"/cut.deb": 10, "/empty.deb": 0}
PATIENCE = 120.0


class Mirror(BaseHTTPRequestHandler):
    """Says of every file that it has SIZE bytes, and sends one that was cut, moved, taken away or never finished."""

    protocol_version = "HTTP/1.1"
    attempts: list[str] = []  # noqa: RUF012 - of the test that has just emptied it

    def do_GET(self) -> None:
        self.attempts.append(self.path)
        if self.path.startswith("/gone"):
            self.send_error(404)
        elif self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/here.deb")  # type: ignore[attr-defined]  # a server has one
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path.startswith("/unsized"):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"100000\r\n%b\r\n0\r\n\r\n" % bytes(0x100000))
        elif self.path.startswith("/silent"):
            threading.Event().wait(PATIENCE)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(SIZES.get(self.path, SIZE)))
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[str]:
    Mirror.attempts.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def asked(folder: Path, *uris: str, seconds: float = PATIENCE) -> list[PackageFile]:
    """Ask for files that apt has listed with SIZE."""
    listed = "".join(f"'{uri}' a.deb {SIZE} SHA256:0\n" for uri in uris)
    (folder / "files").write_text(f"Reading package lists...\n{listed}status 0\n")
    (folder / "apt.conf").write_text('Acquire::http::Timeout "20";\nAPT::Sandbox::User "root";\n')
    ran = LocalShell().run(f"T={shlex.quote(str(folder))}\n{pool.looking(seconds)}", PATIENCE)
    return list(pool.parse((folder / "files").read_text(), ran.out))


def test_a_file_that_is_served_as_it_is_listed_is_fine_and_not_downloaded(mirror: str, tmp_path: Path) -> None:
    uri = f"{mirror}/pool/it's%20%2b100%25.deb"
    assert asked(tmp_path, uri) == [PackageFile(uri, SIZE, SIZE)]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/gone.deb", "404"),
        ("/cut.deb", "it has 10 bytes, 1000000000000 are listed"),
        ("/empty.deb", "it has 0 bytes, 1000000000000 are listed"),
    ],
)
def test_a_file_that_is_not_there_or_has_another_size_is_said(
    path: str, words: str, mirror: str, tmp_path: Path
) -> None:
    [fine, bad] = asked(tmp_path, f"{mirror}/here.deb", f"{mirror}{path}")
    assert (fine.trouble, bad.answered) == ("", True)
    assert bad.trouble.startswith(f"{mirror}{path}: ")
    assert words in bad.trouble


def test_a_redirect_is_followed(mirror: str, tmp_path: Path) -> None:
    assert [file.trouble for file in asked(tmp_path, f"{mirror}/moved.deb")] == [""]


def test_a_mirror_that_is_away_is_tried_again_and_then_said(tmp_path: Path) -> None:
    [file] = asked(tmp_path, "http://127.0.0.1:9/a.deb")
    assert file.answered
    assert "Could not connect" in file.trouble


def test_a_file_that_is_gone_is_asked_for_once(mirror: str, tmp_path: Path) -> None:
    asked(tmp_path, f"{mirror}/gone.deb")
    assert Mirror.attempts == ["/gone.deb"]


def test_a_mirror_that_never_answers_is_nobody_s_answer(mirror: str, tmp_path: Path) -> None:
    """The others are answered all the same."""
    [fine, silent] = asked(tmp_path, f"{mirror}/here.deb", f"{mirror}/silent.deb", seconds=8)
    assert (fine.served, silent.served, silent.answered) == (SIZE, None, False)


def test_a_size_that_the_mirror_does_not_say_is_nobody_s_answer(mirror: str, tmp_path: Path) -> None:
    [file] = asked(tmp_path, f"{mirror}/unsized.deb")
    assert (file.served, file.answered) == (None, False)


def test_nothing_in_an_address_is_run(mirror: str, tmp_path: Path) -> None:
    asked(tmp_path, f"{mirror}/$(touch${{IFS}}{tmp_path}/injected).deb", f"{mirror}/`touch {tmp_path}/injected`")
    assert not (tmp_path / "injected").exists()


def test_a_kind_of_repository_that_apt_does_not_know_is_nobody_s_answer(tmp_path: Path) -> None:
    [file] = asked(tmp_path, "gopher://127.0.0.1/a.deb", seconds=8)
    assert not file.answered
