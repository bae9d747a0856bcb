"""The HTML5 Gateway opens a desktop for a token that the portal has just made, and for nothing else."""

import base64
import hmac
import http.client
import json
import os
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from targets.lab.roles.controller import html5_key
from targets.lab.store import Store
from tests.lab.resource_access import ADDRESS

Token = dict[str, str]
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
    "Sec-WebSocket-Protocol": "guacamole",
}


def made(key: bytes, lasts: float = 60) -> Token:
    """Make a token as the portal does, for a desktop that nobody offers: only its admission is tried."""
    settings = {"hostname": "127.0.0.1", "port": "9"}
    launch = {"connection": {"type": "rdp", "settings": settings}, "user": "frank", "expires": int(time.time() + lasts)}
    iv, padder = os.urandom(16), padding.PKCS7(128).padder()
    plain = padder.update(json.dumps(launch).encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    value = encryptor.update(plain) + encryptor.finalize()
    mac = hmac.digest(hmac.digest(key, b"html5 token", "sha256"), iv + value, "sha256")
    return {"iv": base64.b64encode(iv).decode(), "value": base64.b64encode(value).decode(), "mac": mac.hex()}


def tunnel(lab: Store, query: str) -> int:
    """Ask for a tunnel; give the HTTP status (101: it is open)."""
    tls = ssl.create_default_context(cafile=str(lab.path / "ca.pem"))
    with closing(http.client.HTTPSConnection(ADDRESS["html5"], timeout=30, context=tls)) as connection:
        connection.request("GET", f"/tunnel?{query}", headers=UPGRADE)
        return connection.getresponse().status


def query(token: Token) -> str:
    return urlencode({"token": base64.b64encode(json.dumps(token).encode()).decode()})


@pytest.fixture
def key(lab: Store) -> bytes:
    return bytes.fromhex(html5_key(lab))


def test_a_token_of_the_portal_opens_a_tunnel(lab: Store, key: bytes) -> None:
    assert tunnel(lab, query(made(key))) == 101


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(lambda key: made(key, lasts=-1), id="expired"),
        pytest.param(lambda _key: made(bytes(32)), id="another key"),
        pytest.param(lambda key: made(key) | {"mac": "00" * 32}, id="wrong mac"),
        pytest.param(lambda key: made(key) | {"mac": ""}, id="empty mac"),
        pytest.param(lambda key: made(key) | {"iv": base64.b64encode(bytes(16)).decode()}, id="other first block"),
        pytest.param(lambda key: {part: made(key)[part] for part in ("iv", "value")}, id="no mac"),
    ],
)
def test_any_other_token_is_refused(lab: Store, key: bytes, forged: Callable[[bytes], Token]) -> None:
    assert tunnel(lab, query(forged(key))) == 401


@pytest.mark.parametrize("bad", ["", "token=", "token=!!", "token=" + "A" * 5000, "token=e30=&token=e30="])
def test_what_is_not_a_token_is_refused(lab: Store, bad: str) -> None:
    assert tunnel(lab, bad) == 401


def test_a_second_token_beside_a_good_one_is_refused(lab: Store, key: bytes) -> None:
    """guacamole-lite takes one of them by itself: it must not be the one that was not checked."""
    assert tunnel(lab, query(made(key)) + "&" + query(made(bytes(32)))) == 401
