from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from pydantic import HttpUrl

from targets.access import forgery, saml
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.portal import Exchanged, UserPortal
from targets.access.saml import Consumer, ServiceProvider, service_provider
from targets.access.web import Page, Web
from targets.model.services import Federation, IdentityProviderPage

IDP = "https://idp.recette.test/metadata"
SP = "https://portal.recette.test/shibboleth"
ACS = "https://portal.recette.test/Shibboleth.sso/SAML2/POST"
REQUEST = "_request1"
SAML = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
SAMLP = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
Pair = tuple[str, str]


def pair(name: str) -> Pair:
    """Make an RSA key and its certificate, PEM."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def idp() -> Pair:
    return pair("idp")


@pytest.fixture(scope="module")
def federation(idp: Pair, tmp_path_factory: pytest.TempPathFactory) -> Federation:
    file = tmp_path_factory.mktemp("idp") / "idp.pem"
    file.write_text(idp[1])
    return Federation(
        name="organization",
        user="bob",
        sign_in=HttpUrl("https://portal.recette.test/Shibboleth.sso/Login"),
        metadata=HttpUrl("https://portal.recette.test/Shibboleth.sso/Metadata"),
        identity_provider=IDP,
        identity_provider_certificate=file,
        page=IdentityProviderPage(login="#a", password="#b", submit="#c"),  # noqa: S106 -- selectors
        login_attribute="uid",
    )


PROVIDER = ServiceProvider(SP, (Consumer("HTTP-POST", ACS),), (), (), "")


def when(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def assertion(audience: str = SP, recipient: str = ACS, ends: float = 5, in_response_to: str = REQUEST) -> str:
    return f"""<saml:Assertion {SAML} ID="_assertion1" Version="2.0" IssueInstant="{when(0)}">
<saml:Issuer>{IDP}</saml:Issuer>
<saml:Subject><saml:NameID>bob</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData
 NotOnOrAfter="{when(ends)}" Recipient="{recipient}" InResponseTo="{in_response_to}"/></saml:SubjectConfirmation>
