"""What each criterion of the document must say of a fault: where it fails, what is blamed, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from targets.lab.faults import FAULTS, tls
from targets.lab.faults.fault import Fault
from targets.lab.roles import identity
from targets.lab.roles.controller import ENTITY_ID

GATEWAYS = ("eg1", "eg2")
AGENT = "recording agent on srv1"
RECEIVER_SEES_ITS_OWN_DISK = (
    "! nsenter --target $(systemctl show -P MainPID ipdiva-edge-gateway) --mount "
    "findmnt --types tmpfs /var/lib/ipdiva/recordings"
)
SPOOL_IS_EMPTY = '[ -z "$(ls -A /var/lib/ipdiva-recording-agent)" ]'


@dataclass(frozen=True)
class Break:
    """One fault, done to the lab as it is before the upgrade, and what a criterion must say of it.

    `blamed` maps each subject that must fail to the place that must be blamed; every other one must still pass.
    `words` must be in the reason. `only` narrows the subjects where each takes its time, `hurried` shortens the limits
    where something is waited for in vain. `mended` says on which machine which shell command succeeds when all is well
    again, beyond what the machine's role asks.
    """

    criterion: str
    fault: Fault | None
    blamed: Mapping[str, str]
    words: str
    only: str = ""
    hurried: str = ""
    mended: tuple[str, str] | None = None

    @property
    def selection(self) -> str:
        """What `pytest -k` is given."""
        return f"{self.criterion} and {self.only}" if self.only else self.criterion

    def __str__(self) -> str:
        return f"{self.criterion} {self.fault or 'nobody upgraded'}"


PORTAL = {"portal": "mediation controller"}
ORGANIZATION = {"organization": "mediation controller"}
PROVIDER = {"organization": "identity provider"}
CLUSTER = {"cluster": "mediation controller"}
CONSOLE_OF_MC2 = {"mc2": "mediation controller on mc2"}
WEB_VIA_EG1 = {f"{name} via eg1": "edge gateway on eg1" for name in ("Intranet", "Admin notes")}
SSH_VIA_BOTH = {f"srv1-ssh via {name}": f"edge gateway on {name}" for name in GATEWAYS}
RECORDED_SSH = dict.fromkeys(SSH_VIA_BOTH, AGENT)
RDP_VIA_EG1 = {"srv1-rdp via eg1": "edge gateway on eg1"}
CLIENT = {"Desktop": "client on pilot1"}
SERVERS = {
    "mc1": "mediation controller on mc1",
    "mc2": "mediation controller on mc2",
    "eg1": "edge gateway on eg1",
    "eg2": "edge gateway on eg2",
    "html5": "HTML5 gateway on html5",
    "srv1": AGENT,
    "pilot1": "client on pilot1",
    "pilot2": "client on pilot2",
}
NO_RECORDING, NO_DESKTOP, NO_PAGE = "recording: 2", "desktop: 15", "answer: 8"
NOT_RECORDED = "no recording of the session arrived on any Edge Gateway"
CERTIFICATES = {
    tls.self_signed: "the certificate is not trusted (self-signed certificate)",
    tls.of_another_name: "the certificate is not trusted (Hostname mismatch",
    tls.ending_soon: "the certificate ends in 10 days",
}


def _certificates() -> list[Break]:
    """Every kind of wrong certificate at every place that has one, not just those of the catalogue."""
    return [
        Break(criterion, replace(FAULTS[name], name=kind.__name__, change=present(kind)), blamed, words)
        for criterion, name, present, blamed in (
            ("PORTAL-05", "portal-certificate-ends-soon", tls.portal_certificate, PORTAL),
            ("WEB-04", "gateway-certificate-self-signed", tls.gateway_certificate, WEB_VIA_EG1),
            ("CONSOLE-02", "console-certificate-of-another-name", tls.console_certificate, CONSOLE_OF_MC2),
        )
        for kind, words in CERTIFICATES.items()
    ]


def _break(  # noqa: PLR0913 -- each is one column of the table below
    criterion: str,
    fault: str,
    blamed: Mapping[str, str],
    words: str,
    *,
    only: str = "",
    hurried: str = "",
    mended: tuple[str, str] | None = None,
) -> Break:
    return Break(criterion, FAULTS[fault], blamed, words, only, hurried, mended)


BREAKS = (
    _break(
        "PORTAL-01", "accounts-table-renamed", PORTAL,
        "/sign-in did not show what was waited for in 8 s, it shows “Internal Server Error", hurried=NO_PAGE,
    ),
    _break("PORTAL-01", "portal-refuses-everybody", PORTAL, "alice is not signed in: Sign-in refused"),
    _break("PORTAL-02", "application-lost", PORTAL, "Admin notes"),
    _break("PORTAL-03", "any-password-accepted", PORTAL, "a password that must not sign in does"),
    _break("PORTAL-04", "sign-out-keeps-the-session", PORTAL, "the old session cookie still opens the portal"),
    _break("PORTAL-07", "portal-slow", PORTAL, "% higher, more than 200 %"),
    _break("PORTAL-08", "portal-in-another-language", PORTAL, "web.language was en before and is de now"),
    _break("LOG-02", "event-log-off", PORTAL, "no journal of mc1, mc2 holds “Connexion au portail web"),
    _break("PORTAL-06", "cookie-not-secure", PORTAL, "the session cookie is not Secure"),
    _break("PORTAL-06", "cookie-open-to-scripts", PORTAL, "the session cookie is not HttpOnly"),
    _break(
        "SAML-01", "identity-provider-away", PROVIDER,
        f"{identity.BASE}/saml2/idp/SSOService.php does not open: net::ERR_CONNECTION_REFUSED",
    ),
    _break("SAML-01", "federated-user-forgotten", ORGANIZATION, "you have no account here"),
    _break("SAML-02", "response-not-signed", PROVIDER, "not signed"),
    _break(
        "SAML-03", "entity-id-changed", ORGANIZATION, f"saml.entity_id was {ENTITY_ID} before and is urn:new now",
    ),
    _break("SAML-04", "logout-local-only", ORGANIZATION, "the identity provider still knows the user"),
    _break("SAML-05", "unsigned-responses-accepted", ORGANIZATION, "it signed the user in"),
    _break("SAML-06", "replay-accepted", ORGANIZATION, "it signed the user in"),
    _break(
        "SAML-07", "federation-broken-on-one-controller", {"organization on mc2": "mediation controller on mc2"},
        "bob is not signed in after the identity provider",
    ),
    _break("CONFIG-01", "database-settings-reset", CONSOLE_OF_MC2, "/etc/ipdiva/care/databasesettings.ini was"),
    _break(
        "CONFIG-02", "hosts-entry-lost", {"html5": "HTML5 gateway on html5"},
        "addresses of eg2.cleanroom.test was [10.77.0.22] before and is [] now",
    ),
    _break("CONSOLE-03", "default-password-works", CONSOLE_OF_MC2, "a password that must not sign in does"),
    _break(
        "WEB-01", "maintenance-page-says-200", {"Intranet": "edge gateway"},
        "does not show “Intranet”: it is “Maintenance” (200)",
    ),
    _break("WEB-02", "security-header-lost", WEB_VIA_EG1, "web.x-frame-options was DENY before and is nothing now"),
    _break(
        "WEB-02", "another-page-in-its-place", {"Intranet via eg1": "edge gateway on eg1"},
        "web.title was Intranet before and is Proxy now",
    ),
    _break("WEB-03", "gateway-slow", WEB_VIA_EG1, "% higher, more than 200 %"),
    _break(
        "SSH-01", "wrong-server-behind-the-port", {"srv1-ssh via eg1": "edge gateway on eg1"},
        "the host key is not the pinned one",
    ),
    _break("SSH-01", "gateway-refuses", {"srv1-ssh via eg2": "edge gateway on eg2"}, "Connection refused"),
    _break("SSH-02", "user-file-gone", SSH_VIA_BOTH, "the file recette-survivor.txt of carol is gone"),
    _break("SSH-02", "user-file-replaced", SSH_VIA_BOTH, "ssh.file was Made by Recette before the upgrade"),
    _break("REC-01", "agent-stopped", RECORDED_SSH, NOT_RECORDED, hurried=NO_RECORDING),
    _break(
        "REC-01", "no-gateway-receives", RECORDED_SSH, NOT_RECORDED,
        hurried=NO_RECORDING, mended=("srv1", SPOOL_IS_EMPTY),
    ),
    _break("REC-02", "agent-stopped", {"Desktop": AGENT}, NOT_RECORDED, hurried=NO_RECORDING, only="[Desktop]"),
    _break("REC-02", "agent-misses-a-user", {"srv1-rdp via eg1": AGENT}, NOT_RECORDED, only="(eg1 or [Desktop)"),
    _break("RDP-01", "black-screen", RDP_VIA_EG1, "no desktop was shown", only="eg1", hurried=NO_DESKTOP),
    _break("RDP-01", "dead-keyboard", RDP_VIA_EG1, "the keyboard does not answer", only="eg1"),
    _break(
        "RDP-01", "rdp-server-stopped", {f"srv1-rdp via {name}": f"edge gateway on {name}" for name in GATEWAYS},
        "the client ended before it showed a desktop",
    ),
    _break("RDPAPP-01", "client-trusts-another-ca", CLIENT, "certificate verify failed"),
    _break(
        "HTML5-01", "guacd-stopped", {"Desktop HTML5": "HTML5 gateway on html5"}, "the page shows no canvas",
        hurried=NO_DESKTOP,
    ),
    _break("SSH-03", "idle-session-cut", {"srv1-ssh via eg1": "edge gateway on eg1"}, "the session was gone"),
    _break(
        "REC-03", "receivers-full", {name: SERVERS[name] for name in GATEWAYS}, "MB for recordings, 1000",
        mended=("eg1", RECEIVER_SEES_ITS_OWN_DISK),
    ),
    _break("REC-04", "old-recordings-gone", {"eg1": SERVERS["eg1"]}, "recordings.kept lost"),
    _break("CLUSTER-01", "floating-address-twice", CLUSTER, "10.77.0.10 is held by mc1 and mc2"),
    _break("CLUSTER-01", "shared-key-not-synchronised", CLUSTER, "html5.key differs between mc1 and mc2"),
    _break("CLUSTER-02", "controller-out-of-the-pool", CONSOLE_OF_MC2, "Service unavailable"),
    _break(
        "CLUSTER-03", "portal-certificate-expired", {name: SERVERS[name] for name in ("mc1", "mc2")},
        "the certificate is not trusted (certificate has expired",
    ),
    _break("CLUSTER-04", "portal-certificate-differs", CLUSTER, "the controllers present different ones"),
    _break("CONSOLE-01", "controller-without-portal", CONSOLE_OF_MC2, "Connection refused"),
    Break("VERSION-01", None, SERVERS, "release 4.6.0 is expected on"),
    _break(
        "VERSION-02", "package-half-configured", {"pilot2": "client on pilot2"},
        "not fully configured on pilot2: ipdiva-client is unpacked",
    ),
    _break(
        "VERSION-03", "receiver-not-started", {"eg2": "edge gateway on eg2"},
        "on eg2: ipdiva-edge-gateway.service is inactive and enabled",
    ),
    _break("VERSION-03", "service-disabled", {"srv1": AGENT}, "on srv1: nginx.service is active and disabled"),
    *_certificates(),
)  # fmt: skip

PROVED_BY_THE_MAIN_JOB = {"VERSION-04"}
"""Two controllers of two releases take an upgrade: test_main_job.py makes one that forgets the slave."""
