"""Controllers, database and identity provider on real machines. What a test breaks, it mends."""

import html
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address

import pytest
import requests

from targets.access.names import known
from targets.lab import machine
from targets.lab.lab import place_of
from targets.lab.machines import PORTAL_ADDRESS, PORTAL_HOST, SERVERS
from targets.lab.roles import identity
from targets.lab.store import Store

PORTAL, MC1, MC2 = (f"https://{name}.cleanroom.test" for name in ("portal", "mc1", "mc2"))
HANDLERS = f"{PORTAL}/Shibboleth.sso"
PATIENCE = 20.0
ADDRESSES = {one.host: IPv4Address(one.address) for one in SERVERS} | {PORTAL_HOST: IPv4Address(PORTAL_ADDRESS)}


@pytest.fixture(autouse=True)
def names(lab: Store) -> Iterator[None]:  # noqa: ARG001 - the lab must be up
    with known(ADDRESSES):
        yield


class Visitor(requests.Session):
    """A browser without pictures, that trusts the lab's CA alone."""

    def __init__(self, lab: Store) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = str(lab.path / "ca.pem")

    def sign_in(self, login: str, password: str, page: str = f"{PORTAL}/sign-in") -> requests.Response:
        form = {"login": login, "password": password, "form_token": self.form_token(page)}
        return self.post(page, data=form, allow_redirects=False)

    def sign_out(self) -> requests.Response:
        return self.post(f"{PORTAL}/sign-out", data={"form_token": self.form_token(f"{PORTAL}/")})

    def form_token(self, page: str) -> str:
        return found(r'name="form_token" value="([^"]+)"', self.get(page).text)

    def signed_in_as(self, node: str = PORTAL) -> str | None:
        seen = re.search(r'id="signed-in-as">([^<]+)<', self.get(f"{node}/").text)
        return seen and seen[1]

    def applications(self) -> list[str]:
        return re.findall('data-application="([^"]+)"', self.get(f"{PORTAL}/").text)

    def response_for_bob(self, password: str) -> tuple[str, dict[str, str]]:
        """Sign in at the identity provider; give what its page has the browser post, and where to."""
        page = self.get(f"{HANDLERS}/Login?target=/saml/")
        form = {"AuthState": html.unescape(found('name="AuthState" value="([^"]+)"', page.text))}
        answer = self.post(page.url, data={**form, "username": "bob", "password": password}).text
        fields = dict(re.findall('<input type="hidden" name="([^"]+)" value="([^"]*)"', answer))
        return html.unescape(found('action="([^"]+)"', answer)), {k: html.unescape(v) for k, v in fields.items()}

    def federated(self, lab: Store) -> "Visitor":
        address, fields = self.response_for_bob(lab.secret("bob").get_secret_value())
        self.post(address, data=fields)
        return self

    def asked_by_the_identity_provider(self) -> bool:
        return 'name="username"' in self.get(f"{HANDLERS}/Login?target=/saml/").text


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, f"nothing like {pattern} in:\n{text[:2000]}"
    return match[1]


def signed_in(lab: Store, login: str) -> Visitor:
    visitor = Visitor(lab)
    assert visitor.sign_in(login, lab.secret(login).get_secret_value()).status_code == 303
    return visitor


def sql(lab: Store, statement: str) -> str:
    script = f"runuser -u postgres -- psql -v ON_ERROR_STOP=1 -qAt org_main <<'SQL'\n{statement}\nSQL"
    return machine.inside(place_of(lab, "db"), script).strip()


def holds_the_address(lab: Store, name: str) -> bool:
    return f"{PORTAL_ADDRESS}/" in machine.inside(place_of(lab, name), "ip -4 -oneline address show dev host0")


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.2)  # bounded by the deadline; nothing tells us of the change


