"""Recette as a pytest plugin: its options and fixtures, feature files as test files, and its parts for one target."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_recette import hooks
from pytest_recette.chapters import CHAPTERS, RUNS
from pytest_recette.collection import FeatureFile, HomelessFeature
from pytest_recette.keeping import Keeping
from pytest_recette.output import scrub_output
from pytest_recette.planning import Planning
from pytest_recette.recording import PROGRESS, Recording
from pytest_recette.session import TargetSession
from pytest_recette.watching import OPTION
from reports.evidence import Record
from reports.records import Phase
from reports.storage import RunError
from targets.access.platform import Platform
from targets.loader import load
from targets.problems import TargetError

SESSION = pytest.StashKey[TargetSession]()
HOMELESS = pytest.StashKey[str]()


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Let others hear of a finished run."""
    pluginmanager.add_hookspecs(hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add Recette's options."""
    group = parser.getgroup("recette", "acceptance tests of a platform")
    group.addoption("--target", metavar="TARGET", help="target file of the platform, or a name in targets/, like lab")
    group.addoption(
        "--phase",
        choices=[phase.value for phase in CHAPTERS],
        default=Phase.BASELINE.value,
        help="before the upgrade (baseline, the default), during it (watch: judges what --watched recorded), or after "
        "it (validate: compares with the baseline)",
    )
    group.addoption("--runs", metavar="FOLDER", type=Path, default=RUNS, help="where runs are kept")
    group.addoption(OPTION, metavar="RUN", type=Path, help="folder of the watch that the phase watch judges")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the target, if one is named, and begin its run before other plugins ask where their files go."""
    name = config.getoption("--target")
    if name is None:
        return
    try:
        session = TargetSession(config, load(name))
    except (TargetError, RunError) as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[SESSION] = session
    config.add_cleanup(scrub_output(session.scrub))
    for part in (Planning, Recording, Keeping):
        config.pluginmanager.register(part(session))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a feature file as a module of tests."""
    if file_path.suffix != ".feature":
        return None
    if SESSION not in parent.config.stash:
        parent.session.stash[HOMELESS] = file_path.name
        return HomelessFeature.from_parent(parent, path=file_path)
    collected: pytest.Collector = FeatureFile.from_parent(parent, path=file_path)
    return collected


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Say what to do where features are to be run on no target, before pytest says that it found no tests."""
    try:
        return (yield)
    finally:
        if name := session.stash.get(HOMELESS, None):
            raise pytest.UsageError(f"{name} says what must hold, not of which platform: add --target TARGET")


@pytest.fixture(scope="session")
def platform(request: pytest.FixtureRequest) -> Platform:
    """Give the target, within reach."""
    if SESSION not in request.config.stash:
        raise pytest.UsageError("there is no platform to exercise: add --target TARGET")
    return request.config.stash[SESSION].platform


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Give what the criterion leaves on its subject: observations and evidence."""
    record: Record = request.node.stash[PROGRESS].record
    return record
