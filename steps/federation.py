"""Sign-in through a SAMLv2 identity provider."""

from __future__ import annotations

from pytest_bdd import then

from reports.evidence import Record
from reports.rules import Rule
from steps.exchange import exchange
from steps.judging import must
from targets.access import forgery
from targets.access.forgery import Tried
from targets.access.platform import Platform
from targets.access.portal import SignedIn, SignedOut
from targets.access.saml import Examined, ServiceProvider, examined, service_provider
from targets.model.services import Federation
from targets.subject import Beside, FederationOn, Subject


@exchange("the user signs in through the identity provider")
def sign_in(platform: Platform, subject: Subject) -> SignedIn:
    """Sign in at the identity provider, once; the session and its response serve every criterion."""
    return _signed_in(platform, subject).signed_in


@exchange("a witness examines the response that the browser posted")
def examine(platform: Platform, subject: Subject) -> Examined:
    """Let python3-saml judge the response that the browser posted."""
    return _signed_in(platform, subject)


@exchange("the service provider's metadata is read")
def read_metadata(platform: Platform, subject: Subject) -> ServiceProvider:
    """Fetch the service provider's metadata."""
    return _metadata(platform, subject)


@exchange("the user signs in through the identity provider once more and signs out")
def sign_out(platform: Platform, subject: Subject) -> SignedOut:
    """Sign out of a session of its own: the shared one has to last."""
    federation = subject.a(Federation)
    session = platform.portal.sign_in_through(federation, *platform.credentials(federation.user))
    return platform.portal.sign_out(session, federation)


@exchange("the user signs in through the identity provider on this controller")
def sign_in_on_controller(platform: Platform, subject: Subject) -> SignedIn:
    """Sign in as if this controller held the address of all."""
    on = subject.a(FederationOn)
    user = platform.credentials(on.user)
    return platform.portal.sign_in_through(on.federation, *user, controller=on.controller.address)


@exchange("the response that the browser posted is posted once more")
def post_again(platform: Platform, subject: Subject) -> Tried:
    """Post it as it was, with the same cookies, as one who had listened would."""
    exchanged = _signed_in(platform, subject).signed_in.exchanged
    return forgery.post(platform.web, platform.portal, exchanged, forgery.again(exchanged))


@exchange("the response that the browser posted is posted without its signatures")
def post_unsigned(platform: Platform, subject: Subject) -> Tried:
    """Post it as anybody could make it."""
    exchanged = _signed_in(platform, subject).signed_in.exchanged
    return forgery.post(platform.web, platform.portal, exchanged, forgery.unsigned(exchanged))


def _metadata(platform: Platform, subject: Subject) -> ServiceProvider:
    url = str(subject.a(Federation).metadata)
    return platform.once(("metadata", subject.name), lambda: service_provider(platform.web.get(url).text))


def _signed_in(platform: Platform, subject: Subject) -> Examined:
    """Sign in and examine at once: a response is valid for minutes only."""
    federation = subject.a(Federation)

    def sign_in_and_examine() -> Examined:
        provider = _metadata(platform, subject)
        session = platform.portal.sign_in_through(federation, *platform.credentials(federation.user))
        return examined(federation, provider, session)

    return platform.once(("federated", subject.name), sign_in_and_examine)


@then("the witness finds it valid: signatures, audience, destination and conditions")
def is_valid(answer: Examined, record: Record) -> None:
    """Judge by the witness's own words."""
    record.text("response", answer.testimony.xml, "application/xml")
    errors = "; ".join(answer.testimony.errors)
    must(not errors, f"the witness refuses the response: {errors}", at_fault=Beside.IDENTITY_PROVIDER)


@then("the response names the user")
def names_user(answer: Examined, platform: Platform, subject: Subject) -> None:
    """Judge the attribute that carries the login."""
    federation = subject.a(Federation)
    login, found = platform.target.user(federation.user).login, answer.testimony.attributes
    values = found.get(federation.login_attribute, ())
    must(login in values, f"{federation.login_attribute} is {list(values)}, not {login}; there are: {sorted(found)}")


@then("nobody is signed in by it")
def refused(answer: Tried, record: Record) -> None:
    """Judge by whether a session came of it: service providers say in many ways that they refuse."""
    record.text("answer", answer.answer.as_evidence())
    record.observe("saml.refusal", f"{answer.answer.status} {answer.answer.title}".strip())
    must(not answer.signed_in, "it signed the user in", "Close the federation to users until its policy is mended")


@then("the attributes are the same as before")
def same_attributes(answer: Examined, record: Record) -> None:
    """Compare names and values of all attributes with the baseline."""
    attributes = {name: sorted(values) for name, values in answer.testimony.attributes.items()}
    record.observe("saml.attributes", {name: list(values) for name, values in attributes.items()}, Rule.same())


@then("the entityID is the same as before")
def same_entity_id(answer: ServiceProvider, record: Record) -> None:
    """Compare; the identity provider knows the platform by this name."""
    record.text("metadata", answer.xml, "application/xml")
    must(bool(answer.entity_id), "the metadata gives no entityID")
    record.observe("saml.entity_id", answer.entity_id, Rule.same())


@then("the assertion consumers are the same as before")
def same_consumers(answer: ServiceProvider, record: Record) -> None:
    """Compare bindings and addresses; the identity provider posts there."""
    must(bool(answer.consumers), "the metadata names no assertion consumer")
    record.observe("saml.assertion_consumers", [str(consumer) for consumer in answer.consumers], Rule.same())


@then("the sign-out services are the same as before")
def same_sign_out(answer: ServiceProvider, record: Record) -> None:
    """Compare bindings and addresses."""
    record.observe("saml.sign_out_services", [str(place) for place in answer.logout], Rule.same())


@then("the signing and encryption certificates are the same as before")
def same_certificates(answer: ServiceProvider, record: Record) -> None:
    """Compare; the identity provider verifies and encrypts with them."""
    must(bool(answer.certificates), "the metadata holds no certificate")
    record.observe("saml.certificates", [certificate.sha256 for certificate in answer.certificates], Rule.same())


@then("the identity provider asks for the password again")
def logged_out(answer: SignedOut) -> None:
    """Judge by whether the identity provider signs the user in again without asking."""
    must(not answer.session_elsewhere, "the identity provider still knows the user after signing out of the portal")
