"""Files that were downloaded for the upgrade, where they lie: size, SHA-256, and OpenPGP signature by gpgv.

gpgv is on every Debian server, as apt itself needs it; gpg is not.
"""

from __future__ import annotations

import re
import shlex
from base64 import b64encode
from binascii import Error, a2b_base64
from dataclasses import dataclass

from targets.access import batch
from targets.access.outcomes import CannotJudgeError
from targets.access.shell import NO_PROGRAM, Shell
from targets.access.ssh import Ran
from targets.model.preparation import Download

ARMOUR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?:[^\r\n]+\r?\n)*[ \t]*\r?\n"
    rb"(.*?)(?:\r?\n=[^\r\n]+)?\r?\n-----END",
    re.DOTALL,
)
VERDICTS = (0, 1, 2)
"""What gpgv ends with by itself: fine, bad, or an error such as a signature that is not there."""
BAD = ("BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG")
"""What gpgv says of a signature that does not count, though some of them let it end well (GnuPG's doc/DETAILS)."""


@dataclass(frozen=True)
class Downloaded:
    """A file as it is: size in bytes (None where it is not there), SHA-256, what its list gives, and trouble."""

    size: int | None
    sha256: str
    listed: tuple[str, ...]
    trouble: str


@dataclass(frozen=True)
class Signature:
    """What gpgv says: whether it counts, and in its words; `fingerprint` of the key that made it."""

    good: bool
    fingerprint: str
    words: str


def look(shell: Shell, download: Download, time_limit: float) -> Downloaded:
    """Look at a file; `time_limit` in seconds. It does not travel to us."""
    file = shlex.quote(download.file)
    listed = f"head -c 1000000 -- {shlex.quote(download.checksums)}" if download.checksums else "true"
    asked = {
        "size": f"stat --dereference --format=%s -- {file} 2>/dev/null",
        "sha256": f"sha256sum < {file} 2>/dev/null",
        "listed": f"{listed} 2>/dev/null",
        "trouble": f"head -c 1 -- {file} 2>&1 >/dev/null",
        "end": "true",
    }
    return parse(shell.run(batch.question(asked), time_limit).out, download.file.rpartition("/")[2])


def parse(output: str, name: str) -> Downloaded:
    """Read what `look` was told of a file of that name."""
    found = batch.sections(output, "size", "sha256", "listed", "trouble", "end")
    size, digest = found["size"].strip(), re.match(r"[0-9a-f]{64}", found["sha256"])
    lines = re.findall(r"^([0-9a-f]{64}) [ *](.+)$", found["listed"], re.MULTILINE)
    listed = tuple(sha256 for sha256, path in lines if path.strip().rpartition("/")[2] == name)
    return Downloaded(
        int(size) if size.isdigit() else None, digest[0] if digest else "", listed, found["trouble"].strip()
    )


def verify(shell: Shell, download: Download, time_limit: float) -> Signature:
    """Have gpgv check the signature of the file, or of the list that vouches for it, with the target's key."""
    signed = download.checksums or download.file
    words = f"{shlex.quote(download.signature or '')} {shlex.quote(signed)}"
    script = (
        'T=$(mktemp -d) || exit 3; trap \'rm -rf "$T"\' EXIT; base64 -d > "$T/key.gpg"; '
        f'LC_ALL=C gpgv --homedir "$T" --status-fd 1 --keyring "$T/key.gpg" {words}'
    )
    ran = shell.run(f"sh -c {shlex.quote(script)}", time_limit, b64encode(key_of(download)).decode())
    if ran.status == NO_PROGRAM:
        raise CannotJudgeError("gpgv is not installed where the file lies", "apt-get install gpgv")
    if ran.status not in VERDICTS:
        raise CannotJudgeError(f"gpgv did not end as it should (status {ran.status}): {ran.err.strip()[:300]}")
    return judged(ran)


def judged(ran: Ran) -> Signature:
    """Read what gpgv said."""
    said = re.findall(r"^\[GNUPG:\] (\w+)(?: (\S+))?", ran.out, re.MULTILINE)
    status = {word for word, _ in said}
    fingerprint = next((first for word, first in said if word == "VALIDSIG"), "")
    good = ran.status == 0 and {"GOODSIG", "VALIDSIG"} <= status and not status & set(BAD)
    return Signature(good, fingerprint, " ".join(ran.err.split())[:500])


def key_of(download: Download) -> bytes:
    """Return the target's OpenPGP key as gpgv wants it, without its ASCII armour (RFC 4880, section 6)."""
    if download.signed_by is None:
        raise CannotJudgeError("the target file names no key that must have signed it")
    try:
        content = download.signed_by.read_bytes()
        blocks = ARMOUR.findall(content)
        return b"".join(a2b_base64(block) for block in blocks) or content
    except (OSError, Error) as error:
        raise CannotJudgeError(f"the key {download.signed_by} cannot be used ({error})") from None
