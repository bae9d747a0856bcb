"""SAMLv2 seen by a witness: a second service provider, made with python3-saml, that judges the captured response.

Rules: SAML 2.0 Core section 2 and 3, Bindings section 3.4 and 3.5, Metadata section 2.4.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from targets.access.certificates import Certificate
from targets.access.certificates import read as read_certificate
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.portal import Exchanged, SignedIn
from targets.model.services import Federation

LARGEST_MESSAGE = 1024 * 1024
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
METADATA = {
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


@dataclass(frozen=True)
class Consumer:
    """A place that takes SAML messages: its binding's last word (POST, Redirect, SOAP) and its address."""

    binding: str
    location: str

    def __str__(self) -> str:
        return f"{self.binding} {self.location}"


@dataclass(frozen=True)
class ServiceProvider:
    """What the service provider's metadata says of it."""

    entity_id: str
    consumers: tuple[Consumer, ...]
    logout: tuple[Consumer, ...]
    certificates: tuple[Certificate, ...]
    xml: str

    def consumer(self, address: str) -> Consumer:
        """Return the assertion consumer of an address; raise PlatformFailed where the metadata has none such."""
        found = next((consumer for consumer in self.consumers if consumer.location == address), None)
        if found is None:
            raise PlatformFailed(f"the browser posted the response to {address}, which the metadata does not name")
        return found


@dataclass(frozen=True)
class Testimony:
    """What the witness says of a response: its errors (none: valid) and the user that it stands for."""

    errors: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]
    xml: str


@dataclass(frozen=True)
class Examined:
    """A sign-in through the federation, and what the witness said of it at once."""

    signed_in: SignedIn
    verdict: Testimony | Exception

    @property
    def testimony(self) -> Testimony:
        """What the witness said; raises what kept the witness from saying it."""
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict


def examined(federation: Federation, provider: ServiceProvider, signed_in: SignedIn) -> Examined:
    """Let the witness examine a sign-in; that it could not must not make the sign-in itself fail."""
    try:
        return Examined(signed_in, testimony(federation, provider, signed_in.exchanged))
    except (PlatformFailed, CannotJudgeError) as outcome:
        return Examined(signed_in, outcome)


def service_provider(metadata: str) -> ServiceProvider:
    """Read a service provider's metadata; raise PlatformFailed where it is no such thing."""
    root = _parse(metadata.encode(), "the service provider's metadata")
    try:
        certificates = [
            read_certificate(x509.load_der_x509_certificate(base64.b64decode(element.text or "")))
            for element in root.iterfind(".//md:SPSSODescriptor//ds:X509Certificate", METADATA)
        ]
    except ValueError as error:
        raise PlatformFailed(f"the service provider's metadata holds a certificate that is none ({error})") from None
    return ServiceProvider(
        root.get("entityID", ""),
        _places(root, "AssertionConsumerService"),
        _places(root, "SingleLogoutService"),
        tuple(sorted(set(certificates), key=lambda certificate: certificate.sha256)),
        metadata,
    )


def testimony(federation: Federation, provider: ServiceProvider, exchanged: Exchanged) -> Testimony:
    """Let the witness examine a response that a browser has just posted (its conditions are minutes long).

    Raises PlatformFailed where no response was posted or it cannot be read, CannotJudgeError where only the service
    provider itself can decrypt it.
    """
    document = read_response(exchanged)
    xml = etree.tostring(document, encoding="unicode")
    try:
        response = OneLogin_Saml2_Response(_witness(federation, provider, exchanged.posted_to), exchanged.response)
        valid = response.is_valid(_as_received(exchanged.posted_to), _request_id(exchanged.request))
        attributes = response.get_attributes() if valid else {}
    except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, etree.LxmlError, ValueError) as error:
        return Testimony((str(error),), {}, xml)
    errors = () if valid else (str(response.get_error()),)
    return Testimony(errors, {name: tuple(map(str, values)) for name, values in attributes.items()}, xml)


def read_response(exchanged: Exchanged) -> etree._Element:
    """Read the response that a browser posted; raises as `testimony` does."""
    if not exchanged.response:
        raise PlatformFailed("the browser posted no SAML response")
    document = _parse(_decoded(exchanged.response), "the SAML response")
    if document.find(f".//{{{ASSERTION}}}EncryptedAssertion") is not None:
        raise CannotJudgeError("the assertion is encrypted for the service provider, nobody else can read it")
    return document


def _witness(federation: Federation, provider: ServiceProvider, posted_to: str) -> OneLogin_Saml2_Settings:
    certificate = _identity_provider_certificate(federation.identity_provider_certificate)
    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": {
                "entityId": provider.entity_id,
                "assertionConsumerService": {"url": provider.consumer(posted_to).location},
            },
            "idp": {
                "entityId": federation.identity_provider,
                "singleSignOnService": {"url": federation.identity_provider},
                "x509cert": certificate,
            },
            "security": {"wantAssertionsSigned": True, "wantMessagesSigned": True, "wantNameId": False},
        },
        sp_validation_only=True,
    )


def _identity_provider_certificate(file: Path) -> str:
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise CannotJudgeError(f"the identity provider's certificate {file} cannot be read ({error})") from None
    return certificate.public_bytes(Encoding.PEM).decode()


def _as_received(url: str) -> dict[str, str]:
    """Return the request as python3-saml wants to see it, so that it checks Destination and Recipient."""
    parts = urlsplit(url)
    return {"https": "on" if parts.scheme == "https" else "off", "http_host": parts.netloc, "script_name": parts.path}


def _request_id(encoded: str) -> str | None:
    """Return the ID of the AuthnRequest that a redirect carried (deflated, Bindings 3.4.4.1)."""
    if not encoded:
        return None
    try:
        xml = zlib.decompressobj(-zlib.MAX_WBITS).decompress(_decoded(encoded), LARGEST_MESSAGE)
    except zlib.error:
        raise PlatformFailed("the browser carried a SAML request that cannot be inflated") from None
    return _parse(xml, "the SAML request").get("ID")


def _decoded(encoded: str) -> bytes:
    """Return a message as it was before it was encoded, bounded in size."""
    try:
        return base64.b64decode(encoded[: 2 * LARGEST_MESSAGE])
    except ValueError:
        raise PlatformFailed("the browser carried a SAML message that is not base64") from None


def _parse(xml: bytes, what: str) -> etree._Element:
    """Read XML of which nothing is fetched or expanded; a document type has no place in SAML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise PlatformFailed(f"{what} is no XML ({error.msg})") from None
    if root.getroottree().docinfo.doctype:
        raise PlatformFailed(f"{what} has a document type declaration, which hostile XML begins with")
    return root


def _places(root: etree._Element, kind: str) -> tuple[Consumer, ...]:
    found = root.iterfind(f".//md:SPSSODescriptor/md:{kind}", METADATA)
    places = [Consumer(place.get("Binding", "").rpartition(":")[2], place.get("Location", "")) for place in found]
    return tuple(sorted(places, key=str))
