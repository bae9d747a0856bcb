"""The platform's event log, as the controllers write it."""

from __future__ import annotations

from pytest_bdd import then

from reports.evidence import Record
from steps.exchange import exchange
from steps.judging import must
from targets.access import journal
from targets.access.platform import Platform
from targets.model.components import Component
from targets.model.services import Portal
from targets.subject import Subject


@exchange("a user has signed in to the portal, and the controllers' journals are read")
def read_journals(platform: Platform, subject: Subject) -> dict[str, str]:
    """Look on every controller: behind a cluster's address, any of them may have taken the sign-in."""
    user = subject.a(Portal).user
    platform.signed_in(user)
    controllers = [one for one in platform.target.having(Component.MEDIATION_CONTROLLER) if one.ssh]
    sessions = {one.name: platform.session(one) for one in controllers}
    return journal.wait_for(_event(platform, subject), sessions, platform.began - platform.target.preparation.clock)


@then("one of them tells of the sign-in")
def is_told(answer: dict[str, str], platform: Platform, subject: Subject, record: Record) -> None:
    """Judge by the words that the target file gives."""
    record.text("journals", "\n".join(f"{name}: {line or '-'}" for name, line in answer.items()))
    where = ", ".join(answer)
    must(any(answer.values()), f"no journal of {where} holds “{_event(platform, subject)}” since this run began")


def _event(platform: Platform, subject: Subject) -> str:
    portal = subject.a(Portal)
    return (portal.logged or "").replace("{login}", platform.target.user(portal.user).login)
