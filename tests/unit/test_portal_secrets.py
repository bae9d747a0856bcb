"""Passwords at rest, passwords of a session, and the HTML5 token."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.portal_code import portal_module

passwords = portal_module("passwords")
credentials = portal_module("credentials")
html5 = portal_module("html5")

KEY = bytes(range(32))
SESSION = "token-of-one-session"


@settings(max_examples=5, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_only_the_same_password_is_accepted(password: str, other: str) -> None:
    stored = passwords.hash_password(password)
    assert passwords.verify(password, stored)
    assert passwords.verify(other, stored) == (other == password)


def test_the_same_password_is_stored_differently_each_time() -> None:
    assert passwords.hash_password("secret") != passwords.hash_password("secret")


def test_the_stored_form_is_scrypt_at_the_cost_that_is_promised() -> None:
    """RFC 7914, with N = 2^14, r = 8, p = 1."""
    _, salt, stored = passwords.hash_password("secret").split("$")
    expected = hashlib.scrypt(b"secret", salt=bytes.fromhex(salt), n=2**14, r=8, p=1)
    assert expected.hex() == stored


def test_a_password_sealed_in_a_session_opens_with_its_token_alone() -> None:
    sealed = credentials.seal(SESSION, "pässword")
    assert b"ssword" not in sealed
    assert credentials.unseal(SESSION, sealed) == "pässword"
    with pytest.raises(InvalidToken):
        credentials.unseal("token-of-another-session", sealed)


def opened(token: str) -> tuple[dict[str, str], dict[str, object]]:
    """Read a token as guacamole-lite does: base64, JSON, AES-256-CBC."""
    envelope = json.loads(base64.b64decode(token))
    iv, value = (base64.b64decode(envelope[name]) for name in ("iv", "value"))
    decryptor = Cipher(algorithms.AES(KEY), modes.CBC(iv)).decryptor()
    unpadder = PKCS7(128).unpadder()
    plain = unpadder.update(decryptor.update(value) + decryptor.finalize()) + unpadder.finalize()
    return envelope, json.loads(plain)


def test_an_html5_token_opens_as_guacamole_lite_opens_it() -> None:
    content = html5.desktop("eg1.example.test", "srv1.example.test", "dave", "secret")
    _, found = opened(html5.token(KEY, content))
    assert found == content
    settings = {"hostname": "eg1.example.test", "port": "3389", "username": "dave", "password": "secret"}
    assert found["connection"] == {"type": "rdp", "settings": settings}


def test_an_html5_token_expires_a_minute_after_launch() -> None:
    before = time.time()
    expires = html5.desktop("eg1.example.test", "srv1.example.test", "dave", None)["expires"]
    assert int(before) + 60 <= expires <= time.time() + 60


def test_an_html5_token_of_a_federated_user_names_nobody_to_sign_in() -> None:
    content = html5.desktop("eg1.example.test", "srv1.example.test", "bob", None)
    assert set(content["connection"]["settings"]) == {"hostname", "port"}


def test_an_html5_token_carries_a_mac_over_all_that_is_encrypted() -> None:
    envelope, _ = opened(html5.token(KEY, {"user": "dave"}))
    message = base64.b64decode(envelope["iv"]) + base64.b64decode(envelope["value"])
    mac_key = hmac.digest(KEY, b"html5 token", "sha256")
    assert envelope["mac"] == hmac.new(mac_key, message, "sha256").hexdigest()


def test_two_tokens_for_the_same_desktop_differ() -> None:
    assert html5.token(KEY, {"user": "dave"}) != html5.token(KEY, {"user": "dave"})
