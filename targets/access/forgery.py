"""Responses that a service provider must refuse, made of a genuine one that a browser has just posted.

Nobody's key is needed for them. Rules: SAML 2.0 Profiles section 4.1.4.5, by which assertions that are posted must be
signed, and none may be taken twice.
"""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from targets.access.outcomes import CannotJudgeError
from targets.access.portal import Exchanged, UserPortal
from targets.access.saml import ASSERTION, METADATA, read_response
from targets.access.web import Page, Web

FRESH = 60.0
"""Seconds after which a response may be refused for its age, which proves nothing."""


@dataclass(frozen=True)
class Tried:
    """What a service provider answered to such a response, and whether that signed somebody in."""

    answer: Page
    signed_in: bool


def again(exchanged: Exchanged) -> str:
    """Return the genuine response as it was posted."""
    read_response(exchanged)
    return exchanged.response


def unsigned(exchanged: Exchanged) -> str:
    """Return the same without its signatures, and with IDs of its own: nothing else speaks against it."""
    response = read_response(exchanged)
    etree.strip_elements(response, f"{{{METADATA['ds']}}}Signature", with_tail=False)
    for named in (response, *response.iterfind(f".//{{{ASSERTION}}}Assertion")):
        named.set("ID", f"_{secrets.token_hex(20)}")
    return base64.b64encode(etree.tostring(response)).decode()


def post(web: Web, portal: UserPortal, exchanged: Exchanged, response: str) -> Tried:
    """Post a response as the browser posted the genuine one, and sign out whoever that signs in.

    Raises CannotJudgeError where the genuine one is not fresh any more.
    """
    if time.monotonic() - exchanged.posted_at > FRESH:
        raise CannotJudgeError("the genuine response has grown too old meanwhile to be tried with")
    form = {**exchanged.form, "SAMLResponse": response}
    answer, cookies = web.post(exchanged.posted_to, form, exchanged.cookies)
    then = urljoin(exchanged.posted_to, answer.headers.get("location", "/"))
    return Tried(answer, bool(cookies) and portal.is_opened_by(cookies, then))
