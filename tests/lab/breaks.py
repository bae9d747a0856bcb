"""How the lab is broken, for real and one way at a time, so that each criterion of the document fails once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch

from targets.lab import pki
from targets.lab.pki import KeyPair
from targets.lab.roles import identity
from targets.lab.roles.controller import ENTITY_ID
from targets.lab.store import Store

Script = Callable[[Store], str]

CONTROLLERS = ("mc1", "mc2")
GATEWAYS = ("eg1", "eg2")
PORTAL_CODE = "/usr/lib/python3/dist-packages/cleanroom_portal"
HAPROXY = "/usr/share/ipdiva/edge-gateway/haproxy.cfg"
SHIBBOLETH = "/etc/shibboleth/shibboleth2.xml"
SESSION = "/etc/xrdp/startwm.sh"
AGENT = "recording agent on srv1"
SPOOL_IS_EMPTY = '[ -z "$(ls -A /var/lib/ipdiva-recording-agent)" ]'


@dataclass(frozen=True)
class Break:
    """One break: root's script that `hurts` the machines, the one that `mends` them, and what Recette must say.

    `blamed` maps each subject that must fail to the place that must be blamed; every other one must still pass.
    `words` must be in the reason. `only` narrows the subjects where each takes its time. `mended` says on which
    machine which shell command succeeds when all is well again, beyond what the machine's role asks.
    """

    criterion: str
    story: str
    machines: tuple[str, ...]
    hurts: Script
    mends: str
    blamed: Mapping[str, str]
    words: str
    only: str = ""
    mended: tuple[str, str] | None = None

    @property
    def selection(self) -> str:
        """What `pytest -k` is given."""
        return f"{self.criterion} and {self.only}" if self.only else self.criterion

    def __str__(self) -> str:
        return f"{self.criterion} {self.story}"


def _script(text: str) -> Script:
    return lambda _: text


def _restart(*units: str) -> str:
    """Restart, however often that was done within the last seconds (systemd would refuse the sixth time)."""
    return "".join(f"systemctl reset-failed {unit} || :\nsystemctl restart {unit}\n" for unit in units)


def _changed(path: str, how: str, then: str) -> tuple[Script, str]:
    """Change a file by a command and put it back whole; `then` makes the machine take notice."""
    hurts = f"cp -a {path} {path}.whole\n{how}\n! cmp --quiet {path} {path}.whole\n{then}"
    return _script(hurts), f"[ ! -e {path}.whole ] || mv {path}.whole {path}\n{then}"


def _edited(path: str, expression: str, then: str) -> tuple[Script, str]:
    return _changed(path, f"sed -i '{expression}' {path}", then)


def _stopped(unit: str) -> tuple[Script, str]:
    return _script(f"systemctl stop {unit}"), _restart(unit)


def _sql(statement: str) -> str:
    return f"runuser -u postgres -- psql -v ON_ERROR_STOP=1 -qAt org_main <<'SQL'\n{statement}\nSQL\n"


def _in_database(statement: str, mending: str) -> tuple[Script, str]:
    return _script(_sql(statement)), _sql(mending)


def _haproxy(rule: str) -> tuple[Script, str]:
    """Add a rule to the web frontend of an Edge Gateway."""
    anchor = "    http-request set-header X-Forwarded-Proto https"
    return _changed(HAPROXY, f"cat > /tmp/rule <<'END'\n{rule}\nEND\nsed -i '/^{anchor}/r /tmp/rule' {HAPROXY}", _PROXY)


def _certificate(path: str, make: Callable[[Store], KeyPair], then: str) -> tuple[Script, str]:
    def hurts(store: Store) -> str:
        return _changed(path, f"cat > {path} <<'END'\n{make(store).pem}END", then)[0](store)

    return hurts, _changed(path, "", then)[1]


def _lab_ca(store: Store) -> KeyPair:
    return KeyPair.parse((store.path / "tls/ca.pem").read_text())


def _self_signed(host: str) -> Callable[[Store], KeyPair]:
    return lambda _: pki.self_signed(host)


def _of_another(_: str) -> Callable[[Store], KeyPair]:
    return lambda store: pki.server(_lab_ca(store), ("elsewhere.cleanroom.test",))


def _ending_soon(host: str) -> Callable[[Store], KeyPair]:
    def make(store: Store) -> KeyPair:
        with patch.object(pki, "LEAF_LIFE", pki.CLOCKS_DIFFER + timedelta(days=10, hours=1)):
            return pki.server(_lab_ca(store), (host,))

    return make


CERTIFICATES = {
    "a self-signed certificate": (_self_signed, "the certificate is not trusted (self-signed certificate)"),
    "a certificate of another name": (_of_another, "the certificate is not trusted (Hostname mismatch"),
    "a certificate that ends soon": (_ending_soon, "the certificate ends in 10 days"),
}


def _certificates() -> list[Break]:
    return [
        Break(criterion, story, machines, *_certificate(path, make(host), then), blamed, words)
        for criterion, host, machines, path, then, blamed in (
            ("PORTAL-05", "portal.cleanroom.test", CONTROLLERS, "/etc/ipdiva/care/tls/portal.pem", _APACHE, PORTAL),
            (
                "WEB-04",
                "eg1.cleanroom.test",
                ("eg1",),
                "/etc/ipdiva/edge-gateway/certificate.pem",
                _PROXY,
                WEB_VIA_EG1,
            ),
            ("CONSOLE-02", "mc2.cleanroom.test", ("mc2",), "/etc/ipdiva/care/tls/node.pem", _APACHE, CONSOLE_OF_MC2),
        )
        for story, (make, words) in CERTIFICATES.items()
    ]


_APACHE = _restart("apache2")
_FEDERATION = _restart("shibd", "apache2")
_PROXY = _restart("haproxy")

PORTAL = {"portal": "mediation controller"}
ORGANIZATION = {"organization": "mediation controller"}
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
MAINTENANCE = (
    '    http-request return status 200 content-type text/html string "<title>Maintenance</title>Back soon"'
    " if { path_beg /intranet/ }"
)
OTHER_TITLE = (
    '    http-request return status 200 content-type text/html string "<title>Proxy</title>Intranet"'
    " if { path_beg /intranet/ }"
)
SLOW = f"""
echo 'core.register_action("slow", {{"http-req"}}, function() core.msleep(2000) end)' > /tmp/slow.lua
sed -i 's|^global$|&\\n    lua-load /tmp/slow.lua|; s|^    default_backend web|    http-request lua.slow\\n&|' {HAPROXY}
"""
SURVIVOR = "~carol/recette-survivor.txt"
KEEP_SESSIONS = """
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION keep();
"""
UNPACK = "cd /tmp\napt-get download --quiet ipdiva-client=4.5.0\ndpkg --unpack ipdiva-client_4.5.0_all.deb"

BREAKS = (
    Break(
        "PORTAL-01", "the accounts are gone", ("db",),
        *_in_database("ALTER TABLE accounts RENAME TO gone", "ALTER TABLE IF EXISTS gone RENAME TO accounts"),
        PORTAL, "/sign-in did not show what was waited for in 8 s, it shows “Internal Server Error",
    ),
    Break(
        "PORTAL-01", "the portal refuses everybody", CONTROLLERS,
        *_edited(f"{PORTAL_CODE}/accounts.py", "s/return matches and not locked/return False/", _APACHE),
        PORTAL, "alice is not signed in: Sign-in refused",
    ),
    Break(
        "PORTAL-02", "an application changed hands", ("db",),
        *_in_database(
            "UPDATE application_groups SET group_name = 'auditors' WHERE application = 'Admin notes'",
            "UPDATE application_groups SET group_name = 'admins' WHERE application = 'Admin notes'",
        ),
        PORTAL, "Admin notes",
    ),
    Break(
        "PORTAL-03", "the portal takes any password", CONTROLLERS,
        *_edited(f"{PORTAL_CODE}/accounts.py", "s/return matches and not locked/return True/", _APACHE),
        PORTAL, "a wrong password signed in",
    ),
    Break(
        "PORTAL-04", "the database keeps every session", ("db",),
        *_in_database(KEEP_SESSIONS, "DROP FUNCTION IF EXISTS keep CASCADE"),
        PORTAL, "the old session cookie still opens the portal",
    ),
    Break(
        "PORTAL-06", "the cookie travels over plain HTTP too", CONTROLLERS,
        *_edited(f"{PORTAL_CODE}/visitor.py", "/set_cookie/ s/secure=True/secure=False/", _APACHE),
        PORTAL, "the session cookie is not Secure",
    ),
    Break(
        "PORTAL-06", "scripts read the cookie", CONTROLLERS,
        *_edited(f"{PORTAL_CODE}/visitor.py", "/set_cookie/ s/httponly=True/httponly=False/", _APACHE),
        PORTAL, "the session cookie is not HttpOnly",
    ),
    Break(
        "SAML-01", "the identity provider is away", ("idp",), *_stopped("apache2"),
        ORGANIZATION, f"{identity.BASE}/saml2/idp/SSOService.php does not open: net::ERR_CONNECTION_REFUSED",
    ),
    Break(
        "SAML-01", "the portal forgot the federated user", ("db",),
        *_in_database(
            "DELETE FROM accounts WHERE domain = 'saml'",
            "INSERT INTO accounts (domain, login) VALUES ('saml', 'bob') ON CONFLICT DO NOTHING",
        ),
        ORGANIZATION, "you have no account here",
    ),
    Break(
        "SAML-02", "only the assertion is signed", ("idp",),
        *_edited("/etc/cleanroom-idp/metadata/saml20-sp-remote.php", "/sign.response/ s/true/false/", _APACHE),
        ORGANIZATION, "not signed",
    ),
    Break(
        "SAML-03", "the portal has another entityID", CONTROLLERS,
        *_edited(SHIBBOLETH, f"s|{ENTITY_ID}|urn:new|", _FEDERATION),
        ORGANIZATION, f"saml.entity_id was {ENTITY_ID} before and is urn:new now",
    ),
    Break(
        "SAML-04", "signing out stays local", CONTROLLERS,
        *_edited(SHIBBOLETH, "s/>SAML2 Local</>Local</", _FEDERATION),
        ORGANIZATION, "the identity provider still knows the user",
    ),
    Break(
        "WEB-01", "a maintenance page that says 200", GATEWAYS, *_haproxy(MAINTENANCE),
        {"Intranet": "edge gateway"}, "does not show “Intranet”: it is “Maintenance” (200)",
    ),
    Break(
        "WEB-02", "a security header is lost", ("eg1",),
        *_haproxy("    http-response del-header X-Frame-Options"),
        WEB_VIA_EG1, "web.x-frame-options was DENY before and is nothing now",
    ),
    Break(
        "WEB-02", "another page with the same word", ("eg1",), *_haproxy(OTHER_TITLE),
        {"Intranet via eg1": "edge gateway on eg1"}, "web.title was Intranet before and is Proxy now",
    ),
    Break(
        "WEB-03", "a slow gateway", ("eg1",), *_changed(HAPROXY, SLOW, _PROXY),
        WEB_VIA_EG1, "% higher, more than 200 %",
    ),
    Break(
        "SSH-01", "another server answers", ("eg1",),
        *_edited(HAPROXY, "s/${RESOURCE}:22\"/127.0.0.1:22\"/", _PROXY),
        {"srv1-ssh via eg1": "edge gateway on eg1"}, "the host key is not the pinned one",
    ),
    Break(
        "SSH-01", "a gateway without proxy", ("eg2",), *_stopped("haproxy"),
        {"srv1-ssh via eg2": "edge gateway on eg2"}, "Connection refused",
    ),
    Break(
        "SSH-02", "the file is gone", ("srv1",),
        _script(f"mv {SURVIVOR} {SURVIVOR}.whole"), f"[ ! -e {SURVIVOR}.whole ] || mv {SURVIVOR}.whole {SURVIVOR}",
        SSH_VIA_BOTH, "the file recette-survivor.txt of carol is gone",
    ),
    Break(
        "SSH-02", "the file is another", ("srv1",), *_changed(SURVIVOR, f"echo restored > {SURVIVOR}", ""),
        SSH_VIA_BOTH, "ssh.file was Made by Recette before the upgrade",
    ),
    Break(
        "REC-01", "the agent is stopped", ("srv1",), *_stopped("ipdiva-recording-agent"),
        RECORDED_SSH, "no recording of the session arrived on any Edge Gateway",
    ),
    Break(
        "REC-01", "no gateway receives", GATEWAYS, *_stopped("ipdiva-edge-gateway"),
        RECORDED_SSH, "no recording of the session arrived on any Edge Gateway",
        mended=("srv1", SPOOL_IS_EMPTY),
    ),
    Break(
        "REC-02", "the agent is stopped", ("srv1",), *_stopped("ipdiva-recording-agent"),
        {"Desktop": AGENT}, "no recording of the session arrived on any Edge Gateway",
        only="[Desktop]",
    ),
    Break(
        "RDP-01", "a black screen", ("srv1",),
        *_changed(SESSION, f"printf '#!/bin/sh\\nexec sleep 60\\n' > {SESSION}", ""),
        RDP_VIA_EG1, "no desktop was shown", only="eg1",
    ),
    Break(
        "RDP-01", "a dead keyboard", ("srv1",), *_edited(SESSION, "s/xterm -fullscreen/& -e sleep 60/", ""),
        RDP_VIA_EG1, "the keyboard does not answer", only="eg1",
    ),
    Break(
        "RDP-01", "no RDP server", ("srv1",), *_stopped("xrdp"),
        {f"srv1-rdp via {name}": f"edge gateway on {name}" for name in GATEWAYS},
        "the client ended before it showed a desktop",
    ),
    Break(
        "RDPAPP-01", "the client trusts another CA", ("pilot1",),
        *_changed(
            "/etc/ipdiva/client.d/site.ini",
            "echo 'authorities = /etc/ssl/certs/ISRG_Root_X1.pem' >> /etc/ipdiva/client.d/site.ini", "",
        ),
        CLIENT, "certificate verify failed",
    ),
    Break(
        "HTML5-01", "guacd is stopped", ("html5",), *_stopped("guacd"),
        {"Desktop HTML5": "HTML5 gateway on html5"}, "the page shows no canvas",
    ),
    Break(
        "CONSOLE-01", "no web server", ("mc2",), *_stopped("apache2"), CONSOLE_OF_MC2, "Connection refused",
    ),
    Break(
        "VERSION-01", "nobody upgraded", (), _script(""), "", SERVERS, "release 4.6.0 is expected on",
    ),
    Break(
        "VERSION-02", "a package is but unpacked", ("pilot2",), _script(UNPACK), "dpkg --configure --pending",
        {"pilot2": "client on pilot2"}, "not fully configured on pilot2: ipdiva-client is unpacked",
    ),
    Break(
        "VERSION-03", "a service is stopped", ("eg2",), *_stopped("ipdiva-edge-gateway"),
        {"eg2": "edge gateway on eg2"}, "on eg2: ipdiva-edge-gateway.service is inactive and enabled",
    ),
    Break(
        "VERSION-03", "a service would not start again", ("srv1",),
        _script("systemctl disable --quiet nginx"), "systemctl enable --quiet nginx",
        {"srv1": AGENT}, "on srv1: nginx.service is active and disabled",
    ),
    *_certificates(),
)  # fmt: skip

PROVED_BY_THE_MAIN_JOB = {"VERSION-04"}
"""Two controllers of two releases take an upgrade: test_main_job.py makes one that forgets the slave."""
