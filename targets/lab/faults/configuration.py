"""Configuration: settings of the site that the upgrade touched."""

from __future__ import annotations

from typing import Final

from targets.lab.faults.change import Change, changed, edited, in_database, restart, script
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import CONTROLLERS
from targets.lab.roles.controller import DELIVERED
from targets.lab.roles.database import password_hash
from targets.lab.store import Store

CONTROLLER: Final = "mediation controller"
CARE = "/etc/ipdiva/care"
KEEPALIVED = "/etc/keepalived/keepalived.conf"
DEFAULT_ACCOUNT = "INSERT INTO accounts (domain, login, password_hash) VALUES ('mc2', 'setup', '{}')"
NO_DEFAULT_ACCOUNT = in_database("", "DELETE FROM accounts WHERE domain = 'mc2' AND login = 'setup'").mends
JOURNAL = "/etc/systemd/journald.conf.d/upgrade.conf"


def _default_account(store: Store) -> str:
    """Give the slave's console the account that appliances are delivered with."""
    stored = password_hash(DELIVERED, store.secret(DELIVERED).get_secret_value())
    return in_database(DEFAULT_ACCOUNT.format(stored), "").breaks(store)


FAULTS = (
    Fault(
        "site-setting-overwritten",
        "The package's sample took the place of the slave's settings for the floating address: it would not take over.",
        CONTROLLER, ("mc2",), ("CONFIG-01",),
        edited(KEEPALIVED, "s|10.77.0.10/16|192.168.200.16/24|", restart("keepalived")),
    ),
    Fault(
        "database-settings-reset",
        "A controller's database settings are the package's again: it looks for its database on itself.",
        CONTROLLER, ("mc2",), ("CONFIG-01",),
        edited(f"{CARE}/databasesettings.ini", "s/^host = .*/host = localhost/", restart("apache2")),
    ),
    Fault(
        "event-log-off",
        "The controllers keep warnings alone now: who signs in, and what they open, is written nowhere.",
        CONTROLLER, CONTROLLERS, ("LOG-02",),
        script(f"printf '[Journal]\\nMaxLevelStore=warning\\n' > {JOURNAL}\n{restart('systemd-journald')}",
               f"rm -f {JOURNAL}\n{restart('systemd-journald')}"),
    ),
    Fault(
        "default-password-works",
        "The appliance's account is back on a controller's console, with the password that everybody can read.",
        CONTROLLER, ("mc2",), ("CONSOLE-03",), Change(_default_account, NO_DEFAULT_ACCOUNT), ("db",),
    ),
    Fault(
        "key-file-open-to-all",
        "The key that portal and HTML5 Gateway share can be read by every account of a controller.",
        CONTROLLER, ("mc1",), ("CONFIG-01",), script(f"chmod 644 {CARE}/html5.key", f"chmod 640 {CARE}/html5.key"),
    ),
    Fault(
        "hosts-entry-lost",
        "The HTML5 Gateway's hosts file lost an entry: it finds one Edge Gateway of two, and half of the desktops.",
        "HTML5 gateway", ("html5",), ("CONFIG-02",), changed("/etc/hosts", "grep -v eg2 /etc/hosts.whole > /etc/hosts"),
    ),
)  # fmt: skip