</saml:Subject>
<saml:Conditions NotBefore="{when(-5)}" NotOnOrAfter="{when(ends)}"><saml:AudienceRestriction>
<saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{when(0)}"><saml:AuthnContext><saml:AuthnContextClassRef
>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="uid"><saml:AttributeValue>bob</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="groups"><saml:AttributeValue>staff</saml:AttributeValue>
<saml:AttributeValue>sales</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>
</saml:Assertion>"""


def signed(xml: str, key: Pair) -> str:
    made = OneLogin_Saml2_Utils.add_sign(xml, *key)
    return made.decode() if isinstance(made, bytes) else str(made)


def response(
    key: Pair, inner: str | None = None, destination: str = ACS, in_response_to: str = REQUEST, sign: bool = True
) -> str:
    inner = signed(assertion(), key) if inner is None else inner
    xml = f"""<samlp:Response {SAMLP} {SAML} ID="_response1" Version="2.0" IssueInstant="{when(0)}"
 Destination="{destination}" InResponseTo="{in_response_to}"><saml:Issuer>{IDP}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status>{inner}</samlp:Response>"""
    return signed(xml, key) if sign else xml


def carried(xml: str | bytes, request: str = REQUEST) -> Exchanged:
    """Return what a browser carried, encoded as it is on its way."""
    asked = f'<samlp:AuthnRequest {SAMLP} ID="{request}" Version="2.0"/>'.encode()
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = base64.b64encode(packer.compress(asked) + packer.flush()).decode()
    content = xml.encode() if isinstance(xml, str) else xml
    return Exchanged(deflated, base64.b64encode(content).decode(), ACS)


def refused(federation: Federation, exchanged: Exchanged) -> str:
    """Return why the witness refuses: its own error, or PlatformFailed; anything else escapes and fails the test."""
    try:
        told = saml.testimony(federation, PROVIDER, exchanged)
    except PlatformFailed as failure:
        return str(failure)
    assert told.errors, "the witness accepts it"
    assert not told.attributes
    return told.errors[0]


def test_a_valid_response_is_accepted_with_its_attributes(federation: Federation, idp: Pair) -> None:
    told = saml.testimony(federation, PROVIDER, carried(response(idp)))
    assert told.errors == ()
    assert told.attributes == {"uid": ("bob",), "groups": ("staff", "sales")}
    assert "_assertion1" in told.xml


def test_a_response_of_another_key_is_refused(federation: Federation) -> None:
    assert "ignature" in refused(federation, carried(response(pair("mallory"))))


Change = Callable[[Pair], str]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda key: response(key, sign=False), "not signed"),
        (lambda key: response(key, assertion()), "not signed"),
        (lambda key: response(key, in_response_to="_another"), "InResponseTo"),
        (lambda key: response(key, signed(assertion(audience="https://other.test/sp"), key)), "audience"),
        (lambda key: response(key, signed(assertion(recipient="https://other.test/acs"), key)), "SubjectConfirmation"),
        (lambda key: response(key, signed(assertion(in_response_to="_other"), key)), "SubjectConfirmation"),
        (lambda key: response(key, destination="https://other.test/acs"), "instead of"),
        (lambda key: response(key, signed(assertion(ends=-10), key)), "expired"),
        (lambda key: response(key).replace(">bob<", ">alice<"), "ignature"),
        (lambda key: response(key).replace(">staff<", ">admins<"), "ignature"),
        (lambda key: response(key, ""), ""),
        (lambda key: response(key).replace(SUCCESS, SUCCESS.replace("Success", "Responder")), ""),
        (lambda _: "<html><body>Sign in</body></html>", ""),
        (lambda _: f"<samlp:Response {SAMLP}/>", ""),
        (lambda _: "\x00\x01\x02", "no XML"),
        (lambda _: "<a>" * 100_000, "no XML"),
    ],
)
def test_what_is_wrong_with_a_response_is_found(federation: Federation, idp: Pair, make: Change, said: str) -> None:
    assert said in refused(federation, carried(make(idp)))


def test_an_answer_to_another_request_is_refused(federation: Federation, idp: Pair) -> None:
    assert "InResponseTo" in refused(federation, carried(response(idp), request="_request2"))


def _wrapped(key: Pair, wrap: Callable[[str, str], str]) -> str:
    """Sign an assertion of bob's, and wrap it with a forged one of alice's; the response itself is left unsigned."""
    forged = assertion().replace(">bob<", ">alice<").replace("_assertion1", "_forged")
    return response(key, wrap(signed(assertion(), key), forged), sign=False)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda genuine, forged: forged + genuine,
        lambda genuine, forged: genuine + forged,
        lambda genuine, forged: forged.replace("</saml:Assertion>", f"{genuine}</saml:Assertion>"),
        lambda genuine, forged: f"<samlp:Extensions>{genuine}</samlp:Extensions>{forged}",
        lambda genuine, forged: forged.replace("_forged", "_assertion1") + genuine,
    ],
)
def test_signature_wrapping_is_refused(federation: Federation, idp: Pair, wrap: Callable[[str, str], str]) -> None:
    refused(federation, carried(_wrapped(idp, wrap)))


def test_a_signed_response_wrapped_in_a_forged_one_is_refused(federation: Federation, idp: Pair) -> None:
    genuine = response(idp)
    forged = response(idp, assertion().replace(">bob<", ">alice<"), sign=False).replace("_response1", "_forged")
    refused(federation, carried(forged.replace("</samlp:Response>", f"{genuine}</samlp:Response>")))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE a>",
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/evil.dtd">',
    ],
)
def test_a_document_type_is_refused_before_anything_is_expanded(
    federation: Federation, idp: Pair, doctype: str
) -> None:
    hostile = response(idp).replace(">bob<", ">&l9;&x;<") if "ENTITY" in doctype else response(idp)
    assert refused(federation, carried(doctype + hostile))
    with pytest.raises(PlatformFailed):
        service_provider(f'{doctype}<a entityID="{SP}">&l9;&x;</a>')


@pytest.mark.parametrize("garbage", ["!!!!", "é", "A", "====", "AAAA" * 10])
def test_what_is_not_base64_is_refused(federation: Federation, idp: Pair, garbage: str) -> None:
    refused(federation, replace(carried(response(idp)), response=garbage))


@pytest.mark.parametrize("garbage", ["!!!!", "é", "A", "AAAA" * 10])
def test_a_request_that_cannot_be_read_is_refused(federation: Federation, idp: Pair, garbage: str) -> None:
    refused(federation, replace(carried(response(idp)), request=garbage))


def test_no_response_is_the_platform_s_failure(federation: Federation) -> None:
    assert "posted no SAML response" in refused(federation, Exchanged())


def test_a_response_posted_elsewhere_than_the_metadata_says_is_refused(federation: Federation, idp: Pair) -> None:
    elsewhere = replace(carried(response(idp)), posted_to="https://other.test/acs")
    assert "metadata does not name" in refused(federation, elsewhere)


def test_an_encrypted_assertion_cannot_be_judged(federation: Federation, idp: Pair) -> None:
    encrypted = "<saml:EncryptedAssertion><x/></saml:EncryptedAssertion>"
    with pytest.raises(CannotJudgeError, match="encrypted"):
        saml.testimony(federation, PROVIDER, carried(response(idp, encrypted)))


def test_without_the_identity_provider_s_certificate_nothing_can_be_judged(
    federation: Federation, idp: Pair, tmp_path: Path
) -> None:
    for file in (tmp_path / "none.pem", tmp_path / "broken.pem"):
        (tmp_path / "broken.pem").write_text("no certificate")
        broken = federation.model_copy(update={"identity_provider_certificate": file})
        with pytest.raises(CannotJudgeError, match="certificate"):
            saml.testimony(broken, PROVIDER, carried(response(idp)))


def test_metadata_without_an_entity_id_is_refused(federation: Federation, idp: Pair) -> None:
    told = saml.testimony(federation, replace(PROVIDER, entity_id=""), carried(response(idp)))
    assert told.errors


def metadata(certificate: str) -> str:
    body = "".join(certificate.splitlines()[1:-1])
    return f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
 xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{SP}"><md:SPSSODescriptor>
<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
</md:KeyDescriptor>
<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{SP}/slo"/>
<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{ACS}"/>
</md:SPSSODescriptor></md:EntityDescriptor>"""


