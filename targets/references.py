"""Types of values that lead elsewhere: to a file here, or to something that the same target file names.

They are checked while the model is, so that their faults are listed with all others and at their own place. What they
are checked against comes as pydantic's validation context; without it (a model made in a program) they are left alone.
"""

from __future__ import annotations

import ssl
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, HttpUrl, UrlConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

Traits = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Surroundings:
    """What a value is checked against: the target file's folder, and its users and machines with their traits.

    `files` says whether the files that it names have to be here.
    """

    folder: Path
    users: Traits
    machines: Traits
    files: bool = True


def _around(info: ValidationInfo) -> Surroundings | None:
    return info.context if isinstance(info.context, Surroundings) else None


def _looks_at_files(info: ValidationInfo) -> bool:
    around = _around(info)
    return around is not None and around.files


def refers_to(kind: Literal["user", "machine"], *traits: str) -> AfterValidator:
    """Return the check that a value is the name of a user or machine that has all these traits."""
    wanted = "".join(f", {trait}" for trait in traits)

    def check(name: str, info: ValidationInfo) -> str:
        if around := _around(info):
            known = around.users if kind == "user" else around.machines
            fitting = [other for other, has in known.items() if has.issuperset(traits)]
            if name not in fitting:
                raise _dangling(f"{kind}{wanted}", name, fitting)
        return name

    return AfterValidator(check)


def _dangling(what: str, name: str, fitting: Iterable[str]) -> PydanticCustomError:
    context = {"what": what, "name": name, "allowed": ", ".join(fitting) or "nothing, as none is described"}
    return PydanticCustomError("dangling", "“{name}” is not the name of a {what}; allowed: {allowed}", context)


def _resolve(path: Path, info: ValidationInfo) -> Path:
    if not (around := _around(info)):
        return path
    try:
        return around.folder / path.expanduser()
    except RuntimeError as error:
        raise PydanticCustomError("no_home", "{why}", {"why": str(error)}) from None


def _readable(path: Path, info: ValidationInfo) -> Path:
    if _looks_at_files(info):
        try:
            with path.open("rb") as file:
                file.read(1)
        except (OSError, ValueError) as error:
            raise _unusable(path, error) from None
    return path


def _unusable(path: Path, error: Exception) -> PydanticCustomError:
    why = getattr(error, "strerror", None) or str(error)
    return PydanticCustomError(
        "unusable_file", "the file {path} cannot be used ({why})", {"path": str(path), "why": why}
    )


def _certificates(path: Path, info: ValidationInfo) -> Path:
    if _looks_at_files(info):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
        except ssl.SSLError:
            raise _unusable(path, ValueError("it holds no certificate in PEM form")) from None
    return path


def _host_keys(path: Path, info: ValidationInfo) -> Path:
    if _looks_at_files(info):
        try:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                _host_key(number, line)
        except ValueError as error:
            raise _unusable(path, error) from None
    return path


def _host_key(number: int, line: str) -> None:
    fields = line.split()
    if not fields or fields[0].startswith("#"):
        return
    fields = fields[1:] if fields[0].startswith("@") else fields  # @cert-authority, @revoked
    try:
        hosts, kind, key = fields[:3]
        valid = bool(hosts) and kind.encode() in b64decode(key, validate=True)
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(f"its line {number} is no host key")


def _without_credentials(url: HttpUrl) -> HttpUrl:
    if url.username or url.password:
        raise PydanticCustomError("credentials", "must hold no user name or password; users are described under users")
    return url


LocalPath = Annotated[Path, AfterValidator(_resolve)]
"""A path on this machine: ``~`` expands, and a relative one starts at the target file's folder."""
ReadableFile = Annotated[LocalPath, AfterValidator(_readable)]
KnownHostsFile = Annotated[ReadableFile, AfterValidator(_host_keys)]
CertificateFile = Annotated[ReadableFile, AfterValidator(_certificates)]

HttpsUrl = Annotated[HttpUrl, UrlConstraints(allowed_schemes=["https"]), AfterValidator(_without_credentials)]
"""An address where passwords and cookies may go."""
