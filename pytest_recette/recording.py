"""What goes by in each scenario, and the result it comes to: on the report of pytest, in Allure, without secrets."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from pytest_bdd.parser import Feature, Scenario, Step

from pytest_recette import allure_steps
from pytest_recette.collection import criterion_of, subject_of, template_of
from pytest_recette.manual import is_manual, unanswered
from pytest_recette.results import Progress, is_foreseen, not_applicable, reason_of, result_of, words_of
from pytest_recette.session import TargetSession
from reports.evidence import Record
from reports.results import Result
from targets.access.outcomes import CannotJudgeError, PlatformFailed

PROGRESS = pytest.StashKey[Progress]()


class Recording:
    """The part of the plugin that is at work while scenarios run."""

    def __init__(self, session: TargetSession) -> None:
        self._session = session
        self._allure: allure_steps.AllureStep | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Open the record of a scenario."""
        template, subject = template_of(item), subject_of(item)
        if template is not None and subject is not None:
            criterion = criterion_of(template)
            before = self._session.baseline.run.result(criterion, subject.name) if self._session.baseline else None
            record = Record(self._session.folder, criterion, subject.name, scrub=self._session.scrub, before=before)
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
            self._allure.end(self._session.folder, progress.new_evidence(), error and self._without_secrets(error))

    def _without_secrets(self, error: BaseException) -> BaseException:
        """Return the error, or one that stands for it where its own words hold a secret."""
        words = f"{type(error).__name__}: {error}"
        scrubbed = self._session.scrub(words)
        if scrubbed == words:
            return error
        return PlatformFailed(scrubbed) if isinstance(error, AssertionError) else CannotJudgeError(scrubbed)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put a scenario's result on its report, which travels from xdist workers too, and no secret."""
        report = yield
        self._scrub(report)
        if template_of(item) is not None:
            error = call.excinfo.value if call.excinfo else None
            if error is not None and not report.skipped:
                report.longrepr = self._explanation(report, error)
                self._replace(call, self._without_secrets(error))
            if result := self._result(item, report, error):
                report.recette_result = result.model_dump(mode="json")  # type: ignore[attr-defined]  # made for this
        return report

    def _scrub(self, report: pytest.TestReport) -> None:
        report.sections = [(name, self._session.scrub(text)) for name, text in report.sections]
        if isinstance(report.longrepr, tuple):  # a skip: where, and why
            report.longrepr = (*report.longrepr[:2], self._session.scrub(report.longrepr[2]))

    @staticmethod
    def _replace(call: pytest.CallInfo[None], error: BaseException) -> None:
        """Put another error in the place of the one that a call ended with: Allure takes its words from there."""
        if call.excinfo is not None:
            call.excinfo = pytest.ExceptionInfo.from_exc_info((type(error), error, call.excinfo.tb))

    def _explanation(self, report: pytest.TestReport, error: BaseException) -> str:
        """Return why a scenario ended; where we foresaw it, nobody needs to see our code."""
        if is_foreseen(error):
            return self._session.scrub(reason_of(error))
        return self._session.scrub(report.longreprtext)

    @staticmethod
    def _result(item: pytest.Item, report: pytest.TestReport, error: BaseException | None) -> Result | None:
        progress = item.stash.get(PROGRESS, None)
        if progress is None:
            template = template_of(item)
            return not_applicable(template) if template and report.when == "setup" and report.skipped else None
        ended = report.when == "call" or (report.when == "setup" and report.failed)
        return result_of(progress, report, error) if ended else None
