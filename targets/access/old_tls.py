"""Whether a server still accepts a TLS that is no longer safe (RFC 8996: TLS 1.0 and 1.1).

The greeting is written by hand: the libraries here may refuse to speak so old a TLS, whatever the server does.
"""

from __future__ import annotations

import secrets
import socket
import struct

TLS_1_0, TLS_1_1 = 0x0301, 0x0302
NAMES = {TLS_1_0: "TLS 1.0", TLS_1_1: "TLS 1.1"}
HANDSHAKE, SERVER_HELLO = 22, 2
SUITES = (0xC009, 0xC00A, 0xC013, 0xC014, 0x002F, 0x0035, 0x000A, 0x00FF)
"""What servers of that time spoke: AES and 3DES with SHA-1, by ECDHE or RSA; the last says secure renegotiation."""
SERVER_NAME, GROUPS, POINT_FORMATS = 0, 10, 11
LONGEST_SILENCE = 5.0
"""Seconds: some servers and firewalls answer an old greeting with nothing at all."""
HELLO_LENGTH = 11
"""Bytes of a record up to the version in its ServerHello (RFC 4346 sections 6.2.1 and 7.4.1.3)."""


def accepted(host: str, port: int, at: str, time_limit: float) -> str:
    """Name the old TLS that the server `at` an address accepts for a host name; `time_limit` in seconds.

    Returns nothing where it is refused, be it with an alert, by hanging up, or by silence.
    """
    try:
        with socket.create_connection((at, port), timeout=min(time_limit, LONGEST_SILENCE)) as connection:
            connection.sendall(_hello(host))
            answer = _read(connection)
    except OSError:
        return ""
    if len(answer) < HELLO_LENGTH or (answer[0], answer[5]) != (HANDSHAKE, SERVER_HELLO):
        return ""
    return NAMES.get(struct.unpack(">H", answer[9:11])[0], "")


def _hello(host: str) -> bytes:
    """Return a ClientHello that offers TLS 1.1 at most (RFC 4346 section 7.4.1.2, extensions of RFC 6066 and 8422)."""
    name = host.encode("idna")
    extensions = b"".join(
        (
            _extension(SERVER_NAME, _counted(b"\0" + _counted(name, 2), 2)),
            _extension(GROUPS, _counted(struct.pack(">2H", 23, 24), 2)),
            _extension(POINT_FORMATS, b"\1\0"),
        )
    )
    suites = _counted(struct.pack(f">{len(SUITES)}H", *SUITES), 2)
    body = struct.pack(">H", TLS_1_1) + secrets.token_bytes(32) + b"\0" + suites + b"\1\0" + _counted(extensions, 2)
    message = b"\1" + _counted(body, 3)
    return struct.pack(">BH", HANDSHAKE, TLS_1_0) + _counted(message, 2)


def _extension(kind: int, content: bytes) -> bytes:
    return struct.pack(">H", kind) + _counted(content, 2)


def _counted(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width) + content


def _read(connection: socket.socket) -> bytes:
    """Return the beginning of the server's first record; it may come in pieces, or not at all."""
    answer = b""
    while len(answer) < HELLO_LENGTH and (part := connection.recv(HELLO_LENGTH - len(answer))):
        answer += part
    return answer
