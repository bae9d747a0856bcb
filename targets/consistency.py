"""Rules that hold between several values of a target file.

They read the plain data, not the model, so that they are judged also where something else in the file is wrong; what
has not the expected form is left to the model's own complaint.
"""

from __future__ import annotations

from collections.abc import Iterator

from targets.model.components import Component
from targets.problems import shown
from targets.traits import Item, entries, entries_at
from targets.yaml_document import Data, Path

Finding = tuple[Path, str]

APPLICATIONS = ("web_applications", "rdp_applications", "html5_applications")
"""What the portal lists by name, side by side."""
USERS_SIGN_IN_AT = ("federations", "direct_accesses", *APPLICATIONS)
THROUGH = ("web_applications", "direct_accesses")
NAMED_APART = (
    *((collection,) for collection in ("users", "machines", "federations", "direct_accesses", "downloads")),
    APPLICATIONS,
    ("backups", "database_backups"),
)
"""Collections among which, together, a name stands once."""
COMPARED = ("sha256", "checksums", "signature")
RECORDED = ("direct_accesses", "rdp_applications", "html5_applications")
NEEDS_PORTAL = ("federations", "web_applications", "html5_applications")
NEEDS_SSH = ("packages", "services", "recordings", "configuration")
CLUSTERED = ("master", "slave")
BELONGS_TO = {
    "role": Component.MEDIATION_CONTROLLER,
    "console": Component.MEDIATION_CONTROLLER,
    "recordings": Component.EDGE_GATEWAY,
}
QUALIFIED = (Component.CLIENT, Component.RECORDING_AGENT)
QUALIFIED_BY = ("packages", "services", "ssh")


def findings(data: Data) -> Iterator[Finding]:
    """Yield every rule that is broken, with the path of the value to change."""
    if isinstance(data, dict):
        for rule in RULES:
            yield from rule(data)


def _twice(items: list[tuple[Path, Item]], key: str) -> Iterator[Finding]:
    seen = set()
    for path, item in items:
        name = item.get(key)
        if isinstance(name, str) and name in seen:
            yield (*path, key), f"“{shown(name)}” is there twice: each {key} here must differ"
        seen.add(name if isinstance(name, str) else None)


def _names_twice(data: Item) -> Iterator[Finding]:
    for together in NAMED_APART:
        yield from _twice([item for collection in together for item in entries(data, collection)], "name")
    yield from _twice(entries(data, "shown_releases"), "machine")


def _gateways_twice(data: Item) -> Iterator[Finding]:
    for collection in THROUGH:
        for path, item in entries(data, collection):
            yield from _twice(entries_at(item.get("through"), (*path, "through")), "gateway")


def _waived_twice(data: Item) -> Iterator[Finding]:
    seen: set[tuple[object, object]] = set()
    for path, item in entries(data, "waivers"):
        key = shown(item.get("criterion")), shown(item.get("subject"))
        if key in seen:
            yield path, f"{key[0]} is waived twice for “{key[1]}”: keep one of the waivers"
        seen.add(key)


def _machines(data: Item) -> Iterator[Finding]:
    for path, machine in entries(data, "machines"):
        for key, component in BELONGS_TO.items():
            if machine.get(key) and machine.get("component") != component:
                yield (*path, key), f"“{key}” belongs to a machine with component: {component}"
        for key in NEEDS_SSH:
            if machine.get(key) and not machine.get("ssh"):
                yield (*path, key), f"“{key}” is read by SSH: this machine needs “ssh” (user, key_file)"
        if machine.get("delivered_account") and not machine.get("console"):
            yield (*path, "delivered_account"), "it signs in to the console: give this machine “console”"


def _pilots(data: Item) -> Iterator[Finding]:
    for path, machine in entries(data, "machines"):
        if not isinstance(machine.get("pilot"), dict):
            continue
        if machine.get("component") in QUALIFIED:
            yield from _pilot(path, machine)
            yield from _sessions(data, path, machine)
        else:
            yield (*path, "pilot"), f"a pilot is a machine with component: {' or component: '.join(QUALIFIED)}"


def _pilot(path: Path, machine: Item) -> Iterator[Finding]:
    for key in QUALIFIED_BY:
        if not machine.get(key):
            yield (*path, "pilot"), f"a pilot is qualified by its release and services: give this machine “{key}”"


