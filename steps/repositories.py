"""The repositories that the upgrade installs from, as each machine reaches them."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue
from pytest_bdd import then

from reports.evidence import Record
from steps.exchange import exchange
from steps.judging import must
from targets.access import apt
from targets.access.apt import Apt, Fault
from targets.access.facts import Facts
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.access.releases import belongs_to
from targets.model.machines import Machine
from targets.subject import Beside, Subject

MOST_NAMED = 5


@dataclass(frozen=True)
class Asked:
    """The answer of a machine's apt, and the packages of the platform on that machine."""

    apt: Apt
    facts: Facts


@exchange("the machine reads its repositories into a folder of their own")
def read_repositories(platform: Platform, subject: Subject) -> Asked:
    """Have the machine's apt read its repositories, and simulate the upgrade with them."""
    machine, wanted = subject.a(Machine), platform.target.preparation
    answer = apt.ask(platform.session(machine), wanted.source, wanted.patience)
    return Asked(answer, platform.facts(machine))


@then("every repository that its sources name answers")
def all_answer(answer: Asked, subject: Subject, record: Record) -> None:
    """Judge the way to each of them, and say at which hop it ends."""
    record.text("apt", answer.apt.raw)
    names: list[JsonValue] = [repository.name for repository in answer.apt.repositories]
    record.observe("repositories", names)
    must(not answer.apt.unreachable(), f"from {subject.name}: {_told(answer.apt.unreachable())}")
    must(bool(names), f"the apt sources of {subject.name} name no repository")


@then("every Release file is signed by a trusted key")
def all_signed(answer: Asked, subject: Subject, record: Record) -> None:
    """Judge by what apt itself verified with the machine's own keys."""
    record.text("apt", answer.apt.raw)
    unsigned = [fault for fault in answer.apt.untrusted() if fault.hop == "signature"]
    must(not unsigned, f"from {subject.name}: {_told(unsigned)}")


@then("no Release file is expired")
def none_expired(answer: Asked, subject: Subject, record: Record) -> None:
    """Judge by the machine's own clock, also where its sources ask apt not to look."""
    until = {one.name: one.valid_until.isoformat() for one in answer.apt.repositories if one.valid_until}
    record.observe("repositories.valid_until", {**until})
    expired = [fault for fault in answer.apt.untrusted() if fault.hop == "date"]
    must(not expired, f"from {subject.name}: {_told(expired)}")
    _all_were_read(answer.apt)


@then("a simulated upgrade finds every package that it wants")
def finds_all(answer: Asked, subject: Subject, record: Record) -> None:
    """Judge by what apt would do, once it has all lists."""
    record.text("apt", answer.apt.raw)
    _all_were_read(answer.apt)
    simulation = answer.apt.simulation
    ended_well = simulation.status == 0 and not simulation.errors
    must(ended_well, f"on {subject.name} the upgrade cannot be simulated: {'; '.join(simulation.errors)}")
    left = set(simulation.kept_back) | set(simulation.removed)
    ours = [package.name for package in answer.facts.packages_like(subject.a(Machine).packages) if package.name in left]
    what = f"would keep back or remove {', '.join(ours)}: something that they need is missing"
    must(not ours, f"on {subject.name} the upgrade {what}", at_fault=Beside.REPOSITORY)


@then("it brings the platform's packages to the new release")
def reaches_release(answer: Asked, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge the version at which each package of the platform would end."""
    packages, release = answer.facts.packages_like(subject.a(Machine).packages), platform.target.releases.to
    ends = {p.name: answer.apt.simulation.installs.get(p.name.partition(":")[0], p.version) for p in packages}
    record.observe("upgrade.packages", {**ends})
    must(bool(ends), f"{subject.name} has no package like {', '.join(subject.a(Machine).packages)}")
    wrong = [f"{name} would end at {version}" for name, version in ends.items() if not belongs_to(version, release)]
    said = f"no repository of {subject.name} offers release {release}: {', '.join(wrong)}"
    must(not wrong, said, at_fault=Beside.REPOSITORY)


@then("the repositories really serve every file that it would fetch")
def all_served(answer: Asked, subject: Subject, record: Record) -> None:
    """Judge by what apt's own methods are told of each file, which is not downloaded."""
    files = answer.apt.files
    record.observe("upgrade.files", len(files))
    record.observe("upgrade.bytes", sum(file.listed for file in files))
    troubles = [file.trouble for file in files if file.answered and file.trouble]
    more = f" and {len(troubles) - MOST_NAMED} more" if len(troubles) > MOST_NAMED else ""
    said = f"from {subject.name}, what the upgrade needs is not served: {_named(troubles)}{more}"
    must(not troubles, said, at_fault=Beside.REPOSITORY)
    silent = [file.uri for file in files if not file.answered]
    if silent:
        raise CannotJudgeError(f"nobody said in time whether {len(silent)} files are served, such as {silent[0]}")
    wanted = answer.apt.simulation.installs
    if len(files) < len(wanted):
        raise CannotJudgeError(f"apt names {len(files)} files for the {len(wanted)} packages that it would install")


def _named(troubles: list[str]) -> str:
    return "; ".join(troubles[:MOST_NAMED])


def _all_were_read(answer: Apt) -> None:
    """Raise CannotJudgeError where a repository was not reached or not accepted: what it offers is not known."""
    if missing := [*answer.unreachable(), *answer.untrusted()]:
        raise CannotJudgeError(f"not every repository could be read: {_told(missing)}")


def _told(faults: list[Fault]) -> str:
    return "; ".join(map(str, faults))
