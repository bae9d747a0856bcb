"""Gathers the acceptance-criteria document of a target: from the features, the target file and the vendor's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pytest_bdd.feature import get_feature
from pytest_bdd.parser import Feature, ScenarioTemplate

from pytest_recette.chapters import CHAPTERS, FEATURES
from pytest_recette.collection import criterion_of, kind_of
from pytest_recette.manual import is_manual
from pytest_recette.run import time_zone, version_of_recette, waivers_of
from reports.document import (
    Chapter,
    Criterion,
    Document,
    Machine,
    Offer,
    Pilot,
    Plan,
    PlanStep,
    Service,
    Subject,
    TestUser,
)
from reports.records import Phase
from targets import procedure
from targets.fleet import TRAITS, likeness_key
from targets.loader import LoadedTarget
from targets.model import machines as described
from targets.model.components import Component
from targets.model.target import Target
from targets.model.watch import Windows
from targets.subjects import subjects

ORDER_OF_CHAPTERS = ("preparation", "qualification", "acceptance", "versions", "impact")
TITLES = {
    "preparation": "Preparation of the servers",
    "qualification": "Qualification of client and agent",
    "acceptance": "Services delivered by the platform",
    "versions": "Versions",
    "impact": "Interruptions during the upgrade",
}

OWN_PHASES = (Phase.BASELINE.value, Phase.VALIDATE.value)


def document_of(loaded: LoadedTarget, own: Sequence[Path] = ()) -> Document:
    """Return everything that the document says of a target; `own` are feature files, and folders of them, of a site.

    Raises CollectError, GherkinParseError or UnknownKindError where a feature is not in order.
    """
    target = loaded.target
    return Document(
        name=target.name,
        title=target.title or target.name,
        portal=str(target.portal.url) if target.portal else "",
        file=loaded.path.name,
        sha256=loaded.sha256,
        before=target.releases.from_,
        after=target.releases.to,
        made=datetime.now(UTC),
        zone=ZoneInfo(time_zone()),
        recette=version_of_recette(),
        offers=tuple(_offers(target)),
        applications=tuple(target.application_names()),
        machines=tuple(_machine(machine) for machine in target.machines),
        plan=_plan(target),
        chapters=(*_chapters(target), *_own_chapters(target, own)),
        users=tuple(TestUser(user.login, user.local_to, tuple(_uses(target, user.name))) for user in target.users),
        pilots=tuple(_pilots(loaded)),
        waivers=waivers_of(target),
    )


def _folders() -> list[Path]:
    """Return the chapters that there are: in the order of the upgrade, and any others behind them."""
    found = sorted(folder for folder in FEATURES.iterdir() if any(folder.rglob("*.feature")))
    known = [FEATURES / name for name in ORDER_OF_CHAPTERS]
    return sorted(found, key=lambda folder: known.index(folder) if folder in known else len(known))


def _chapters(target: Target) -> Iterator[Chapter]:
    for folder in _folders():
        phases = tuple(phase.value for phase, names in CHAPTERS.items() if folder.name in names)
        yield Chapter(_title(folder), phases, _services(sorted(folder.rglob("*.feature")), target))


def _own_chapters(target: Target, own: Sequence[Path]) -> Iterator[Chapter]:
    """Yield a chapter for each folder of a site's own feature files: phases exercise them where they are given them."""
    for given in own:
        files = sorted(given.rglob("*.feature")) if given.is_dir() else [given]
        for folder in dict.fromkeys(file.parent for file in files):
            there = [file for file in files if file.parent == folder]
            yield Chapter(_title(folder.resolve()), OWN_PHASES, _services(there, target), str(given))


def _title(folder: Path) -> str:
    return TITLES.get(folder.name, folder.name.replace("_", " ").capitalize())


def _services(files: Iterable[Path], target: Target) -> tuple[Service, ...]:
    return tuple(_service(get_feature(str(file.parent), file.name), target) for file in files)


