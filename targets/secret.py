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
from typing import Annotated

import keyring
from keyring.errors import KeyringError
from pydantic import BaseModel, ConfigDict, Field, SecretStr

MASK = "***"


class MissingSecretError(Exception):
    """A reference leads to no secret; the message says which one and what to do."""


class _Reference(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FromEnvironment(_Reference):
    """The value of an environment variable."""

    env: str = Field(min_length=1, description="Name of the environment variable that holds the secret")

    def read(self) -> SecretStr:
        """Return the variable's value; raise MissingSecretError where it is unset or empty."""
        value = os.environ.get(self.env)
        if not value:
            raise MissingSecretError(f"the environment variable {self.env} is not set: export it first")
        return SecretStr(value)


class FromFile(_Reference):
    """The first line of a file that only its owner may read (as systemd credentials and container secrets are)."""

    file: Path = Field(description="File whose first line is the secret; nobody but its owner may read it")

    def read(self) -> SecretStr:
        """Return the file's first line; raise MissingSecretError where it is absent, empty, or open to others."""
        try:
            open_to_others = self.file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            value = self.file.read_text(encoding="utf-8").split("\n", 1)[0]
        except (OSError, UnicodeDecodeError) as error:
            raise MissingSecretError(f"the file {self.file} cannot be read ({error})") from None
        if open_to_others:
            raise MissingSecretError(f"the file {self.file} is open to other users: chmod 600 {self.file}")
        if not value:
            raise MissingSecretError(f"the file {self.file} is empty")
        return SecretStr(value)


class FromKeyring(_Reference):
    """An entry of the system's keyring."""

    keyring: str = Field(pattern=r"^[^/]+/.+$", description="service/user of the keyring entry")

    def read(self) -> SecretStr:
        """Return the entry's password; raise MissingSecretError where there is none, or no keyring."""
        service, user = self.keyring.split("/", 1)
        try:
            value = keyring.get_password(service, user)
        except KeyringError as error:
            raise MissingSecretError(f"the keyring cannot be read ({error})") from None
        if not value:
            raise MissingSecretError(f"the keyring has no entry {self.keyring}: keyring set {service} {user}")
        return SecretStr(value)


class FromPrompt(_Reference):
    """A question at the terminal, asked once a run."""

    prompt: str = Field(min_length=1, description="What to ask at the terminal")

    def read(self) -> SecretStr:
        """Ask, unseen; raise MissingSecretError where there is no terminal or no answer."""
        if not sys.stdin.isatty():
            raise MissingSecretError(f"nobody can be asked for “{self.prompt}”: there is no terminal")
        value = getpass.getpass(f"{self.prompt}: ")
        if not value:
            raise MissingSecretError(f"no answer was given to “{self.prompt}”")
        return SecretStr(value)


SecretReference = Annotated[
    FromEnvironment | FromFile | FromKeyring | FromPrompt,
    Field(description="Where the secret is: one of env, file, keyring, prompt"),
]
