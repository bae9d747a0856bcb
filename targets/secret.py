"""Where a secret comes from, and the type that never shows it.

A target file holds no secret, only a reference: an environment variable, a file that only its owner may read, an
entry of the system's keyring, or a question at the terminal.
"""

from __future__ import annotations

import getpass
import os
import stat
import sys
from pathlib import Path
from typing import Annotated, NoReturn, SupportsIndex

from pydantic import BaseModel, ConfigDict, Discriminator, Field, SecretStr, Tag

from targets.references import LocalPath

MASK = "***"


class Secret(SecretStr):
    """A value that prints as ``***`` wherever it ends up; only `reveal` gives it away."""

    def reveal(self) -> str:
        """Return the value itself, for the one place that must send it."""
        return self.get_secret_value()

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a secret is not pickled or copied: it would be readable there")


class MissingSecretError(Exception):
    """A reference leads to no secret; the message says which one and what to do."""


class _Reference(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class FromEnvironment(_Reference):
    """The value of an environment variable."""

    env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="Environment variable that holds the secret")

    def read(self) -> Secret:
        """Return the variable's value; raise MissingSecretError where it is unset or empty."""
        value = os.environ.get(self.env)
        if not value:
            raise MissingSecretError(f"the environment variable {self.env} is not set: export it first")
        return Secret(value)


class FromFile(_Reference):
    """The first line of a file that only its owner may read (as systemd credentials and container secrets are)."""

    file: LocalPath = Field(description="File whose first line is the secret; nobody but its owner may read it")

    def read(self) -> Secret:
        """Return the file's first line; raise MissingSecretError where it is absent, empty, or open to others."""
        try:
            if open_to_others(self.file):
                raise MissingSecretError(f"the file {self.file} is open to other users: chmod 600 {self.file}")
            with self.file.open(encoding="utf-8") as lines:
                value = lines.readline(MOST_CHARACTERS).rstrip("\r\n")
        except OSError as error:
            raise MissingSecretError(f"the file {self.file} cannot be read ({error.strerror})") from None
        except ValueError:
            raise MissingSecretError(f"the file {self.file} is not UTF-8 text") from None
        if not value:
            raise MissingSecretError(f"the file {self.file} is empty, or its first line is")
        return Secret(value)


class FromKeyring(_Reference):
    """An entry of the system's keyring."""

    keyring: str = Field(pattern=r"^[^/]+/.+$", description="service/user of the keyring entry")

    def read(self) -> Secret:
        """Return the entry's password; raise MissingSecretError where there is none, or no keyring."""
        import keyring  # noqa: PLC0415 -- takes 0.1 s, and few target files need it
        from keyring.errors import KeyringError  # noqa: PLC0415 -- as above

        service, user = self.keyring.split("/", 1)
        try:
            value = keyring.get_password(service, user)
        except KeyringError as error:
            reason = str(error).split(". ")[0]
            raise MissingSecretError(f"the keyring cannot be read ({reason}): use env, file or prompt") from None
        if not value:
            raise MissingSecretError(f"the keyring has no entry {self.keyring}: keyring set {service} {user}")
        return Secret(value)


class FromPrompt(_Reference):
    """A question at the terminal, asked once."""

    prompt: str = Field(min_length=1, max_length=200, description="What to ask at the terminal")

    def read(self) -> Secret:
        """Ask, unseen; raise MissingSecretError where there is no terminal or no answer."""
        if self.prompt not in _ANSWERS:
            _ANSWERS[self.prompt] = _ask(self.prompt)
        return _ANSWERS[self.prompt]

    @property
    def was_answered(self) -> bool:
        """Whether this has been asked, and is not asked again."""
        return self.prompt in _ANSWERS


_ANSWERS: dict[str, Secret] = {}


def _ask(question: str) -> Secret:
    if not sys.stdin.isatty():
        raise MissingSecretError(
            f"nobody can be asked for “{question}”: there is no terminal; use env, file or keyring"
        )
    value = getpass.getpass(f"{question}: ")
    if not value:
        raise MissingSecretError(f"no answer was given to “{question}”")
    return Secret(value)


MOST_CHARACTERS = 4096


def open_to_others(path: Path) -> bool:
    """Whether users other than its owner may read or write the file; raises OSError. Windows has no such bits."""
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


SOURCES = {"env": "FromEnvironment", "file": "FromFile", "keyring": "FromKeyring", "prompt": "FromPrompt"}


def _source(value: object) -> str | None:
    keys = value if isinstance(value, dict) else type(value).model_fields if isinstance(value, _Reference) else ()
    return next((SOURCES[key] for key in SOURCES if key in keys), None)


SecretReference = Annotated[
    Annotated[FromEnvironment, Tag("FromEnvironment")]
    | Annotated[FromFile, Tag("FromFile")]
    | Annotated[FromKeyring, Tag("FromKeyring")]
    | Annotated[FromPrompt, Tag("FromPrompt")],
    Discriminator(
        _source,
        custom_error_type="no_source",
        custom_error_message="must say where the secret is, never what it is: {env: VARIABLE}, {file: PATH}, "
        "{keyring: service/user} or {prompt: question}",
    ),
    Field(description="Where the secret is: one of env, file, keyring, prompt"),
]
