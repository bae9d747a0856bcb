"""The catalogue: the ways in which an upgrade of the lab can go wrong, each of which Recette must notice."""

from __future__ import annotations

from itertools import chain

from targets.lab.command import LabError
from targets.lab.faults import (
    cluster,
    configuration,
    desktops,
    direct_access,
    impact,
    pilots,
    portal,
    preparation,
    recording,
    saml,
    tls,
    versions,
)
from targets.lab.faults.fault import Fault

AREAS = {
    "versions and packages": versions.FAULTS,
    "configuration": configuration.FAULTS,
    "portal": portal.FAULTS,
    "SAML": saml.FAULTS,
    "TLS": tls.FAULTS,
    "direct access": direct_access.FAULTS,
    "RDP and HTML5": desktops.FAULTS,
    "recording": recording.FAULTS,
    "cluster": cluster.FAULTS,
    "preparation": preparation.FAULTS,
    "clients and agents": pilots.FAULTS,
    "impact": impact.FAULTS,
}


def named(name: str) -> Fault:
    """Return the fault of that name; raise LabError where there is none."""
    if name not in FAULTS:
        raise LabError(f"there is no fault {name}: `recette lab faults` lists them.")
    return FAULTS[name]


def _gathered() -> dict[str, Fault]:
    faults = list(chain.from_iterable(AREAS.values()))
    names = [fault.name for fault in faults]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two faults of the catalogue are called {', '.join(twice)}")
    return dict(zip(names, faults, strict=True))


FAULTS = _gathered()
