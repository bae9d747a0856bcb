"""Begins the run of a phase on a target."""

from __future__ import annotations

import platform
import shutil
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from reports.baseline import Baseline, accepted
from reports.records import Environment, FleetKind, Phase, PilotMachine, ReleaseStep, Run, TargetFile
from reports.results import Waiver
from reports.run_store import RunStore
from targets.access.browser import PROGRAMS
from targets.fleet import likeness_key, summed
from targets.loader import LoadedTarget
from targets.model.target import Target

TOOLS = ("xfreerdp", "Xvfb", "xdotool", "scrot", "certutil")
LIBRARIES = ("pytest", "pytest-bdd", "playwright", "paramiko", "requests", "python3-saml")
LOCAL_TIME = Path("/etc/localtime")


def target_file(loaded: LoadedTarget) -> TargetFile:
    """Return what a run keeps of its target's file."""
    target = loaded.target
    return TargetFile(
        name=target.name,
        title=target.title or target.name,
        portal=str(target.portal.url) if target.portal else "",
        file=str(loaded.path),
        sha256=loaded.sha256,
    )


def waivers_of(target: Target) -> tuple[Waiver, ...]:
    """Return the target's waivers as runs and documents keep them."""
    return tuple(Waiver(**waiver.model_dump()) for waiver in target.waivers)


def pilots_of(target: Target) -> Iterator[PilotMachine]:
    """Yield the target's pilots as runs keep them."""
    for machine, _ in target.pilots():
        if machine.component:
            yield PilotMachine(name=machine.name, component=machine.component.value)


def fleet_of(loaded: LoadedTarget) -> Iterator[FleetKind]:
    """Yield the kinds of machine of the target's fleet, each with the pilots that are like it."""
    for component, rows in loaded.fleet.items():
        alike: dict[tuple[str, ...], list[str]] = {}
        for machine, pilot in loaded.target.pilots():
            if machine.component is component:
                alike.setdefault(likeness_key(pilot), []).append(machine.name)
        for row in summed(rows):
            names = tuple(alike.get(likeness_key(row.kind), ()))
            yield FleetKind(component=component.value, count=row.count, pilots=names, **row.kind.model_dump())


def baseline_of(root: Path, loaded: LoadedTarget) -> Baseline:
    """Return the target's accepted baseline; raise RunError where there is none, or a damaged or wrong one."""
    return accepted(root, target_file(loaded))


def begin_run(root: Path, phase: Phase, loaded: LoadedTarget, baseline: Baseline | None) -> RunStore:
    """Begin the run of a phase below `root`; raise RunError where it cannot be written."""
    releases = loaded.target.releases
    run = Run(
        phase=phase,
        target=target_file(loaded),
        releases=ReleaseStep(from_=releases.from_, to=releases.to),
        started=datetime.now(UTC),
        planned=0,
        environment=environment(),
        waivers=waivers_of(loaded.target),
        applications=tuple(loaded.target.application_names()),
        pilots=tuple(pilots_of(loaded.target)),
        fleet=tuple(fleet_of(loaded)),
    )
    return RunStore.begin(root, run, scrub=loaded.redactor.scrub, baseline=baseline)


def environment() -> Environment:
    """Return where this run is made."""
    tools = {tool: found for tool in (*TOOLS, *PROGRAMS) if (found := shutil.which(tool))}
    return Environment(
        recette=version_of_recette(),
        python=platform.python_version(),
        platform=platform.platform(),
        time_zone=time_zone(),
        tools={**tools, **{library: version(library) for library in LIBRARIES}},
    )


def version_of_recette() -> str:
    """Return the version in pyproject.toml: Recette runs from its checkout and is not installed."""
    file = Path(__file__).resolve().parent.parent / "pyproject.toml"
    return str(tomllib.loads(file.read_text(encoding="utf-8"))["project"]["version"])


def time_zone() -> str:
    """Return the IANA name of this machine's time zone, or UTC where it has none."""
    parts = LOCAL_TIME.resolve().parts
    return "/".join(parts[parts.index("zoneinfo") + 1 :]) if "zoneinfo" in parts else "UTC"
