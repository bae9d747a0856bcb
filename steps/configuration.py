"""What a site has set on its machines."""

from __future__ import annotations

from pytest_bdd import then

from reports.evidence import Record
from reports.rules import Rule
from steps.exchange import exchange
from steps.judging import must
from targets.access import settings
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.access.settings import SiteFile
from targets.model.machines import Machine
from targets.subject import Subject

Files = dict[str, SiteFile]
UNSEEN = "Permission denied"


@exchange("the machine is asked for the site's files")
def ask_files(platform: Platform, subject: Subject) -> Files:
    """Ask for the files that the target file names."""
    machine = subject.a(Machine)
    return settings.files(platform.session(machine), machine.configuration, platform.limits.answer)


@exchange("the machine is asked where the platform's names lead")
def ask_names(platform: Platform, subject: Subject) -> dict[str, tuple[str, ...]]:
    """Ask for every name of the target file: which of them a machine needs, the vendor does not say."""
    session = platform.session(subject.a(Machine))
    return settings.addresses(session, settings.names(platform.target), platform.limits.answer)


@then("each file is the same as before")
def same_files(answer: Files, subject: Subject, record: Record) -> None:
    """Compare by hash; of a file that Recette's account may not read, owner and permissions are left to compare."""
    record.text("files", "\n".join(f"{each.access}  {each.content}  {path}" for path, each in answer.items()))
    unseen = [path for path, each in answer.items() if each.access == UNSEEN]
    if unseen:
        raise CannotJudgeError(f"Recette's account may not look at {', '.join(unseen)} on {subject.name}")
    gone = [path for path, each in answer.items() if not settings.is_hash(each.content) and each.content != UNSEEN]
    must(not gone, f"gone from {subject.name}, or no file any more: {', '.join(gone)}")
    for path, each in answer.items():
        record.observe(path, each.content, Rule.same())


@then("its owner and permissions are the same as before")
def same_access(answer: Files, record: Record) -> None:
    """Compare mode and owner: a key that everybody may read is no secret any more."""
    for path, each in answer.items():
        record.observe(f"access to {path}", each.access, Rule.same())


@then("each name leads to the same addresses as before")
def same_addresses(answer: dict[str, tuple[str, ...]], subject: Subject, record: Record) -> None:
    """Compare the addresses of each name; a machine that finds none at all cannot be judged by them."""
    record.text("names", "\n".join(f"{name} {' '.join(found) or '-'}" for name, found in answer.items()))
    for name, found in answer.items():
        record.observe(f"addresses of {name}", list(found), Rule.same())
    if not any(answer.values()):
        raise CannotJudgeError(f"{subject.name} finds no name of the platform, or does not say so (getent)")
