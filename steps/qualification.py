"""The new client and agent on their pilots."""

from __future__ import annotations

from pydantic import JsonValue
from pytest_bdd import then

from reports.evidence import Record
from reports.rules import Rule
from steps.exchange import exchange
from steps.judging import must
from targets.access import receiver
from targets.access.facts import Facts, LogEntry, PilotFacts
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.access.receiver import Seen
from targets.access.settings import is_hash
from targets.model.components import Component
from targets.model.machines import Machine
from targets.model.services import PortThrough
from targets.subject import Subject


@exchange("the pilot is asked for its client or agent")
def ask_pilot(platform: Platform, subject: Subject) -> Facts:
    """Gather the pilot's facts over one connection."""
    return platform.facts(subject.a(Machine))


@exchange("the pilot connects to where the Edge Gateway takes recordings")
def connect_to_receiver(platform: Platform, subject: Subject) -> Seen:
    """Look at the gateway from where the agent stands."""
    machine, way = subject.a(Machine), subject.way(PortThrough)
    if machine.system != "linux":
        raise CannotJudgeError(
            "TLS is looked at from Linux machines only",
            f"on {machine.name}, let a browser open https://{way.host}:{way.port}/ and show the certificate",
        )
    return receiver.look(platform.session(machine), way.host, way.port, machine.pilot.trusts if machine.pilot else None)


@then("its configuration files are the same as before")
def same_configuration(answer: Facts, platform: Platform, subject: Subject, record: Record) -> None:
    """Compare the files by their hashes: they may hold secrets."""
    pilot = _pilot(answer)
    _needs_the_past(platform, record, "configuration")
    unreadable = [file for file, found in pilot.configuration.items() if found == "Permission denied"]
    if unreadable:
        raise CannotJudgeError(f"Recette's account may not read {', '.join(unreadable)} on {subject.name}")
    record.observe("configuration", dict(pilot.configuration), Rule.same())
    gone = [f"{file}: {found}" for file, found in pilot.configuration.items() if not is_hash(found)]
    must(not gone, f"on {subject.name}: {', '.join(gone)}")


@then("its log holds no error that it did not hold before")
def no_new_error(answer: Facts, platform: Platform, subject: Subject, record: Record) -> None:
    """Compare the log's lines of level error; of an agent's only their times, for they may hold what people typed."""
    pilot = _pilot(answer)
    if pilot.log_unread:
        raise CannotJudgeError(f"the log on {subject.name} cannot be judged: {pilot.log_unread}")
    _needs_the_past(platform, record, "log.errors")
    errors: list[JsonValue] = [_told(entry, subject.component) for entry in pilot.errors]
    before = record.before("log.errors")
    record.note("log.errors", errors, Rule.not_grown())
    known = before.value if before and isinstance(before.value, list) else errors
    new = [str(error) for error in errors if error not in known]
    words = f"{len(new)} new in the log on {subject.name} at level error, the last: {new[-1] if new else ''}"
    must(not new, f"{words}; {_where_to_read(subject)}")


@then("every service that ran before still runs")
def nothing_stopped(answer: Facts, platform: Platform, record: Record) -> None:
    """Compare the names of all services that run, whoever's they are."""
    _needs_the_past(platform, record, "services.running")
    running: list[JsonValue] = list(_pilot(answer).running)
    if not running:
        raise CannotJudgeError("the machine names no service that runs: Recette's account may not be allowed to ask")
    record.observe("services.running", running, Rule.lost_none())


@then("the port is open from there")
def port_open(answer: Seen, subject: Subject, record: Record) -> None:
    """Judge by whether a server answered with a certificate."""
    record.text("what openssl s_client said", answer.output)
    way = subject.way(PortThrough)
    words = f"{subject.machine} cannot reach {way.host}, TCP {way.port}: {answer.words}"
    must(answer.certificate is not None, words)


@then("the gateway's certificate has not expired")
def not_expired(answer: Seen, subject: Subject, record: Record) -> None:
    """Judge by the pilot's own clock, which is the agent's."""
    if answer.certificate:
        record.observe("certificate.not_after", answer.certificate.not_after.isoformat())
    words = f"the certificate of {subject.way(PortThrough).gateway} has expired, says {subject.machine}"
    must(answer.code != receiver.EXPIRED, words)


@then("the pilot trusts the gateway's certificate")
def trusted(answer: Seen, subject: Subject) -> None:
    """Judge by OpenSSL's verification of chain and name there."""
    words = f"{subject.machine} does not trust the certificate of {subject.way(PortThrough).gateway}: {answer.words}"
    must(answer.code == receiver.OK, words)


def _pilot(answer: Facts) -> PilotFacts:
    if answer.pilot is None:
        raise CannotJudgeError("the target file does not say that this machine is a pilot")
    return answer.pilot


def _needs_the_past(platform: Platform, record: Record, name: str) -> None:
    """Refuse to judge what can only be compared, where the baseline does not know this pilot."""
    if not platform.before_upgrade and record.before(name) is None:
        raise CannotJudgeError("the accepted baseline does not say how this pilot was", "run a baseline with it first")


def _told(entry: LogEntry, component: Component | None) -> str:
    return entry.at if component is Component.RECORDING_AGENT else f"{entry.at} {entry.text}"


def _where_to_read(subject: Subject) -> str:
    machine = subject.a(Machine)
    if machine.pilot and machine.pilot.log:
        return f"read {machine.pilot.log.file} there"
    return "read it there: journalctl --priority=err --output=short-unix"
