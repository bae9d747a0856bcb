"""The user portal."""

from __future__ import annotations

from typing import Final

from targets.lab.faults.change import APACHE, PROXY, Change, changed, edited, in_database, script
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import CONTROLLERS, GATEWAYS, HAPROXY, PORTAL_CODE, PORTAL_SITE

CONTROLLER: Final = "mediation controller"
KEEP_SESSIONS = """
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION keep();
"""
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


ANOTHER_HOUSE = """
CREATE SCHEMA second AUTHORIZATION cleanroom;
SET ROLE cleanroom;
CREATE TABLE second.applications (LIKE public.applications INCLUDING ALL);
CREATE TABLE second.application_groups (LIKE public.application_groups INCLUDING ALL);
INSERT INTO second.applications VALUES ('Payroll', 'web', '/intranet/');
INSERT INTO second.application_groups VALUES ('Payroll', 'staff');
RESET ROLE;
ALTER ROLE cleanroom SET search_path = second, public;
"""
OWN_HOUSE = "ALTER ROLE cleanroom RESET search_path;\nDROP SCHEMA IF EXISTS second CASCADE"
TEMPLATES = f"{PORTAL_CODE}/templates"
IN_GERMAN = f"""
cp -a {TEMPLATES} {TEMPLATES}.whole
sed -i 's/lang="en"/lang="de"/; s/>Applications</>Anwendungen</; s/>Sign out</>Abmelden</' {TEMPLATES}/*.html
sed -i 's/>Login</>Anmeldename</; s/>Password</>Kennwort</; s/Sign in/Anmelden/' {TEMPLATES}/*.html
{APACHE}"""
IN_ENGLISH = f"[ ! -e {TEMPLATES}.whole ] || {{ rm -rf {TEMPLATES}; mv {TEMPLATES}.whole {TEMPLATES}; }}\n{APACHE}"
EACH_REQUEST_WAITS = 's/^    app.teardown_appcontext/    app.before_request(lambda: __import__("time").sleep(1.5))\\n&/'


def _haproxy(rule: str) -> Change:
    """Add a rule to the web frontend of an Edge Gateway."""
    anchor = "    http-request set-header X-Forwarded-Proto https"
    return changed(HAPROXY, f"cat > /tmp/rule <<'END'\n{rule}\nEND\nsed -i '/^{anchor}/r /tmp/rule' {HAPROXY}", PROXY)


FAULTS = (
    Fault(
        "accounts-table-renamed",
        "The migration of the database stopped half way: the accounts have another name than the portal asks for.",
        CONTROLLER, CONTROLLERS, ("PORTAL-01",),
        in_database("ALTER TABLE accounts RENAME TO gone", "ALTER TABLE IF EXISTS gone RENAME TO accounts"), ("db",),
    ),
    Fault(
        "portal-refuses-everybody",
        "The new portal takes every account for locked.",
        CONTROLLER, CONTROLLERS, ("PORTAL-01",),
        edited(f"{PORTAL_CODE}/accounts.py", "s/return matches and not locked/return False/", APACHE),
    ),
    Fault(
        "application-lost",
        "An application was given to another group: its users do not find it any more.",
        CONTROLLER, CONTROLLERS, ("PORTAL-02",),
        in_database(
            "UPDATE application_groups SET group_name = 'auditors' WHERE application = 'Admin notes'",
            "UPDATE application_groups SET group_name = 'admins' WHERE application = 'Admin notes'",
        ), ("db",),
    ),
    Fault(
        "application-one-too-many",
        "The administrators' application is offered to everybody.",
        CONTROLLER, CONTROLLERS, ("SAML-01",),
        in_database(
            "INSERT INTO application_groups VALUES ('Admin notes', 'staff')",
            "DELETE FROM application_groups WHERE application = 'Admin notes' AND group_name = 'staff'",
        ), ("db",),
    ),
    Fault(
        "wrong-organization",
        "The portal serves another organization: users sign in, and find the applications of another house.",
        CONTROLLER, CONTROLLERS, ("PORTAL-02",), in_database(ANOTHER_HOUSE, OWN_HOUSE), ("db",),
    ),
    Fault(
        "portal-in-another-language",
        "The new portal speaks German to everybody.",
        CONTROLLER, CONTROLLERS, ("PORTAL-08",), script(IN_GERMAN, IN_ENGLISH),
    ),
    Fault(
        "portal-slow",
        "The new portal takes a second and a half longer for each page.",
        CONTROLLER, CONTROLLERS, ("PORTAL-07",), edited(f"{PORTAL_CODE}/app.py", EACH_REQUEST_WAITS, APACHE),
    ),
    Fault(
        "portal-may-be-framed",
        "The new web server's settings dropped the headers that keep other sites from framing the portal.",
        CONTROLLER, CONTROLLERS, ("PORTAL-08",),
        edited(PORTAL_SITE, "/X-Frame-Options/d; s/ frame-ancestors .none.;//", APACHE),
    ),
    Fault(
        "any-password-accepted",
        "The new sign-in takes any password.",
        CONTROLLER, CONTROLLERS, ("PORTAL-03",),
        edited(f"{PORTAL_CODE}/accounts.py", "s/return matches and not locked/return True/", APACHE),
    ),
    Fault(
        "sign-out-keeps-the-session",
        "The database keeps the sessions of those who signed out.",
        CONTROLLER, CONTROLLERS, ("PORTAL-04",),
        in_database(KEEP_SESSIONS, "DROP FUNCTION IF EXISTS keep CASCADE"), ("db",),
    ),
    Fault(
        "cookie-not-secure",
        "The new session cookie travels over plain HTTP too.",
        CONTROLLER, CONTROLLERS, ("PORTAL-06",),
        edited(f"{PORTAL_CODE}/visitor.py", "/set_cookie/ s/secure=True/secure=False/", APACHE),
    ),
    Fault(
        "cookie-open-to-scripts",
        "Scripts can read the new session cookie.",
        CONTROLLER, CONTROLLERS, ("PORTAL-06",),
        edited(f"{PORTAL_CODE}/visitor.py", "/set_cookie/ s/httponly=True/httponly=False/", APACHE),
    ),
    Fault(
        "maintenance-page-says-200",
        "The Edge Gateways were left with a maintenance page, which comes with status 200.",
        "edge gateway", GATEWAYS, ("WEB-01", "WEB-02"), _haproxy(MAINTENANCE),
    ),
    Fault(
        "security-header-lost",
        "An Edge Gateway drops a security header of the applications.",
        "edge gateway", ("eg1",), ("WEB-02",), _haproxy("    http-response del-header X-Frame-Options"),
    ),
    Fault(
        "another-page-in-its-place",
        "An Edge Gateway shows a page of its own in the place of an application.",
        "edge gateway", ("eg1",), ("WEB-02",), _haproxy(OTHER_TITLE),
    ),
    Fault(
        "gateway-slow",
        "An Edge Gateway waits two seconds before each answer.",
        "edge gateway", ("eg1",), ("WEB-03",), changed(HAPROXY, SLOW, PROXY),
    ),
)  # fmt: skip
