"""What a session is to exercise: scenarios repeated over the target's subjects, and their exchanges started ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from pytest_recette.collection import (
    CRITERION,
    EACH,
    key_of,
    key_of_id,
    repeat_over_subjects,
    subject_of,
    template_of,
)
from pytest_recette.keeping import or_exit
from pytest_recette.manual import MANUAL
from pytest_recette.plan import elsewhere, whole
from pytest_recette.session import TargetSession
from pytest_recette.waivers import strays
from steps.exchange import DEFINITIONS


class Planning:
    """The part of the plugin that is at work until the first scenario begins."""

    def __init__(self, session: TargetSession) -> None:
        self._session = session

    def pytest_report_header(self) -> str:
        """Say what is tested, against what."""
        one = self._session
        against = f", against the baseline {one.baseline.folder.name}" if one.baseline else ""
        return f"recette: {one.phase} of target {one.loaded.target.name} ({one.loaded.path}){against}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_bdd_apply_tag(self, tag: str, function: Callable[..., object]) -> bool | None:
        """Turn a tag into a marker; the one that repeats a scenario asks for a subject."""
        if tag.startswith(EACH):
            pytest.mark.usefixtures("subject")(function)
            return True
        if CRITERION.fullmatch(tag):
            self._session.config.addinivalue_line("markers", f"{tag}: a criterion's permanent ID")
        if tag == MANUAL:
            self._session.config.addinivalue_line("markers", f"{tag}: only a person can check it")
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Repeat a scenario over the target's subjects."""
        repeat_over_subjects(metafunc, self._session.loaded.target)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what one user does in one xdist worker, so that each user signs in once a run."""
        for item in items:
            if (subject := subject_of(item)) and subject.user:
                item.add_marker(pytest.mark.xdist_group(f"user {subject.user}"))

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        """Say which waivers of the target mean nothing."""
        return [f"recette: {stray}" for stray in strays(self._session.loaded.target, _keys(items))]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say what is planned, and start the exchanges; an xdist worker runs but a part, so it starts none ahead."""
        planned = _keys(session.items)
        self._plan(planned)
        if not self._session.runs_a_part and planned and not session.config.getoption("collectonly"):
            self._start_ahead(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 -- xdist's worker controller
        """Tell an xdist worker where evidence goes."""
        node.workerinput["recette_folder"] = str(self._session.folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn from an xdist worker what is planned: the process that keeps the run collects nothing itself."""
        self._plan({key for node in ids if (key := key_of_id(node, self._session.config.rootpath))})

    def _plan(self, planned: set[tuple[str, str]]) -> None:
        phase, store = self._session.phase, self._session.store
        if store is not None:
            partial = bool(whole(phase, self._session.loaded.target) - planned)
            with or_exit():
                store.plan(len(planned), partial=partial, elsewhere=elsewhere(phase))

    def _start_ahead(self, items: list[pytest.Item]) -> None:
        for item in items:
            template, subject = template_of(item), subject_of(item)
            for step in template.steps if template and subject else ():
                if (definition := DEFINITIONS.get(step.name)) and subject:
                    platform = self._session.platform
                    platform.exchanges.start(definition.on(platform, subject))


def _keys(items: Iterable[pytest.Item]) -> set[tuple[str, str]]:
    return {key for item in items if (key := key_of(item))}