def test_a_service_provider_s_metadata_is_read(idp: Pair) -> None:
    provider = service_provider(metadata(idp[1]))
    assert provider.entity_id == SP
    assert [str(consumer) for consumer in provider.consumers] == [f"HTTP-POST {ACS}"]
    assert [str(place) for place in provider.logout] == [f"HTTP-Redirect {SP}/slo"]
    assert provider.certificates[0].subject == "CN=idp"


@pytest.mark.parametrize("certificate", ["x\nAAAA\nx", "x\n!\nx", "x\né\nx", "x\n\nx"])
def test_metadata_with_a_broken_certificate_is_the_platform_s_failure(certificate: str) -> None:
    with pytest.raises(PlatformFailed, match="certificate that is none"):
        service_provider(metadata(certificate))


@pytest.mark.parametrize("text", ["", "<html>", "Not found", "\ufffd" * 100])
def test_metadata_that_is_no_xml_is_the_platform_s_failure(text: str) -> None:
    with pytest.raises(PlatformFailed, match="no XML"):
        service_provider(text)


def test_a_response_without_its_signatures_has_names_of_its_own_and_says_the_same(idp: Pair) -> None:
    """So nothing but the signatures can speak against it: not even that it was posted before."""
    made = base64.b64decode(forgery.unsigned(carried(response(idp)))).decode()
    assert "Signature" not in made
    assert "_response1" not in made
    assert "_assertion1" not in made
    assert made.count(f'InResponseTo="{REQUEST}"') == 2
    assert ">bob<" in made


def test_a_response_that_is_posted_again_is_the_same(idp: Pair) -> None:
    genuine = carried(response(idp))
    assert forgery.again(genuine) == genuine.response


def test_nothing_is_made_of_an_encrypted_assertion(idp: Pair) -> None:
    encrypted = response(idp, f"<saml:EncryptedAssertion {SAML}/>")
    with pytest.raises(CannotJudgeError, match="encrypted"):
        forgery.unsigned(carried(encrypted))


class Posting:
    """A service provider that answers so, and a portal that is opened by cookies or not."""

    def __init__(self, cookies: dict[str, str], opened: bool = True) -> None:
        self.cookies, self.opened = cookies, opened
        self.sent: list[object] = []
        self.tried: list[object] = []

    def post(self, *sent: object) -> tuple[Page, dict[str, str]]:
        self.sent.append(sent)
        return Page(ACS, 302, {"location": "/in"}, "", "", 0.1), self.cookies

    def is_opened_by(self, *tried: object) -> bool:
        self.tried.append(tried)
        return self.opened


def posted(idp: Pair, age: float = 0.0) -> Exchanged:
    exchanged = carried(response(idp))
    exchanged.form = {"SAMLResponse": exchanged.response, "RelayState": "here"}
    exchanged.cookies, exchanged.posted_at = "state=1", time.monotonic() - age
    return exchanged


def tried(there: Posting, exchanged: Exchanged) -> bool:
    return forgery.post(cast(Web, there), cast(UserPortal, there), exchanged, "forged").signed_in


def test_a_forged_response_is_posted_as_the_genuine_one_was(idp: Pair) -> None:
    there = Posting({})
    assert not tried(there, posted(idp))
    assert there.sent == [(ACS, {"SAMLResponse": "forged", "RelayState": "here"}, "state=1")]
    assert there.tried == []


@pytest.mark.parametrize("opened", [True, False])
def test_cookies_that_come_of_it_count_only_where_they_open_the_portal(idp: Pair, opened: bool) -> None:
    there = Posting({"session": "x"}, opened)
    assert tried(there, posted(idp)) is opened
    assert there.tried == [({"session": "x"}, "https://portal.recette.test/in")]


def test_a_response_that_has_grown_old_is_not_tried(idp: Pair) -> None:
    there = Posting({})
    with pytest.raises(CannotJudgeError, match="too old"):
        tried(there, posted(idp, age=61))
    assert there.sent == []
