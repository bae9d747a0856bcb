"""Certificates, wherever they are presented."""

from __future__ import annotations

from urllib.parse import urlsplit

from pytest_bdd import parsers, then

from reports.evidence import Record
from steps.exchange import exchange
from steps.judging import must
from targets.access.certificates import Certificate, presented
from targets.access.platform import Platform
from targets.model.machines import Machine
from targets.model.services import Portal, WebThrough
from targets.subject import Subject

HTTPS = 443


@exchange("the portal's certificate is read")
def portal_certificate(platform: Platform, subject: Subject) -> Certificate:
    """Read the certificate at the portal's address."""
    return _certificate_at(platform, str(subject.a(Portal).url))


@exchange("the certificate at the web application's address is read")
def web_certificate(platform: Platform, subject: Subject) -> Certificate:
    """Read the certificate of the Edge Gateway that carries the application."""
    return _certificate_at(platform, str(subject.way(WebThrough).url))


@exchange("the system console's certificate is read")
def console_certificate(platform: Platform, subject: Subject) -> Certificate:
    """Read the certificate on the controller's own address, which a cluster's address hides (product page)."""
    return _certificate_at(platform, str(subject.a(Machine).console))


def _certificate_at(platform: Platform, url: str) -> Certificate:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or HTTPS
    return presented(host, port, platform.target.trust.ca_file, platform.limits.answer)


@then(parsers.parse("the certificate is trusted and valid for {days:d} more days"))
def certificate_lasts(answer: Certificate, days: int, record: Record) -> None:
    """Judge how long the certificate lasts; that it is trusted, the exchange has made sure of."""
    record.text("certificate", answer.as_evidence())
    record.observe("certificate.subject", answer.subject)
    record.observe("certificate.not_after", answer.not_after.isoformat())
    record.observe("certificate.sha256", answer.sha256)
    left = answer.days_left()
    said = f"the certificate ends in {left:.0f} days, on {answer.not_after:%Y-%m-%d}; {days} are asked for"
    must(left >= days, said, f"Renew the certificate of {answer.subject}")
