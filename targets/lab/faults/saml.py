"""Sign-in through the SAMLv2 identity provider."""

from __future__ import annotations

from typing import Final

from targets.lab.faults.change import APACHE, FEDERATION, edited, in_database, stopped
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import CONTROLLERS, SHIBBOLETH
from targets.lab.roles.controller import ENTITY_ID

CONTROLLER: Final = "mediation controller"

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
)  # fmt: skip