def _service(feature: Feature, target: Target) -> Service:
    criteria = tuple(_criterion(template, target) for template in feature.scenarios.values())
    return Service(feature.name or "", " ".join((feature.description or "").split()), criteria)


def _criterion(template: ScenarioTemplate, target: Target) -> Criterion:
    return Criterion(
        id=criterion_of(template),
        title=template.name,
        steps=tuple((step.keyword.strip(), step.name) for step in template.steps),
        subjects=tuple(Subject(subject.name, subject.where) for subject in subjects(target, kind_of(template))),
        manual=is_manual(template),
    )


def _offers(target: Target) -> Iterator[Offer]:
    if target.portal:
        yield Offer("User portal", "portal", (str(target.portal.url),), target.portal.user)
    for federation in target.federations:
        identity = f"identity provider {federation.identity_provider}"
        yield Offer("SAMLv2 federation", federation.name, (str(federation.sign_in), identity), federation.user)
    yield from _applications(target)
    for access in target.direct_accesses:
        ways = tuple(f"{way.gateway}: {way.host}:{way.port}" for way in access.through)
        yield Offer(f"Direct access, {access.protocol.upper()}", access.name, ways, access.user)
    for machine in target.machines:
        if machine.console:
            yield Offer("System console", machine.name, (str(machine.console),), "")


def _applications(target: Target) -> Iterator[Offer]:
    anybody = target.portal.user if target.portal else ""
    for web in target.web_applications:
        ways = tuple(f"{way.gateway}: {way.url}" for way in web.through)
        yield Offer("Web application", web.name, ways or ("from the portal",), web.user or anybody)
    for rdp in target.rdp_applications:
        yield Offer("RDP application", rdp.name, (f"by the client on {rdp.pilot}",), rdp.user)
    for html5 in target.html5_applications:
        yield Offer("HTML5 application", html5.name, (f"through {html5.gateway}",), html5.user)


def _machine(machine: described.Machine) -> Machine:
    watched = ", ".join((*machine.packages, *machine.services))
    return Machine(
        machine.name, machine.component or "resource server", machine.role or "", machine.address, watched or "nothing"
    )


def _plan(target: Target) -> Plan:
    vendor, here = Windows(), target.watch.windows
    steps = [
        PlanStep(
            step.component,
            tuple(machines),
            step.impact,
            step.advice,
            vendor.of(step.component),
            here.of(step.component),
        )
        for step in procedure.ORDER
        if (machines := _in_order(target, step.component))
    ]
    return Plan(procedure.PREPARATION, tuple(steps), procedure.VALIDATION, procedure.WHOLE, vendor.whole, here.whole)


def _in_order(target: Target, component: Component) -> list[str]:
    """Return a component's machines in the order of their upgrade: a slave before its master (seed)."""
    machines = sorted(target.having(component), key=lambda machine: machine.role == "master")
    return [f"{machine.name} ({machine.role})" if machine.role else machine.name for machine in machines]


def _uses(target: Target, user: str) -> Iterator[str]:
    """Yield what a user of the tests is used for."""
    if target.portal and target.portal.refused_user == user:
        yield "the one sign-in with a wrong password"
    for machine in target.machines:
        if machine.delivered_account and machine.delivered_account.user == user:
            yield f"the password that the console of {machine.name} was delivered with"
    yield from dict.fromkeys(offer.name for offer in _offers(target) if offer.user == user)
    for application in target.html5_applications:
        if application.held_by == user:
            yield f"the session of {application.name} that the watch holds"


def _pilots(loaded: LoadedTarget) -> Iterator[Pilot]:
    for machine, pilot in loaded.target.pilots():
        rows = loaded.fleet.get(machine.component, []) if machine.component else []
        yield Pilot(
            name=machine.name,
            carries=machine.component or "",
            kind=", ".join(getattr(pilot, trait) for trait in TRAITS),
            opens=pilot.sessions,
            alike=sum(row.count for row in rows if likeness_key(row.kind) == likeness_key(pilot)),
            fleet=sum(row.count for row in rows),
        )