def _sessions(data: Item, path: Path, machine: Item) -> Iterator[Finding]:
    """Yield the sessions of a pilot that its component does not open."""
    is_client = machine.get("component") == Component.CLIENT
    what = "an RDP application" if is_client else "a service with recorded: true"
    fitting = _rdp_applications(data) if is_client else _recorded_sessions(data)
    named = machine["pilot"].get("sessions")
    for number, name in enumerate(named if isinstance(named, list) else ()):
        if isinstance(name, str) and name not in fitting:
            allowed = ", ".join(fitting) or "nothing, as none is described"
            yield (*path, "pilot", "sessions", number), f"“{shown(name)}” is not the name of {what}; allowed: {allowed}"


def _rdp_applications(data: Item) -> list[str]:
    return [str(item.get("name")) for _, item in entries(data, "rdp_applications")]


def _recorded_sessions(data: Item) -> list[str]:
    items = (item for collection in RECORDED for _, item in entries(data, collection))
    return [str(item.get("name")) for item in items if item.get("recorded") is True]


def _controllers(data: Item) -> Iterator[Finding]:
    """Yield what is wrong with the roles of the Mediation Controllers: a cluster's, or of the only one."""
    controllers = [
        (path, machine)
        for path, machine in entries(data, "machines")
        if machine.get("component") == Component.MEDIATION_CONTROLLER
    ]
    if len(controllers) > 1:
        yield from _cluster(controllers)
    for path, machine in controllers if len(controllers) == 1 else ():
        if machine.get("role") in CLUSTERED:
            text = f"a {machine['role']} is not alone: describe the other controller, or say role: standalone"
            yield (*path, "role"), text


def _cluster(controllers: list[tuple[Path, Item]]) -> Iterator[Finding]:
    for path, machine in controllers:
        if machine.get("role") not in CLUSTERED:
            yield (*path, "role"), "each Mediation Controller of a cluster needs role: master or role: slave"
    masters = [path for path, machine in controllers if machine.get("role") == "master"]
    if len(masters) != 1:
        where = (*masters[1], "role") if masters else controllers[0][0]
        yield where, f"a cluster has exactly one Mediation Controller with role: master, not {len(masters)}"


def _downloads(data: Item) -> Iterator[Finding]:
    for path, item in entries(data, "downloads"):
        if not any(item.get(key) for key in COMPARED):
            yield (*path, "name"), "nothing says what is in this file: give its “sha256”, “checksums” or “signature”"
        for key, other in (("signature", "signed_by"), ("signed_by", "signature")):
            if item.get(key) and not item.get(other):
                yield (*path, key), f"“{key}” needs “{other}” beside it"


def _recorded(data: Item) -> Iterator[Finding]:
    if any(machine.get("recordings") for _, machine in entries(data, "machines")):
        return
    for collection in RECORDED:
        for path, item in entries(data, collection):
            if item.get("recorded") is True:
                yield (*path, "recorded"), "no Edge Gateway of machines says where its “recordings” are"


def _portal(data: Item) -> Iterator[Finding]:
    for collection in NEEDS_PORTAL:
        if entries(data, collection) and not data.get("portal"):
            yield (collection,), f"{collection} are reached from the portal: describe “portal”"


def _refused_user(data: Item) -> Iterator[Finding]:
    portal = data.get("portal")
    if not isinstance(portal, dict):
        return
    refused = portal.get("refused_user")
    logins = {str(item.get("name")): item.get("login") for _, item in entries(data, "users")}
    users = [portal.get("user")]
    signing_in = [item for collection in USERS_SIGN_IN_AT for _, item in entries(data, collection)]
    users += [item.get(key) for item in signing_in for key in ("user", "held_by")]
    if isinstance(refused, str) and refused in logins and logins[refused] in [logins.get(str(user)) for user in users]:
        text = f"“{shown(refused)}” signs in elsewhere too, and a wrong password may lock it: give it its own account"
        yield ("portal", "refused_user"), text


RULES = (
    _names_twice,
    _gateways_twice,
    _waived_twice,
    _downloads,
    _machines,
    _pilots,
    _controllers,
    _recorded,
    _portal,
    _refused_user,
)
