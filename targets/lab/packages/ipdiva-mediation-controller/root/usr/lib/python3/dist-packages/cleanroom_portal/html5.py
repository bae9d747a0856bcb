"""The token that opens an HTML5 application: guacamole-lite's format (AES-256-CBC), with an expiry and a MAC."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

LIFE = 60  # seconds between launch and the tunnel's opening


def token(key: bytes, content: dict[str, Any]) -> str:
    """Encrypt ``content`` for the HTML5 Gateway that shares ``key`` (32 bytes)."""
    iv = secrets.token_bytes(16)
    value = _encrypt(key, iv, json.dumps(content).encode())
    envelope = {"iv": _base64(iv), "value": _base64(value), "mac": _mac(key, iv + value)}
    return _base64(json.dumps(envelope).encode())


def desktop(gateway: str, resource: str, login: str, password: str | None) -> dict[str, Any]:
    """Say which desktop to show, through which Edge Gateway; without a password the desktop itself asks for one."""
    settings = {"hostname": gateway, "port": "3389"}
    if password is not None:
        settings |= {"username": login, "password": password}
    connection = {"type": "rdp", "settings": settings}
    expires = int(time.time()) + LIFE
    return {"connection": connection, "server_name": resource, "user": login, "expires": expires}


def _encrypt(key: bytes, iv: bytes, plain: bytes) -> bytes:
    padder = PKCS7(algorithms.AES.block_size).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def _mac(key: bytes, message: bytes) -> str:
    """CBC alone tells nothing of changes: the gateway checks this before it decrypts."""
    return hmac.new(hmac.digest(key, b"html5 token", hashlib.sha256), message, hashlib.sha256).hexdigest()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
