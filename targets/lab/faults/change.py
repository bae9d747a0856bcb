"""What is done to a machine, as an upgrade might do it, and how it is undone: root's shell scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from targets.lab.pki import KeyPair
from targets.lab.store import Store

Script = Callable[[Store], str]


@dataclass(frozen=True)
class Change:
    """Root's script that ``breaks`` a machine, and the one that ``mends`` it: also where it was mended already."""

    breaks: Script
    mends: str


def script(breaks: str, mends: str) -> Change:
    """Give the change of two scripts that need nothing of the lab's store."""
    return Change(lambda _: breaks, mends)


NOTHING = script("", "")


def restart(*units: str) -> str:
    """Restart, however often that was done within the last seconds (systemd would refuse the sixth time)."""
    return "".join(f"systemctl reset-failed {unit} || :\nsystemctl restart {unit}\n" for unit in units)


APACHE = restart("apache2")
FEDERATION = restart("shibd", "apache2")
PROXY = restart("haproxy")


def changed(path: str, how: str, then: str = "") -> Change:
    """Change a file by a command, or put one in its place; `then` makes the machine take notice."""
    breaks = f"cp -a {path} {path}.whole\n{how}\n! cmp --quiet {path} {path}.whole\n{then}"
    return script(breaks, put_back(path, then))


def put_back(path: str, then: str = "") -> str:
    """Put a file that was changed back whole."""
    return f"[ ! -e {path}.whole ] || mv {path}.whole {path}\n{then}"


def edited(path: str, expression: str, then: str = "") -> Change:
    """Change a file by an expression of sed, without single quotes in it."""
    return changed(path, f"sed -i '{expression}' {path}", then)


def replaced(path: str, content: Callable[[Store], str], then: str = "") -> Change:
    """Write other content, which the lab's store knows, into a file; owner and mode stay."""

    def breaks(store: Store) -> str:
        return changed(path, f"cat > {path} <<'END'\n{content(store)}END", then).breaks(store)

    return Change(breaks, put_back(path, then))


def pair_replaced(certificate: str, key: str, make: Callable[[], KeyPair], then: str = "") -> Change:
    """Write a new pair into the files of a certificate and its key."""
    made = cache(make)
    return all_of(replaced(certificate, lambda _: made().certificate), replaced(key, lambda _: made().key, then))


def removed(path: str, then: str = "") -> Change:
    """Take a file or folder away."""
    return script(f"mv {path} {path}.whole\n{then}", put_back(path, then))


def stopped(unit: str) -> Change:
    """Stop a service."""
    return script(f"systemctl stop {unit}", restart(unit))


def drop_in(unit: str, words: str) -> Change:
    """Change a service by a drop-in of its unit (systemd.unit(5)), and restart it if it will."""
    folder = f"/etc/systemd/system/{unit}.service.d"
    again = f"systemctl daemon-reload\nsystemctl reset-failed {unit} || :\nsystemctl restart {unit}"
    breaks = f"mkdir -p {folder}\ncat > {folder}/upgrade.conf <<'END'\n{words}\nEND\n{again} || :"
    return script(breaks, f"rm -rf {folder}\n{again}")


def in_database(statement: str, mending: str) -> Change:
    """Change the database of the lab's organization by SQL."""
    return script(_sql(statement), _sql(mending))


def all_of(*changes: Change) -> Change:
    """Give one change of several; they are undone in reverse."""
    mends = "\n".join(change.mends for change in reversed(changes))
    return Change(lambda store: "\n".join(change.breaks(store) for change in changes), mends)


def _sql(statement: str) -> str:
    return f"runuser -u postgres -- psql -v ON_ERROR_STOP=1 -qAt org_main <<'SQL'\n{statement}\nSQL\n"
