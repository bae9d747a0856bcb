"""The kinds of value in a target file, with what they allow."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, IPvAnyAddress, StringConstraints
from pydantic_core import PydanticCustomError

from targets.references import refers_to

NAME = r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,63}$"
HOST = r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$"
TARGET_NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"
CRITERION = r"^[A-Z][A-Z0-9]*-[0-9]{2,}$"
RELEASE = r"^[0-9]{1,9}(\.[0-9]{1,9}){0,5}$"
SHA256 = r"^[0-9a-f]{64}$"
PRINTABLE = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"

Name = Annotated[str, StringConstraints(pattern=NAME)]
Host = Annotated[str, StringConstraints(pattern=HOST)]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=PRINTABLE)]
Statement = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=PRINTABLE)]
"""Text that says something: spaces alone do not."""
Release = Annotated[str, StringConstraints(pattern=RELEASE)]
Sha256 = Annotated[str, StringConstraints(pattern=SHA256)]
Selector = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)]


def _only_text(value: object) -> object:
    if isinstance(value, int):
        raise PydanticCustomError("string_type", "must be text")
    return value


Address = Annotated[IPvAnyAddress, BeforeValidator(_only_text)]
"""An IP address; a bare number would be taken for one too."""

UserName = Annotated[Name, refers_to("user")]
PlatformUserName = Annotated[Name, refers_to("user", "local_to: platform")]
FederatedUserName = Annotated[Name, refers_to("user", "local_to: identity provider")]
EdgeGatewayName = Annotated[Name, refers_to("machine", "component: edge gateway")]
Html5GatewayName = Annotated[Name, refers_to("machine", "component: HTML5 gateway")]
PilotName = Annotated[Name, refers_to("machine", "component: client", "with ssh")]
ReadableMachineName = Annotated[Name, refers_to("machine", "with ssh")]
UpgradedMachineName = Annotated[Name, refers_to("machine", "with component")]


class Entry(BaseModel):
    """Unknown keys are refused: a misspelt key must not be a check that silently does not happen."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


PATTERNS_IN_WORDS = {
    NAME: "letters, digits, spaces and . _ - (64 at most), beginning with a letter or digit",
    HOST: "a host name or an IP address",
    TARGET_NAME: "small letters, digits and - (40 at most), beginning with a letter or digit",
    CRITERION: "the permanent ID of a criterion, such as WEB-01",
    RELEASE: 'numbers with dots between, such as "4.6"',
    SHA256: "64 hexadecimal digits in small letters",
    PRINTABLE: "text without control characters",
}
"""What the patterns of this file allow, for people."""
