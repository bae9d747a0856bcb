"""A site of its own: a target file, features and steps in a folder of the test's, run by a pytest within pytest."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

import pytest_recette.plugin  # noqa: F401 -- a pytest within pytest would load it anew, with all that it needs, each time
from reports.records import Run
from reports.results import Result
from reports.run import load

HOME = Path(__file__).resolve().parents[2]
SECRET = 'Pä55 <wörd>/"quoted"&co+'  # noqa: S105 -- of nothing; has another form in every encoding
VARIABLE = "RECETTE_TEST_SECRET"
AS_AT_A_TERMINAL = ("env", "--default-signal=INT", sys.executable)
"""Python that Ctrl-C reaches, even where the tests themselves were started in the background and ignore it."""

TARGET = """
name: site
releases: {from: "1.0", to: "2.0"}
users:
  - {name: carol, login: carol, password: {env: RECETTE_TEST_SECRET}}
machines:
  - {name: m1, component: edge gateway, address: 127.0.0.1, packages: ["a-*"], ssh: {user: r, key_file: key}}
  - {name: m2, component: edge gateway, address: 127.0.0.1, packages: ["a-*"], ssh: {user: r, key_file: key}}
  - {name: m3, component: client, address: 127.0.0.1, packages: ["a-*"], ssh: {user: r, key_file: key}}
"""
STEPS = """
from pytest_bdd import parsers, then
from reports.rules import Rule
from steps.exchange import exchange
from targets.access.outcomes import CannotJudgeError, PlatformFailed

@exchange("the site's machine is asked")
def ask(platform, subject):
    return subject.name

@then("it answers with its name")
def answers(answer, subject, record):
    record.text("answer", f"the answer is {answer}")
    record.observe("name", answer, Rule.same())
    assert answer == subject.name

@then(parsers.parse("only {name} answers"))
def only(answer, name):
    assert answer == name, f"{answer} answers"

@then("it cannot be judged")
def cannot():
    raise CannotJudgeError("there is no ruler here", "buy a ruler")

@then("a fault of ours shows")
def fault():
    {}["no such key"]
"""
FEATURE = """
Feature: Machines
  @SITE-01 @each:server
  Scenario: A machine answers
    When the site's machine is asked
    Then it answers with its name
"""


def scenario(criterion: str, *steps: str, each: str = "server", title: str = "") -> str:
    """Return the text of a scenario."""
    lines = [f"@{criterion} @each:{each}", f"Scenario: {title or f'Criterion {criterion}'}", *(f"  {s}" for s in steps)]
    return "".join(f"  {line}\n" for line in lines)


@dataclass
class Site:
    """The site's folder, and pytest run in it."""

    pytester: pytest.Pytester

    def feature(self, text: str, name: str = "machines") -> None:
        """Write a feature file."""
        (self.pytester.path / f"{name}.feature").write_text(dedent(text).lstrip(), encoding="utf-8")

    def steps(self, text: str) -> None:
        """Add steps."""
        with (self.pytester.path / "conftest.py").open("a", encoding="utf-8") as file:
            file.write(dedent(text))

    def run(self, *arguments: str, target: str = "platform.yaml") -> pytest.RunResult:
        """Run pytest in this process."""
        return self.pytester.runpytest_inprocess("--target", target, "--runs", "runs", *arguments)

    def run_apart(self, *arguments: str) -> pytest.RunResult:
        """Run pytest in a process of its own."""
        return self.pytester.runpytest_subprocess("--target", "platform.yaml", "--runs", "runs", *arguments, timeout=60)

    @property
    def folder(self) -> Path:
        """The folder of the last run."""
        return max((self.pytester.path / "runs" / "site").glob("*-*"), key=lambda folder: folder.stat().st_mtime_ns)

    @property
    def kept(self) -> Run:
        """The last run as it was kept."""
        return load(self.folder)

    def results(self) -> dict[tuple[str, str], Result]:
        """Return the last run's results; a test fails where there are two of one key."""
        found = {result.key: result for result in self.kept.results}
        assert len(found) == len(self.kept.results)
        return found


def make(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Make a site whose one scenario holds for each of its three machines."""
    monkeypatch.setenv(VARIABLE, SECRET)
    monkeypatch.setenv("PYTHONPATH", str(HOME))
    options = "--strict-markers -p pytest_recette.plugin -p no:hypothesispytest --dist=loadgroup"
    pytester.makeini(f"[pytest]\naddopts = {options}\n")
    (pytester.path / "platform.yaml").write_text(TARGET)
    (pytester.path / "key").write_text("a key")
    (pytester.path / "conftest.py").write_text(STEPS)
    site = Site(pytester)
    site.feature(FEATURE)
    return site