@contextmanager
def stopped(lab: Store, name: str, service: str) -> Iterator[None]:
    machine.inside(place_of(lab, name), f"systemctl stop {service}")
    try:
        yield
    finally:
        machine.inside(place_of(lab, name), f"systemctl start {service}")
        wait_until(lambda: Visitor(lab).get(f"{MC1}/health").ok and holds_the_address(lab, "mc1"))


@contextmanager
def refusals_forgotten(lab: Store) -> Iterator[None]:
    try:
        yield
    finally:
        sql(lab, "UPDATE accounts SET refusals = 0, refused_at = NULL")


@pytest.fixture(scope="module", autouse=True)
def nobody_is_locked(lab: Store) -> None:
    """Forget the refusals that other tests' runs left: three in a row lock the account made for them."""
    sql(lab, "UPDATE accounts SET refusals = 0, refused_at = NULL")


def test_a_user_is_shown_what_the_groups_allow(lab: Store) -> None:
    assert signed_in(lab, "alice").applications() == ["Admin notes", "Desktop", "Desktop HTML5", "Intranet"]
    assert signed_in(lab, "erin").applications() == ["Desktop", "Desktop HTML5", "Intranet"]
    assert signed_in(lab, "mallory").applications() == []


def test_an_application_that_the_groups_do_not_allow_does_not_open(lab: Store) -> None:
    answer = signed_in(lab, "erin").get(f"{PORTAL}/applications/Admin%20notes/open", allow_redirects=False)
    assert answer.status_code == 404


def test_the_session_cookie_is_kept_from_scripts_and_from_plain_http(lab: Store) -> None:
    answer = Visitor(lab).sign_in("erin", lab.secret("erin").get_secret_value())
    cookie = next(value for value in answer.raw.headers.getlist("Set-Cookie") if value.startswith("cleanroom_session"))
    assert {part.strip() for part in cookie.split(";")[1:]} == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_three_refusals_lock_the_account_even_for_the_right_password(lab: Store) -> None:
    visitor, password = Visitor(lab), lab.secret("mallory").get_secret_value()
    with refusals_forgotten(lab):
        answers = [visitor.sign_in("mallory", "wrong") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401] * 3
        assert 'class="refused"' in answers[0].text
        assert visitor.sign_in("mallory", password).status_code == 401
    assert visitor.sign_in("mallory", password).status_code == 303


def test_an_accepted_sign_in_forgets_the_refusals_before_it(lab: Store) -> None:
    visitor, password = Visitor(lab), lab.secret("mallory").get_secret_value()
    with refusals_forgotten(lab):
        answers = [visitor.sign_in("mallory", typed) for typed in ("a", "b", password, "c", "d", password)]
    assert [answer.status_code for answer in answers] == [401, 401, 303, 401, 401, 303]


@pytest.mark.parametrize("login", ["bob", "nobody", "' OR ''='", "x" * 5000])
def test_who_has_no_password_here_is_refused(login: str, lab: Store) -> None:
    assert Visitor(lab).sign_in(login, "").status_code == 401


def test_a_form_from_elsewhere_is_not_taken(lab: Store) -> None:
    """CSRF: without the browser's own token nothing happens, be the password right."""
    form = {"login": "erin", "password": lab.secret("erin").get_secret_value()}
    visitor = Visitor(lab)
    assert visitor.post(f"{PORTAL}/sign-in", data=form).status_code == 400
    stranger = Visitor(lab).form_token(f"{PORTAL}/sign-in")
    visitor.form_token(f"{PORTAL}/sign-in")
    assert visitor.post(f"{PORTAL}/sign-in", data=form | {"form_token": stranger}).status_code == 400
    assert visitor.signed_in_as() is None


def test_a_sign_out_ends_the_session_itself(lab: Store) -> None:
    visitor = signed_in(lab, "frank")
    before, stolen = sql(lab, "SELECT count(*) FROM sessions WHERE login = 'frank'"), visitor.cookies.copy()
    visitor.sign_out()
    assert int(sql(lab, "SELECT count(*) FROM sessions WHERE login = 'frank'")) == int(before) - 1
    visitor.cookies.update(stolen)
    assert visitor.signed_in_as() is None


