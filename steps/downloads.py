"""Files that were downloaded for the upgrade."""

from __future__ import annotations

from pytest_bdd import then

from reports.evidence import Record
from steps.exchange import exchange
from steps.judging import must
from targets.access import downloads
from targets.access.downloads import Downloaded, Signature
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.access.shell import LocalShell, Shell
from targets.model.preparation import Download
from targets.subject import Subject


@exchange("the downloaded file is looked at where it lies")
def look(platform: Platform, subject: Subject) -> Downloaded:
    """Measure it there."""
    download = subject.a(Download)
    return downloads.look(_shell(platform, download), download, platform.target.preparation.patience)


@exchange("the signature of the downloaded file is checked")
def verify(platform: Platform, subject: Subject) -> Signature:
    """Have gpgv check it there."""
    download = subject.a(Download)
    return downloads.verify(_shell(platform, download), download, platform.target.preparation.patience)


@then("it is there and not empty")
def is_there(answer: Downloaded, subject: Subject, record: Record) -> None:
    """Judge by its size; that we may not read it says nothing of it."""
    record.observe("download.bytes", answer.size)
    if "Permission denied" in answer.trouble:
        raise CannotJudgeError(f"{subject.name}: the reading account may not read it ({answer.trouble})")
    must(answer.size is not None, f"{subject.a(Download).file} is not there")
    must(bool(answer.size), f"{subject.a(Download).file} is empty")


@then("its size and its SHA-256 are what they should be")
def is_complete(answer: Downloaded, subject: Subject, record: Record) -> None:
    """Judge by what the target says, or the vendor's own list."""
    download = subject.a(Download)
    record.observe("download.sha256", answer.sha256)
    if download.size is not None:
        must(answer.size == download.size, f"{download.file} has {answer.size} bytes, not {download.size}")
    wanted = {download.sha256} if download.sha256 else set()
    if download.checksums:
        must(bool(answer.listed), f"{download.checksums} is not there, or does not list {download.file}")
        wanted |= set(answer.listed)
    must(wanted <= {answer.sha256}, f"{download.file} is not what the vendor published: its SHA-256 is {answer.sha256}")


@then("it was made by the key that the target names")
def is_signed(answer: Signature, subject: Subject, record: Record) -> None:
    """Judge by gpgv; a signature or key that is expired or revoked does not count."""
    record.text("gpgv", answer.words)
    record.observe("download.signed_by", answer.fingerprint)
    must(answer.good, f"{subject.name} is not signed by the key that the target names: {answer.words}")


def _shell(platform: Platform, download: Download) -> Shell:
    return platform.session(platform.target.machine(download.machine)) if download.machine else LocalShell()
