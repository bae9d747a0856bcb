"""Secrets come from where the target file says, and never show."""

from __future__ import annotations

import base64
import copy
import getpass
import html
import io
import json
import pickle
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.errors import NoKeyringError
from pydantic import BaseModel
from rich.console import Console
from rich.traceback import Traceback

from targets import secret
from targets.redaction import Redactor
from targets.secret import FromEnvironment, FromFile, FromKeyring, FromPrompt, MissingSecretError, Secret
from tests.unit.target_samples import private

VALUE = "p&ss w<rd/é\"'+=%"


class Holder(BaseModel):
    held: Secret


@pytest.mark.parametrize(
    "printed",
    [
        str,
        repr,
        format,
        lambda it: f"{it}",
        lambda it: f"{it!r}",
        lambda it: "%s" % it,  # noqa: UP031 -- this way of printing too
        lambda it: json.dumps(it, default=str).strip('"'),
    ],
)
def test_a_secret_prints_as_three_stars(printed: Callable[[Secret], str]) -> None:
    assert printed(Secret(VALUE)) == "***"


def test_pydantic_writes_no_secret() -> None:
    held = Holder(held=Secret("hush-hush"))
    assert "hush" not in held.model_dump_json() + repr(held) + str(held.model_dump())


def test_a_secret_gives_itself_away_only_when_asked() -> None:
    assert Secret(VALUE).reveal() == VALUE


@pytest.mark.parametrize("way_out", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_a_secret_is_not_written_away(way_out: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError):
        way_out(Secret(VALUE))


def _fail(held: Secret) -> None:
    everything = {"held": [held]}
    raise RuntimeError(f"with {everything}")


def test_a_traceback_with_local_variables_shows_no_secret() -> None:
    try:
        _fail(Secret("hush-hush"))
    except RuntimeError as error:
        out = io.StringIO()
        Console(file=out, width=200).print(
            Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
        )
        plain = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    frames = out.getvalue() + plain
    assert "everything" in frames
    assert "***" in frames
    assert frames.count("hush-hush") == frames.count('_fail(Secret("hush-hush"))')


def test_an_environment_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECETTE_X", VALUE)
    assert FromEnvironment(env="RECETTE_X").read().reveal() == VALUE


@pytest.mark.parametrize("value", [None, ""])
def test_an_environment_variable_without_value_is_missing(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("RECETTE_X", raising=False)
    if value is not None:
        monkeypatch.setenv("RECETTE_X", value)
    with pytest.raises(MissingSecretError, match="RECETTE_X is not set: export it first"):
        FromEnvironment(env="RECETTE_X").read()


def test_the_first_line_of_a_file_is_read(tmp_path: Path) -> None:
    file = private(tmp_path / "secret", f"{VALUE}\r\nand more\n")
    assert FromFile(file=file).read().reveal() == VALUE


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    file = private(tmp_path / "secret", VALUE)
    file.chmod(mode)
    with pytest.raises(MissingSecretError, match="chmod 600"):
        FromFile(file=file).read()


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "is empty"), (b"\nx", "is empty"), (b"\xff\xfe", "is not UTF-8 text")]
)
def test_a_file_without_a_first_line_of_text_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = private(tmp_path / "secret", "")
    file.write_bytes(content)
    with pytest.raises(MissingSecretError, match=said):
        FromFile(file=file).read()


@pytest.mark.parametrize("path", ["absent", ".", "a\0b"])
def test_what_is_no_file_is_refused(tmp_path: Path, path: str) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(MissingSecretError):
        FromFile(file=tmp_path / path).read()


def test_a_keyring_entry_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_password", lambda service, user: f"{service} of {user}")
    assert FromKeyring(keyring="recette/alice").read().reveal() == "recette of alice"


def test_an_absent_keyring_entry_says_how_to_store_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_password", lambda *_: None)
    with pytest.raises(MissingSecretError, match="keyring set recette alice"):
        FromKeyring(keyring="recette/alice").read()


def test_a_machine_without_keyring_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_keyring(*_: str) -> None:
        raise NoKeyringError("No recommended backend was available. See elsewhere")

    monkeypatch.setattr(keyring, "get_password", no_keyring)
    with pytest.raises(MissingSecretError, match=r"backend was available\): use env, file or prompt"):
        FromKeyring(keyring="recette/alice").read()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A terminal at which somebody answers; the questions asked are in the list."""
    asked: list[str] = []
    monkeypatch.setattr(secret, "_ANSWERS", {})
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)

    def answer(question: str) -> str:
        asked.append(question)
        return VALUE

    monkeypatch.setattr(getpass, "getpass", answer)
    return asked


def test_a_question_is_asked_once(terminal: list[str]) -> None:
    answers = {FromPrompt(prompt="Password of alice").read().reveal() for _ in range(3)}
    assert (answers, terminal) == ({VALUE}, ["Password of alice: "])


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "_ANSWERS", {})
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(MissingSecretError, match="there is no terminal"):
        FromPrompt(prompt="Password of alice").read()


def _everywhere(value: str) -> list[str]:
    return [
        value,
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        quote(value, safe="").lower() if quote(value, safe="").lower() != value.lower() else value,
        html.escape(value),
        html.escape(value).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        base64.b64encode(value.encode()).decode(),
        base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
    ]


@pytest.mark.parametrize("form", _everywhere(VALUE))
def test_a_known_secret_is_scrubbed_in_every_form(form: str) -> None:
    assert Redactor([Secret(VALUE)]).scrub(f"before {form} after") == "before *** after"


@pytest.mark.parametrize("login", ["", "a", "al", "ali", "alice:"])
def test_a_secret_inside_base64_is_scrubbed_whatever_stands_before_it(login: str) -> None:
    """As in HTTP's Basic authentication; what is left of it must not give the secret away."""
    header = base64.b64encode(f"{login}correct horse battery\nend".encode()).decode()
    scrubbed = Redactor([Secret("correct horse battery")]).scrub(header)
    assert "***" in scrubbed
    digits_of_nothing_else = len("correct horse battery") * 8 // 6 - 2
    assert len(header) - len(scrubbed.replace("***", "")) >= digits_of_nothing_else


def test_the_longer_of_two_secrets_is_scrubbed_whole() -> None:
    assert Redactor([Secret("abc"), Secret("abcdef")]).scrub("abcdef abc") == "*** ***"


def test_text_without_secrets_is_left_alone() -> None:
    assert Redactor([]).scrub("all of it") == Redactor([Secret("x1y2")]).scrub("all of it") == "all of it"


@given(
    value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="*"), min_size=4), around=st.text("ab ")
)
def test_no_form_of_any_secret_survives(value: str, around: str) -> None:
    redactor = Redactor([Secret(value)])
    for form in _everywhere(value)[:4]:
        assert redactor.scrub(f"{around}{form}{around}").count("***") >= 1
        assert form not in redactor.scrub(f"{form}")