def test_the_sixth_session_ends_the_oldest(lab: Store) -> None:
    visitors = [signed_in(lab, "frank") for _ in range(6)]
    assert [visitor.signed_in_as() for visitor in visitors] == [None] + ["frank"] * 5


def test_the_database_holds_neither_token_nor_password_of_a_session(lab: Store) -> None:
    visitor = signed_in(lab, "erin")
    rows = sql(lab, "SELECT id, encode(password, 'escape') FROM sessions WHERE login = 'erin'")
    assert rows
    assert visitor.cookies["cleanroom_session"] not in rows
    assert lab.secret("erin").get_secret_value() not in rows


def test_a_session_that_ran_out_lets_nobody_in_and_is_deleted(lab: Store) -> None:
    visitor = signed_in(lab, "erin")
    sql(lab, "UPDATE sessions SET seen = now() - interval '31 minutes' WHERE login = 'erin'")
    assert visitor.signed_in_as() is None
    machine.inside(place_of(lab, "mc2"), "systemctl restart ipdiva-mediation-controller")
    wait_until(lambda: sql(lab, "SELECT count(*) FROM sessions WHERE login = 'erin'") == "0")


def test_a_session_is_good_on_both_controllers(lab: Store) -> None:
    visitor = signed_in(lab, "erin")
    token = visitor.cookies["cleanroom_session"]
    for node in ("mc1", "mc2"):
        visitor.cookies.set("cleanroom_session", token, domain=f"{node}.cleanroom.test", secure=True)
    assert [visitor.signed_in_as(node) for node in (MC1, MC2)] == ["erin", "erin"]


def test_a_federated_user_signs_in_through_the_identity_provider(lab: Store) -> None:
    visitor = Visitor(lab).federated(lab)
    assert visitor.signed_in_as() == "bob"
    assert visitor.applications() == ["Desktop", "Desktop HTML5", "Intranet"]


def test_a_federated_user_whom_the_organization_does_not_know_is_refused(lab: Store) -> None:
    sql(lab, "DELETE FROM accounts WHERE domain = 'saml'")
    try:
        visitor = Visitor(lab).federated(lab)
        assert visitor.get(f"{PORTAL}/saml/").status_code == 403
        assert visitor.signed_in_as() is None
    finally:
        sql(lab, "INSERT INTO accounts (domain, login) VALUES ('saml', 'bob')")


