"""Releases, packages and services of the servers."""

from __future__ import annotations

from pydantic import JsonValue
from pytest_bdd import then

from reports.evidence import Record
from reports.rules import Rule
from steps.exchange import exchange
from steps.judging import must
from targets.access.facts import Facts, Package
from targets.access.platform import Platform
from targets.access.releases import belongs_to
from targets.model.machines import Machine
from targets.subject import Cluster, Subject

CONFIGURED = "installed"
RESTARTS_ALLOWED = 2
"""A service may have waited for another one by failing once or twice."""
STARTS_WITH_SERVER = {"enabled", "enabled-runtime", "static", "indirect", "generated", "alias"}


@exchange("the server is asked for its packages and services")
def ask_server(platform: Platform, subject: Subject) -> Facts:
    """Gather the server's facts over one connection."""
    return platform.facts(subject.a(Machine))


@exchange("every Mediation Controller is asked for its packages and services")
def ask_controllers(platform: Platform, subject: Subject) -> dict[str, Facts]:
    """Gather the facts of every controller, by its name."""
    return {machine.name: platform.facts(machine) for machine in subject.a(Cluster).controllers}


@then("each package is at the expected release")
def at_release(answer: Facts, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge each package that the target's patterns name."""
    record.text("facts", answer.raw)
    packages, expected = _packages(answer, subject), platform.expected_release
    for package in packages:
        record.note(f"release of {package.name}", package.version, Rule.newer())
    wrong = [
        f"{p.name} is {p.version}{' and held' if p.held else ''}"
        for p in packages
        if not belongs_to(p.version, expected)
    ]
    said = f"{', '.join(wrong)}: release {expected} is expected on {subject.name}"
    must(not wrong, said, f"Upgrade {subject.name} as the vendor describes, then run the phase again")


@then("each package is fully configured")
def configured(answer: Facts, subject: Subject, record: Record) -> None:
    """Judge by dpkg's own status."""
    record.text("facts", answer.raw)
    wrong = [f"{p.name} is {p.status}" for p in _packages(answer, subject) if p.status != CONFIGURED]
    said = f"not fully configured on {subject.name}: {', '.join(wrong)}"
    must(not wrong, said, f"On {subject.name}: dpkg --audit, then dpkg --configure -a")


@then("each package is of the server's own architecture")
def of_its_architecture(answer: Facts, subject: Subject) -> None:
    """Judge by dpkg: a package of another one is there for want of the right one, and may not run."""
    wrong = [f"{package.name} is for {package.foreign}" for package in _packages(answer, subject) if package.foreign]
    must(not wrong, f"of another architecture on {subject.name}: {', '.join(wrong)}")


@then("no package is missing that was there before")
def none_lost(answer: Facts, subject: Subject, record: Record) -> None:
    """Compare the names with the baseline."""
    names: list[JsonValue] = [*sorted(package.name for package in _packages(answer, subject))]
    record.observe("packages.names", names, Rule.lost_none())


@then("each service is active and will start with the server")
def services_run(answer: Facts, subject: Subject, record: Record) -> None:
    """Judge each unit that the target names; one that is not installed is not active."""
    record.text("facts", answer.raw)
    record.observe("services", {s.name: f"{s.state}, {s.enabled}" for s in answer.services})
    named = len(subject.a(Machine).services)
    must(len(answer.services) >= named, f"systemd tells of {len(answer.services)} of {named} services")
    wrong = [s for s in answer.services if s.state != "active" or s.enabled not in STARTS_WITH_SERVER]
    said = ", ".join(f"{service.name} is {service.state} and {service.enabled}" for service in wrong)
    names = " ".join(service.name for service in wrong)
    must(not wrong, f"on {subject.name}: {said}", f"On {subject.name}: systemctl status {names}; journalctl -u UNIT")


@then("no service is started again and again")
def services_stay(answer: Facts, subject: Subject, record: Record) -> None:
    """Judge by how often systemd had to start a service that had ended by itself."""
    record.observe("services.restarts", {service.name: service.restarts for service in answer.services})
    wrong = [s for s in answer.services if s.restarts > RESTARTS_ALLOWED]
    said = ", ".join(f"{service.name} was started again {service.restarts} times" for service in wrong)
    must(not wrong, f"on {subject.name}: {said}", f"On {subject.name}: journalctl -u UNIT says why it ends")


@then("each service of the platform runs what is installed")
def services_are_new(answer: Facts, subject: Subject) -> None:
    """Judge by times: what was started before its own package was installed still runs the old program."""
    wrong = [service.name for service in answer.services if service.outdated]
    said = f"on {subject.name} still running since before its package was installed: {', '.join(wrong)}"
    must(not wrong, said, f"On {subject.name}: systemctl restart {' '.join(wrong)}")


@then("they have the same packages at the same versions")
def alike(answer: dict[str, Facts], platform: Platform, record: Record) -> None:
    """Compare the controllers with one another (seed: the same version for all of them)."""
    versions = {
        name: {p.name: p.version for p in facts.packages_like(platform.target.machine(name).packages)}
        for name, facts in answer.items()
    }
    told = "\n".join(f"{name}: {_listed(packages)}" for name, packages in versions.items())
    record.text("packages", told)
    record.observe("cluster.packages", {name: dict(packages) for name, packages in versions.items()})
    kinds = {frozenset(packages.items()) for packages in versions.values()}
    must(len(kinds) == 1, f"they differ: {'; '.join(told.splitlines())}", "Upgrade all controllers to the same release")


def _packages(facts: Facts, subject: Subject) -> list[Package]:
    patterns = subject.a(Machine).packages
    packages = facts.packages_like(patterns)
    must(bool(packages), f"{subject.name} has no package like {', '.join(patterns)}")
    return packages


def _listed(packages: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(packages.items())) or "no package"
