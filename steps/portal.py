"""The user portal."""

from __future__ import annotations

import secrets

from pydantic import SecretStr
from pytest_bdd import then

from reports.evidence import Record
from reports.rules import Rule
from steps.exchange import exchange
from steps.judging import must
from targets.access.door import Refusal
from targets.access.platform import Platform
from targets.access.portal import SignedIn, SignedOut
from targets.model.services import Portal
from targets.subject import OnControllers, Subject

WRONGLY_IN = "a password that must not sign in does"


@exchange("the user signs in to the portal")
def sign_in(platform: Platform, subject: Subject) -> SignedIn:
    """Sign in with login and password; the session serves every criterion of that user."""
    return platform.signed_in(subject.a(Portal).user)


@exchange("the user signs in to the portal on this controller")
def sign_in_on_controller(platform: Platform, subject: Subject) -> SignedIn:
    """Sign in as if this controller held the address of all."""
    on = subject.a(OnControllers)
    return platform.portal.sign_in(*platform.credentials(on.user), controller=on.controllers[0].address)


@exchange("someone tries a wrong password once")
def be_refused(platform: Platform, subject: Subject) -> Refusal:
    """Try a password that cannot be right, once, on the account made for it."""
    login = platform.target.user(subject.a(Portal).refused_user or "").login
    return platform.portal.be_refused(login, SecretStr(secrets.token_urlsafe()))


@exchange("the user signs in once more and signs out")
def sign_out(platform: Platform, subject: Subject) -> SignedOut:
    """Sign out of a session of its own: the shared one has to last."""
    session = platform.portal.sign_in(*platform.credentials(subject.a(Portal).user))
    return platform.portal.sign_out(session)


@then("the portal shows who is signed in")
def shows_user(answer: SignedIn, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge by the login that the page shows."""
    record.image("signed in", answer.picture)
    login = platform.target.user(subject.user or "").login
    record.observe("portal.user", answer.user, Rule.same())
    must(login in answer.user, f"the portal shows “{answer.user}”, not {login}")


@then("the portal offers at least one application")
def offers_something(answer: SignedIn) -> None:
    """Judge that the list is not empty: an empty list that was empty before is nobody's service."""
    must(bool(answer.applications), "the portal offers no application at all")


@then("the applications are the same as before")
def same_applications(answer: SignedIn, record: Record) -> None:
    """Compare the list with the baseline."""
    if not record.evidence:
        record.image("applications", answer.picture)
    record.observe("portal.applications", list(answer.applications), Rule.same())


@then("the sign-in is refused")
def is_refused(answer: Refusal, record: Record) -> None:
    """Judge by what the page shows."""
    record.image("refused", answer.picture)
    record.observe("portal.refusal", answer.message)
    must(not answer.signed_in, WRONGLY_IN, "Close it to users until its sign-in is mended")


@then("the old session no longer opens the portal")
def session_ended(answer: SignedOut, record: Record) -> None:
    """Judge by the old cookies: a browser that forgets them proves nothing."""
    record.image("signed out", answer.picture)
    must(not answer.session_still_works, "the old session cookie still opens the portal after signing out")


@then("the session cookie is Secure and HttpOnly")
def cookie_is_kept(answer: SignedIn, platform: Platform, record: Record) -> None:
    """Judge the cookie's attributes (RFC 6265 sections 4.1.2.5 and 4.1.2.6)."""
    cookie = answer.session_cookie(platform.portal.portal.session_cookie)
    attributes = {name: cookie.get(name) for name in ("name", "secure", "httpOnly", "sameSite", "path", "domain")}
    record.text("session cookie", "\n".join(f"{name}: {value}" for name, value in attributes.items()))
    missing = [word for word, name in (("Secure", "secure"), ("HttpOnly", "httpOnly")) if not attributes[name]]
    must(not missing, f"the session cookie is not {' and not '.join(missing)}")
    record.observe("portal.cookie", {name: str(value) for name, value in attributes.items()}, Rule.same())
