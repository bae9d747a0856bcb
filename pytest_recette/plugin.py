"""Recette as a pytest plugin: options, fixtures, collection, and the run that is written as it happens."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.parser import Feature, Scenario, Step

from pytest_recette import allure_steps, hooks
from pytest_recette.chapters import CHAPTERS, RUNS
from pytest_recette.collection import (
    CRITERION,
    EACH,
    FeatureFile,
    HomelessFeature,
    criterion_of,
    key_of,
    key_of_id,
    refuse_same_keys,
    repeat_over_subjects,
    subject_of,
    template_of,
)
from pytest_recette.manual import MANUAL, is_manual, unanswered
from pytest_recette.plan import elsewhere, whole
from pytest_recette.results import Progress, is_foreseen, not_applicable, reason_of, result_of, words_of
from pytest_recette.run import baseline_of, begin_run
from pytest_recette.waivers import strays
from pytest_recette.watching import OPTION, folder_of
from reports.evidence import Record
from reports.records import Phase, Result
from reports.run import RunError, RunStore
from steps.exchange import DEFINITIONS
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.platform import Platform
from targets.loader import LoadedTarget, load
from targets.problems import TargetError

PLUGIN = "recette-target"
CANNOT_WRITE = 2
COMPARED = (Phase.QUALIFY, Phase.VALIDATE)
"""The phases that are compared with the accepted baseline."""
PROGRESS = pytest.StashKey[Progress]()
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
        plugin = TargetPlugin(config, load(name))
    except (TargetError, RunError) as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(plugin, PLUGIN)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a feature file as a module of tests."""
    if file_path.suffix != ".feature":
        return None
    if not parent.config.pluginmanager.has_plugin(PLUGIN):
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
    plugin = request.config.pluginmanager.get_plugin(PLUGIN)
    if not isinstance(plugin, TargetPlugin):
        raise pytest.UsageError("there is no platform to exercise: add --target TARGET")
    return plugin.platform


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Give what the criterion leaves on its subject: observations and evidence."""
    progress: Progress = request.node.stash[PROGRESS]
    return progress.record


class TargetPlugin:
    """Everything that happens between one target and one pytest session."""

    def __init__(self, config: pytest.Config, loaded: LoadedTarget) -> None:
        self._config = config
        self._loaded = loaded
        self._phase = Phase(config.getoption("--phase"))
        compared = self._phase in COMPARED
        self._baseline = baseline_of(config.getoption("--runs"), loaded) if compared else None
        self._worker: Mapping[str, Any] | None = getattr(config, "workerinput", None)
        self._store = self._begin()
        config.option.showlocals = False  # pytest shortens them, and half a secret is not recognised
        self._platform: Platform | None = None
        self._allure: allure_steps.AllureStep | None = None

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        if self._store is not None:
            return self._store.folder
        return Path(self._worker["recette_folder"]) if self._worker else self._config.rootpath

    def _begin(self) -> RunStore | None:
        """Begin the run, in the process that keeps it, and say where pytest's own reports go."""
        if self._worker is not None or self._config.getoption("collectonly"):
            return None
        store = self._new_store()
        self._config.option.xmlpath = self._config.option.xmlpath or str(store.folder / "junit.xml")
        self._config.option.allure_report_dir = self._config.option.allure_report_dir or str(
            store.folder / "allure-results"
        )
        return store

    def _new_store(self) -> RunStore:
        if self._phase is Phase.WATCH:
            return RunStore.again(folder_of(self._config), scrub=self._loaded.redactor.scrub)
        return begin_run(self._config.getoption("--runs"), self._phase, self._loaded, self._baseline)

    # Collection

    def pytest_report_header(self) -> str:
        """Say what is tested, against what."""
        against = f", against the baseline {self._baseline.folder.name}" if self._baseline else ""
        return f"recette: {self._phase} of target {self._loaded.target.name} ({self._loaded.path}){against}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_bdd_apply_tag(self, tag: str, function: Callable[..., object]) -> bool | None:
        """Turn a tag into a marker; the one that repeats a scenario asks for a subject."""
        if tag.startswith(EACH):
            pytest.mark.usefixtures("subject")(function)
            return True
        if CRITERION.fullmatch(tag):
            self._config.addinivalue_line("markers", f"{tag}: a criterion's permanent ID")
        if tag == MANUAL:
            self._config.addinivalue_line("markers", f"{tag}: only a person can check it")
        return None

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        """Say which waivers of the target mean nothing."""
        here = {key for item in items if (key := key_of(item))}
        return [f"recette: {stray}" for stray in strays(self._loaded.target, here)]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Repeat a scenario over the target's subjects."""
        repeat_over_subjects(metafunc, self._loaded.target)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what one user does in one xdist worker, so that each user signs in once a run."""
        refuse_same_keys(items)
        for item in items:
            if (subject := subject_of(item)) and subject.user:
                item.add_marker(pytest.mark.xdist_group(f"user {subject.user}"))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say what is planned, and start the exchanges; an xdist worker runs but a part, so it starts none ahead."""
        planned = {key for item in session.items if (key := key_of(item))}
        self._plan(planned)
        if self._worker is None and planned and not session.config.getoption("collectonly"):
            self._start_ahead(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn from an xdist worker what is planned: the process that keeps the run collects nothing itself."""
        self._plan({key for node in ids if (key := key_of_id(node, self._config.rootpath))})

    def _plan(self, planned: set[tuple[str, str]]) -> None:
        if self._store is not None:
            partial = bool(whole(self._phase, self._loaded.target) - planned)
            self._store.plan(len(planned), partial=partial, elsewhere=elsewhere(self._phase))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 -- xdist's worker controller
        """Tell an xdist worker where evidence goes."""
        node.workerinput["recette_folder"] = str(self.folder)

    def _start_ahead(self, items: list[pytest.Item]) -> None:
        for item in items:
            template, subject = template_of(item), subject_of(item)
            for step in template.steps if template and subject else ():
                if (definition := DEFINITIONS.get(step.name)) and subject:
                    self.platform.exchanges.start(definition.on(self.platform, subject))

    # Fixtures

    @property
    def platform(self) -> Platform:
        """The target within reach, opened when first wanted."""
        if self._platform is None:
            before = self._phase is Phase.BASELINE
            self._platform = Platform(self._loaded.target, self._loaded.secrets, before_upgrade=before).__enter__()
            self._platform.watched = self._config.getoption(OPTION)
        return self._platform

    # Results

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Open the record of a scenario."""
        template, subject = template_of(item), subject_of(item)
        if template is not None and subject is not None:
            criterion = criterion_of(template)
            before = self._baseline.run.result(criterion, subject.name) if self._baseline else None
            scrub = self._loaded.redactor.scrub
            record = Record(self.folder, criterion, subject.name, scrub=scrub, before=before)
            item.stash[PROGRESS] = Progress(template, subject, record)

    def pytest_bdd_before_scenario(self, request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
        """Name the test in Allure in the document's words; what only a person can check goes no further."""
        progress = request.node.stash[PROGRESS]
        allure_steps.describe(criterion_of(progress.template), progress.subject.name, feature, scenario)
        if is_manual(progress.template):
            raise unanswered(progress.subject)

    def pytest_bdd_before_step(self, request: pytest.FixtureRequest, step: Step) -> None:
        """Note that a step begins."""
        request.node.stash[PROGRESS].begin_step()
        self._allure = allure_steps.AllureStep(words_of(step))

    def pytest_bdd_after_step(self, request: pytest.FixtureRequest, step: Step) -> None:
        """Note that a step passed."""
        self._end_step(request.node.stash[PROGRESS], step, None)

    def pytest_bdd_step_error(self, request: pytest.FixtureRequest, step: Step, exception: Exception) -> None:
        """Note that a step did not pass."""
        self._end_step(request.node.stash[PROGRESS], step, exception)

    def _end_step(self, progress: Progress, step: Step, error: BaseException | None) -> None:
        progress.end_step(step, error)
        if self._allure is not None:
            self._allure.end(self.folder, progress.new_evidence(), error and self._without_secrets(error))

    def _without_secrets(self, error: BaseException) -> BaseException:
        """Return the error, or one that stands for it where its own words hold a secret."""
        words = f"{type(error).__name__}: {error}"
        scrubbed = self._loaded.redactor.scrub(words)
        if scrubbed == words:
            return error
        return PlatformFailed(scrubbed) if isinstance(error, AssertionError) else CannotJudgeError(scrubbed)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put a scenario's result on its report, which travels from xdist workers too, and no secret."""
        report = yield
        scrub = self._loaded.redactor.scrub
        report.sections = [(name, scrub(text)) for name, text in report.sections]
        if isinstance(report.longrepr, tuple):  # a skip: where, and why
            report.longrepr = (*report.longrepr[:2], scrub(report.longrepr[2]))
        template = template_of(item)
        if template is None:
            return report
        error = call.excinfo.value if call.excinfo else None
        if call.excinfo is not None and error is not None and not report.skipped:
            report.longrepr = self._explanation(report, error)
            safe = self._without_secrets(error)  # Allure takes its words from here
            call.excinfo = pytest.ExceptionInfo.from_exc_info((type(safe), safe, call.excinfo.tb))
        if result := self._result(item, report, error):
            report.recette_result = result.model_dump(mode="json")  # type: ignore[attr-defined]  # made for this
        return report

    def _explanation(self, report: pytest.TestReport, error: BaseException) -> str:
        """Return why a scenario ended; where we foresaw it, nobody needs to see our code."""
        if is_foreseen(error):
            return self._loaded.redactor.scrub(reason_of(error))
        return self._loaded.redactor.scrub(report.longreprtext)

    @staticmethod
    def _result(item: pytest.Item, report: pytest.TestReport, error: BaseException | None) -> Result | None:
        progress = item.stash.get(PROGRESS, None)
        if progress is None:
            template = template_of(item)
            return not_applicable(template) if template and report.when == "setup" and report.skipped else None
        ended = report.when == "call" or (report.when == "setup" and report.failed)
        return result_of(progress, report, error) if ended else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a result as soon as it is there."""
        found = getattr(report, "recette_result", None)
        if self._store is not None and found is not None:
            try:
                self._store.add(Result.model_validate(found, strict=False))
            except RunError as error:
                pytest.exit(str(error), returncode=CANNOT_WRITE)

    # The end

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Close what was opened, judge, and tell those who listen."""
        try:
            if self._platform is not None:
                self._platform.__exit__(None, None, None)
        finally:
            if self._store is not None:
                run = self._store.finish()
                self._config.hook.pytest_recette_finished(folder=self._store.folder, run=run)
