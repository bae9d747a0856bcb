"""The user's password during a session, for signing in to desktops: only the browser's token opens it."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet


def seal(token: str, password: str) -> bytes:
    """Encrypt the password for the holder of this token."""
    return _cipher(token).encrypt(password.encode())


def unseal(token: str, sealed: bytes) -> str:
    """Give back what ``seal`` took; raises cryptography.fernet.InvalidToken for another session's token."""
    return _cipher(token).decrypt(sealed).decode()


def _cipher(token: str) -> Fernet:
    key = hmac.digest(token.encode(), b"password of the session", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key))
