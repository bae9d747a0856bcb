"""The system console of each Mediation Controller."""

from __future__ import annotations

from pytest_bdd import then

from reports.evidence import Record
from reports.rules import Rule
from steps.exchange import exchange
from steps.judging import must
from targets.access.door import Door, Refusal
from targets.access.platform import Platform
from targets.access.web import Page
from targets.model.machines import Machine
from targets.subject import Subject

SUCCESS = 200


@exchange("the system console is opened")
def open_console(platform: Platform, subject: Subject) -> Page:
    """Fetch the console on the controller's own address; nobody signs in."""
    return platform.web.get(str(subject.a(Machine).console))


@exchange("someone tries the password that the console was delivered with")
def try_delivered(platform: Platform, subject: Subject) -> Refusal:
    """Try it once: everybody can read it in the vendor's documentation."""
    machine = subject.a(Machine)
    account = machine.delivered_account
    if account is None:  # the kind of subject sees to it that there is one
        raise TypeError(f"{machine.name} has no account that it was delivered with")
    door = Door(str(machine.console), account.page, platform.browser)
    return door.be_refused(*platform.credentials(account.user))


@then("it shows its sign-in page")
def shows_sign_in(answer: Page, subject: Subject, record: Record) -> None:
    """Judge by content."""
    record.text("response", answer.as_evidence())
    expected = subject.a(Machine).console_shows or answer.title
    must(answer.status == SUCCESS, f"{answer.url} answers {answer.status}: “{answer.title}”")
    must(expected in answer.text, f"{answer.url} does not show “{expected}”: it is “{answer.title}”")
    record.observe("console.title", answer.title, Rule.same())
