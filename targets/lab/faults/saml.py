"""Sign-in through the SAMLv2 identity provider."""

from __future__ import annotations

from typing import Final

from targets.lab import pki
from targets.lab.faults.change import APACHE, FEDERATION, Change, edited, in_database, pair_replaced, replaced, stopped
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import CONTROLLERS, PORTAL_SITE, SHIBBOLETH
from targets.lab.roles import identity
from targets.lab.roles.controller import ENTITY_ID
from targets.lab.store import Store

CONTROLLER: Final = "mediation controller"
ATTRIBUTES = "/etc/ipdiva/shibboleth/attribute-map.xml"
SIGNING = "/etc/shibboleth/sp-signing"
ANY_AUDIENCE = (
    '<PolicyRule type="Ignore" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">saml:AudienceRestriction</PolicyRule>'
)


def _policy(expression: str) -> Change:
    """Change what Shibboleth asks of a response."""
    return edited("/etc/ipdiva/shibboleth/security-policy.xml", expression, FEDERATION)


def _another_provider(store: Store) -> str:
    """Describe the identity provider by a key that is none of its own."""
    own, other = (_base64(pair.certificate) for pair in (store.signing_pair("idp"), pki.self_signed("idp")))
    return identity.metadata(store).replace(own, other)


def _base64(pem: str) -> str:
    return "".join(pem.splitlines()[1:-1])


FAULTS = (
    Fault(
        "identity-provider-away",
        "The identity provider was stopped for the upgrade and not started again.",
        "identity provider", ("idp",), ("SAML-01",), stopped("apache2"),
    ),
    Fault(
        "federated-user-forgotten",
        "The accounts of federated users were not migrated.",
        CONTROLLER, CONTROLLERS, ("SAML-01",),
        in_database(
            "DELETE FROM accounts WHERE domain = 'saml'",
            "INSERT INTO accounts (domain, login) VALUES ('saml', 'bob') ON CONFLICT DO NOTHING",
        ), ("db",),
    ),
    Fault(
        "response-not-signed",
        "The identity provider signs the assertion alone, not its response.",
        "identity provider", ("idp",), ("SAML-02",),
        edited("/etc/cleanroom-idp/metadata/saml20-sp-remote.php", "/sign.response/ s/true/false/", APACHE),
    ),
    Fault(
        "entity-id-changed",
        "The new configuration names the platform differently to the identity provider.",
        CONTROLLER, CONTROLLERS, ("SAML-03",), edited(SHIBBOLETH, f"s|{ENTITY_ID}|urn:new|", FEDERATION),
    ),
    Fault(
        "logout-local-only",
        "Signing out of the portal does not sign out of the identity provider any more.",
        CONTROLLER, CONTROLLERS, ("SAML-04",), edited(SHIBBOLETH, "s/>SAML2 Local</>Local</", FEDERATION),
    ),
    Fault(
        "assertion-consumer-moved",
        "The new web server's settings name another port: the identity provider would answer where nobody listens.",
        CONTROLLER, CONTROLLERS, ("SAML-03",),
        edited(PORTAL_SITE, "s|ServerName ${PORTAL_HOST}|ServerName https://${PORTAL_HOST}:8443|", FEDERATION),
    ),
    Fault(
        "signing-key-rolled",
        "The new package made a new signing key, and the identity provider was not told.",
        CONTROLLER, CONTROLLERS, ("SAML-01", "SAML-03"),
        pair_replaced(f"{SIGNING}-cert.pem", f"{SIGNING}-key.pem", lambda: pki.self_signed("sp-signing"), FEDERATION),
    ),
    Fault(
        "attribute-mapping-lost",
        "The mapping of the identity provider's attributes lost a line: federated users have no groups any more.",
        CONTROLLER, CONTROLLERS, ("SAML-01",), edited(ATTRIBUTES, "/groups/d", FEDERATION),
    ),
    Fault(
        "unsigned-responses-accepted",
        "A policy of somebody's test was left behind: responses need no signature any more.",
        CONTROLLER, CONTROLLERS, ("SAML-05",), _policy('s/type="XMLSigning" errorFatal="true"/type="NullSecurity"/'),
    ),
    Fault(
        "audience-not-checked",
        "The new policy takes assertions that were made out to any other service of the organization.",
        CONTROLLER, CONTROLLERS, ("CONFIG-01",),
        _policy(f's|<PolicyRule type="Audience"/>|{ANY_AUDIENCE}|'),
    ),
    Fault(
        "replay-accepted",
        "The new policy takes a response as often as it is posted.",
        CONTROLLER, CONTROLLERS, ("SAML-06",), _policy('s/checkReplay="true"/checkReplay="false"/'),
    ),
    Fault(
        "federation-broken-on-one-controller",
        "The slave has an old description of the identity provider, and believes nothing that it says.",
        CONTROLLER, ("mc2",), ("SAML-07",),
        replaced("/etc/shibboleth/idp-metadata.xml", _another_provider, FEDERATION),
    ),
)  # fmt: skip
