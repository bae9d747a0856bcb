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
from targets.subject import OnControllers, Subject

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


@exchange("the portal's certificate is read on this controller")
def controller_certificate(platform: Platform, subject: Subject) -> Certificate:
    """Read it at the controller's own address: behind a cluster's, only one of them is seen."""
    on = subject.a(OnControllers)
    return _certificate_at(platform, str(on.portal.url), on.controllers[0].address)


@exchange("the portal's certificate is read on every controller")
def all_certificates(platform: Platform, subject: Subject) -> dict[str, Certificate]:
    """Read it at each controller's own address, by the controller's name."""
    on = subject.a(OnControllers)
    return {one.name: _certificate_at(platform, str(on.portal.url), one.address) for one in on.controllers}


def _certificate_at(platform: Platform, url: str, at: str | None = None) -> Certificate:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or HTTPS
    return presented(host, port, platform.target.trust.ca_file, platform.limits.answer, at)


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


@then("nothing older than TLS 1.2 is accepted")
def no_old_tls(answer: Certificate) -> None:
    """Judge by the server's answer to an old greeting (RFC 8996)."""
    must(not answer.old_tls, f"the server still accepts {answer.old_tls}", "Allow TLS 1.2 and later only")


@then("it is the same on all of them")
def same_on_all(answer: dict[str, Certificate], record: Record) -> None:
    """Judge by fingerprint: a trusted certificate that only one controller has is one that was forgotten somewhere."""
    record.text("certificates", "\n\n".join(f"{name}\n{one.as_evidence()}" for name, one in answer.items()))
    told = ", ".join(f"{name}: {one.subject} until {one.not_after:%Y-%m-%d}" for name, one in answer.items())
    must(len({one.sha256 for one in answer.values()}) == 1, f"the controllers present different ones: {told}")
