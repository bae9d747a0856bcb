"""Pages: web applications, from the portal and through the Edge Gateways, and the portal's own first page."""

from __future__ import annotations

from pytest_bdd import then

from reports.evidence import Record
from reports.rules import Rule
from steps.exchange import exchange
from steps.judging import must
from targets.access.applications import Opened
from targets.access.platform import Platform
from targets.access.web import SECURITY_HEADERS, Page
from targets.model.services import Portal, WebApplication, WebThrough
from targets.subject import Subject

SUCCESS = 200
REQUESTS = 5
UNNOTICED = 0.25
"""Seconds that nobody notices: a page that took 5 ms and takes 20 ms is not four times slower to its user."""


@exchange("the user opens the web application from the portal")
def open_from_portal(platform: Platform, subject: Subject) -> Opened:
    """Follow the application's link as a signed-in user."""
    application = subject.a(WebApplication)
    user = application.user or platform.portal.portal.user
    return platform.applications.open_web(platform.signed_in(user), application.name)


@exchange("the web application is asked for through the Edge Gateway")
def ask(platform: Platform, subject: Subject) -> Page:
    """Fetch the application's address on one Edge Gateway."""
    return platform.web.get(str(subject.way(WebThrough).url))


@exchange("the web application is asked for several times through the Edge Gateway")
def ask_often(platform: Platform, subject: Subject) -> list[float]:
    """Fetch it several times, one after the other; return each time in seconds."""
    return _times(platform, str(subject.way(WebThrough).url))


@exchange("the portal's first page is asked for")
def ask_portal(platform: Platform, subject: Subject) -> Page:
    """Fetch the page that users see before they sign in."""
    return platform.web.get(str(subject.a(Portal).url))


@exchange("the portal's first page is asked for several times")
def ask_portal_often(platform: Platform, subject: Subject) -> list[float]:
    """Fetch it several times, one after the other; return each time in seconds."""
    return _times(platform, str(subject.a(Portal).url))


def _times(platform: Platform, url: str) -> list[float]:
    return [platform.web.get(url).seconds for _ in range(REQUESTS)]


@then("the page shows what is expected")
def shows_expected(answer: Opened | Page, subject: Subject, record: Record) -> None:
    """Judge by content: a page that says 200 may be a maintenance page."""
    _keep(answer, record)
    expected = subject.a(WebApplication).expect
    must(expected in answer.text, f"{answer.url} does not show “{expected}”: it is “{answer.title}” ({answer.status})")
    must(answer.status in {None, SUCCESS}, f"{answer.url} answers {answer.status}")


@then("the status, the title and the security headers are the same as before")
def same_answer(answer: Page, record: Record) -> None:
    """Compare what a user's browser goes by."""
    record.observe("web.status", answer.status, Rule.same())
    record.observe("web.title", answer.title, Rule.same())
    headers = answer.security_headers
    for name in SECURITY_HEADERS:
        record.observe(f"web.{name}", headers.get(name), Rule.same())


@then("the page is in the same language as before")
def same_language(answer: Page, record: Record) -> None:
    """Compare what the page says of its own language (HTML, the lang attribute; RFC 9110 section 8.5)."""
    record.text("response", answer.as_evidence())
    record.observe("web.language", answer.language, Rule.same())


@then("it answers about as fast as before")
def as_fast(answer: list[float], subject: Subject, record: Record) -> None:
    """Compare the best of several times: the others measure how busy this machine was."""
    record.text("times", "\n".join(f"{seconds:.3f} s" for seconds in answer))
    best = round(max(min(answer), UNNOTICED), 3)
    served = subject.a(Portal) if isinstance(subject.payload, Portal) else subject.a(WebApplication)
    record.observe("web.seconds", best, Rule.not_above(served.slower_by))


def _keep(answer: Opened | Page, record: Record) -> None:
    if isinstance(answer, Opened):
        record.image("page", answer.picture)
        record.observe("web.url", answer.url)
    else:
        record.text("response", answer.as_evidence())