def test_a_header_makes_nobody_a_federated_user(lab: Store) -> None:
    headers = {"REMOTE_USER": "bob", "Remote-User": "bob", "AUTH_TYPE": "shibboleth", "uid": "bob", "groups": "admins"}
    answer = Visitor(lab).get(f"{PORTAL}/saml/", headers=headers, allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://idp.cleanroom.test/")


def test_a_response_is_taken_once_and_from_the_browser_that_asked_alone(lab: Store) -> None:
    visitor, stranger = Visitor(lab), Visitor(lab)
    address, fields = visitor.response_for_bob(lab.secret("bob").get_secret_value())

    def posted_by(browser: Visitor) -> str | None:
        """Post the response; who it signs in shows when the portal is entered, wherever Shibboleth led to."""
        browser.post(address, data=fields)
        browser.get(f"{PORTAL}/saml/")
        return browser.signed_in_as()

    assert posted_by(stranger) is None
    assert posted_by(visitor) == "bob"
    visitor.cookies.clear()
    assert posted_by(visitor) is None


def test_a_sign_out_at_the_portal_ends_the_session_at_the_identity_provider(lab: Store) -> None:
    visitor = Visitor(lab).federated(lab)
    assert not visitor.asked_by_the_identity_provider()
    visitor.sign_out()
    assert visitor.signed_in_as() is None
    assert visitor.asked_by_the_identity_provider()


def test_a_sign_out_at_the_identity_provider_ends_the_session_at_the_portal(lab: Store) -> None:
    visitor = Visitor(lab).federated(lab)
    stolen = visitor.cookies.copy()
    visitor.get(f"{identity.BASE}/saml2/idp/SingleLogoutService.php?ReturnTo={identity.BASE}/logout.php")
    visitor.cookies.update(stolen)
    assert visitor.signed_in_as() is None


@pytest.mark.parametrize("back", ["https://evil.example/Shibboleth.sso/", f"{PORTAL}/", "//evil.example", ""])
def test_the_logout_notification_leads_back_to_shibboleth_alone(back: str, lab: Store) -> None:
    answer = Visitor(lab).get(f"{PORTAL}/federation-logout", params={"return": back}, allow_redirects=False)
    assert answer.status_code == 400


def test_each_console_takes_the_password_of_its_own_node(lab: Store) -> None:
    visitor, page = Visitor(lab), f"{MC1}/system/"
    own, other = (lab.secret(f"console-{node}").get_secret_value() for node in ("mc1", "mc2"))
    with refusals_forgotten(lab):
        answers = [visitor.sign_in("admin", typed, page).status_code for typed in ("admin", other, own)]
    assert answers == [401, 401, 303]
    assert "<h1>Node mc1</h1>" in visitor.get(page).text


def test_a_portal_session_opens_no_console(lab: Store) -> None:
    visitor = signed_in(lab, "alice")
    visitor.cookies.set("cleanroom_console", visitor.cookies["cleanroom_session"], domain=PORTAL_HOST, secure=True)
    assert "<h1>System console</h1>" in visitor.get(f"{PORTAL}/system/").text


def test_every_answer_carries_the_security_headers(lab: Store) -> None:
    for path in ("/sign-in", "/nothing", "/static/portal.css", "/Shibboleth.sso/Metadata"):
        headers = Visitor(lab).get(PORTAL + path).headers
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        assert headers["Content-Security-Policy"].startswith("default-src 'none';")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"


def test_events_go_to_the_log_in_the_platforms_form(lab: Store) -> None:
    login = f"nobody-{secrets.token_hex(4)}"
    Visitor(lab).sign_in(login, "x", f"{MC1}/sign-in")
    log = machine.inside(place_of(lab, "mc1"), "journalctl --boot --identifier ipdiva-portal --output cat --no-pager")
    assert f"Échec de connexion au portail web org:main, user:{login}@local, ip:10.77.0.1" in log


def test_health_is_the_databases_too_and_the_address_stays_when_it_is_away(lab: Store) -> None:
    with stopped(lab, "db", "postgresql@15-main"):
        answer = Visitor(lab).get(f"{MC1}/health")
        assert answer.status_code == 503
        assert "The database does not answer" in answer.text
        assert "OperationalError: connection to server" in error_log(lab)
        assert holds_the_address(lab, "mc1")
    assert Visitor(lab).get(f"{MC1}/health").text == "ok\n"


def error_log(lab: Store) -> str:
    return machine.inside(place_of(lab, "mc1"), "cat /var/log/apache2/error.log")


def test_users_survive_a_failover(lab: Store) -> None:
    local, federated = signed_in(lab, "erin"), Visitor(lab).federated(lab)
    with stopped(lab, "mc1", "apache2"):
        wait_until(lambda: holds_the_address(lab, "mc2"))
        assert local.signed_in_as() == "erin"
        assert federated.signed_in_as() == "bob"
        federated.sign_out()
        assert federated.asked_by_the_identity_provider()
    wait_until(lambda: not holds_the_address(lab, "mc2"))


def test_the_sites_secrets_are_read_by_the_portal_alone(lab: Store) -> None:
    modes = machine.inside(place_of(lab, "mc1"), "stat -c '%a %U:%G' /etc/ipdiva/care/*.ini /etc/ipdiva/care/*.key")
    assert set(modes.splitlines()) == {"640 root:ipdiva"}
