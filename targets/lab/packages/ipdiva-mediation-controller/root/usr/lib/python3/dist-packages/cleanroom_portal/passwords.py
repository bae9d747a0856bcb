"""Passwords at rest: scrypt (RFC 7914), each with its own salt."""

from __future__ import annotations

import hashlib
import hmac
import secrets

COST, BLOCK_SIZE, PARALLELISM = 2**14, 8, 1  # 16 MiB and about 50 ms: what RFC 7914 suggests for a sign-in


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Give ``scrypt$salt$hash`` in hexadecimal; the salt is random unless the caller needs the same hash again."""
    salt = secrets.token_bytes(16) if salt is None else salt
    return f"scrypt${salt.hex()}${_derive(password, salt).hex()}"


def verify(password: str, stored: str) -> bool:
    """Say whether this is the password that ``hash_password`` hashed; takes as long whether it is or not."""
    _, salt, expected = stored.split("$")
    return hmac.compare_digest(_derive(password, bytes.fromhex(salt)), bytes.fromhex(expected))


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK_SIZE, p=PARALLELISM)
