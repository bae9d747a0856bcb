from __future__ import annotations

import base64
import errno
import html
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus
from xml.etree import ElementTree

import pytest

from commands.phases import PhaseError, execute
from pytest_recette.keeping import CANNOT_WRITE
from reports import storage
from reports.baseline import accept
from reports.files import write_whole
from reports.records import Phase
from reports.storage import RunError
from reports.verdicts import RunVerdict, Verdict
from tests.unit.site_samples import AS_AT_A_TERMINAL, SECRET, Site, make, scenario

pytest_plugins = ["pytester"]
ASK = "When the site's machine is asked"
ANSWERS = "Then it answers with its name"
LONG_ENOUGH = 30.0


@pytest.fixture
def site(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Site:
    return make(pytester, monkeypatch)


@pytest.mark.parametrize(
    ("step", "verdict", "reason", "advice"),
    [
        (ANSWERS, Verdict.PASSED, None, None),
        ("Then only m9 answers", Verdict.FAILED, "m1 answers", None),
        ("Then it cannot be judged", Verdict.UNKNOWN, "there is no ruler here", "buy a ruler"),
        ("Then a fault of ours shows", Verdict.UNKNOWN, "KeyError: 'no such key'", None),
        ("Then nobody has defined this", Verdict.UNKNOWN, "StepDefinitionNotFoundError", None),
    ],
)
def test_a_failing_assertion_is_the_platform_s_and_anything_else_is_unknown(
    site: Site, step: str, verdict: Verdict, reason: str | None, advice: str | None
) -> None:
    site.feature("Feature: F\n" + scenario("SITE-01", ASK, step))
    site.run("-k", "m1")
    kept = site.results()["SITE-01", "m1"]
    assert (kept.verdict, kept.advice) == (verdict, advice)
    assert (reason or "") in (kept.reason or "")


def test_what_an_exchange_raises_counts_as_if_its_scenario_had_raised_it(site: Site) -> None:
    site.steps("""
        @exchange("the machine is refused")
        def refuse(platform, subject):
            raise {"m1": PlatformFailed("refused"), "m2": CannotJudgeError("no tool")}.get(subject.name, KeyError("x"))
    """)
    site.feature("Feature: F\n" + scenario("SITE-01", "When the machine is refused", ANSWERS))
    site.run()
    verdicts = [site.results()["SITE-01", machine].verdict for machine in ("m1", "m2", "m3")]
    assert verdicts == [Verdict.FAILED, Verdict.UNKNOWN, Verdict.UNKNOWN]
    assert [step.verdict for step in site.results()["SITE-01", "m1"].steps] == [Verdict.FAILED, Verdict.UNKNOWN]


def test_a_skip_inside_a_step_is_no_pass(site: Site) -> None:
    """Only the target decides what does not apply."""
    site.steps("""
        import pytest
        @then("it is skipped")
        def skip():
            pytest.skip("not today")
    """)
    site.feature("Feature: F\n" + scenario("SITE-01", ASK, "Then it is skipped"))
    site.run("-k", "m1")
    assert site.results()["SITE-01", "m1"].verdict is Verdict.UNKNOWN


def test_exchanges_run_ahead_of_the_scenarios_that_want_their_answers(site: Site) -> None:
    """The first scenario waits for the exchange of the last one."""
    site.steps("""
        import threading
        met = threading.Barrier(3)
        @exchange("all machines meet")
        def meet(platform, subject):
            met.wait(20)
            return subject.name
    """)
    site.feature("Feature: F\n" + scenario("SITE-01", "When all machines meet", ANSWERS))
    site.run().assert_outcomes(passed=3)


def test_an_exchange_of_several_scenarios_is_done_once(site: Site) -> None:
    site.steps("""
        from pathlib import Path
        @exchange("the machine counts")
        def count(platform, subject):
            with Path("counted").open("a") as file:
                file.write(subject.name + " ")
            return subject.name
    """)
    two = [scenario(f"SITE-0{number}", "When the machine counts", ANSWERS) for number in (1, 2)]
    site.feature("Feature: F\n" + "".join(two))
    site.run().assert_outcomes(passed=6)
    assert sorted((site.pytester.path / "counted").read_text().split()) == ["m1", "m2", "m3"]


def test_validation_compares_with_the_accepted_baseline(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.steps("""
        import os
        @then("it is as before")
        def as_before(answer, subject, record):
            record.observe("color", os.environ["COLOR"] if subject.name == "m1" else "blue", Rule.same())
    """)
    site.feature("Feature: F\n" + scenario("SITE-01", ASK, "Then it is as before"))
    monkeypatch.setenv("COLOR", "green")
    site.run()
    baseline = site.folder
    _make_whole(baseline)
    accept(baseline)
    monkeypatch.setenv("COLOR", "red")
    site.run("--phase", "validate")
    changed, unchanged = site.results()["SITE-01", "m1"], site.results()["SITE-01", "m2"]
    assert (changed.verdict, changed.change) == (Verdict.FAILED, "regressed")
    assert [(d.before, d.after) for d in changed.changes] == [("green", "red")]
    assert (unchanged.verdict, unchanged.change) == (Verdict.PASSED, "unchanged")
    assert site.kept.verdict is RunVerdict.NO_GO


def _make_whole(folder: Path) -> None:
    """Let a site's own small document count as the whole one."""
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**run, "partial": False, "verdict": "GO"}))


@pytest.fixture(params=range(4), ids=["begun", "planned", "a result", "all results"])
def disk_full_after(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk fill up after so many times that the run is written."""
    left = iter(range(request.param + 1))

    def write(path: Path, content: bytes) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_whole(path, content)

    monkeypatch.setattr(storage, "write_whole", write)


@pytest.mark.usefixtures("disk_full_after")
def test_a_full_disk_is_said_without_our_code(site: Site) -> None:
    result = site.run("-k", "m1 or m2")
    output = "\n".join([*result.outlines, *result.errlines])
    assert "run.json could not be written: No space left on device" in output
    assert "INTERNALERROR" not in output
    assert "Traceback" not in output
    assert result.ret == CANNOT_WRITE


@pytest.mark.usefixtures("site", "disk_full_after")
def test_a_full_disk_is_said_where_pytest_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--runs", "runs", "-k", "m1 or m2", "machines.feature"]
    with pytest.raises(PhaseError) as caught:
        execute(Phase.BASELINE, "platform.yaml", arguments, progress=lambda *_: None)
    assert "No space left on device" in str(caught.value) + capsys.readouterr().err


def test_junit_and_allure_hold_steps_and_evidence(site: Site) -> None:
    site.run("-k", "m1").assert_outcomes(passed=1, deselected=2)
    cases = list(ElementTree.parse(site.folder / "junit.xml").iter("testcase"))  # noqa: S314 -- pytest's own
    assert [case.get("name") for case in cases] == ["test_a_machine_answers[m1]"]
    found = json.loads(next((site.folder / "allure-results").glob("*-result.json")).read_text())
    assert found["name"] == "SITE-01 A machine answers [m1]"
    assert [step["name"] for step in found["steps"]] == [ASK, ANSWERS]
    assert [attached["name"] for attached in found["steps"][1]["attachments"]] == ["answer"]
    assert [(given["name"], given["value"].strip("'")) for given in found["parameters"]] == [("subject", "m1")]


def test_foreseen_failures_are_told_without_our_code(site: Site) -> None:
    site.feature("Feature: F\n" + scenario("SITE-01", ASK, "Then only m9 answers"))
    output = str(site.run("-k", "m1").stdout)
    assert "m1 answers" in output
    assert "Traceback" not in output
    assert "conftest.py:" not in output


LEAKS = """
import logging, sys, warnings
from subprocess import CalledProcessError

class Odd(Exception):
    def __init__(self, secret): self.secret = secret
    def __str__(self): return f"odd {self.secret}"

def password(platform):
    return platform.credentials("carol")[1].get_secret_value()

@exchange("the secret comes out")
def out(platform, subject):
    secret = password(platform)
    for say in (print, logging.getLogger("leak").warning, lambda text: print(text, file=sys.stderr)):
        say(f"from the background: {secret}")
    return secret

@then("it leaks everywhere")
def leaks(answer, platform, record):
    import base64, html
    from urllib.parse import quote, quote_plus
    local = "x" * 100 + answer
    print("printed", answer); print("to stderr", answer, file=sys.stderr); warnings.warn("warned of " + answer)
    for text in (answer, quote(answer), quote_plus(answer), html.escape(answer),
                 base64.b64encode(answer.encode()).decode(), base64.b64encode(b"carol:" + answer.encode()).decode()):
        print(text); logging.getLogger("leak").error(text)
        record.text("what was seen " + answer, text)
    record.observe("seen", {"nested": [answer, quote(answer)]}, Rule.same())

@then(parsers.parse("it raises {kind}"))
def raises(answer, kind):
    raise {"an assertion": AssertionError(answer), "a failure": PlatformFailed(f"said {answer}"),
           "a judge's": CannotJudgeError(f"with {answer}", f"use {answer}"), "a fault": KeyError(answer),
           "a process's": CalledProcessError(1, ["mysql", "-p" + answer], answer), "an odd one": Odd(answer),
           "with a cause": RuntimeError("outer")}[kind] from ValueError(answer)

@then("it skips")
def skips(answer):
    import pytest
    pytest.skip(answer)

@then("it compares")
def compares(answer):
    assert answer == "something else", answer
"""
ENDINGS = (
    *(f"Then it raises {kind}" for kind in ("an assertion", "a failure", "a judge's", "a fault", "a process's")),
    "Then it raises an odd one",
    "Then it raises with a cause",
    "Then it skips",
    "Then it compares",
    "Then it leaks everywhere",
)


def _forms(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret), quote_plus(secret), quote(secret, safe=""), html.escape(secret))
    yield from (json.dumps(secret)[1:-1], repr(secret)[1:-1], base64.b64encode(secret.encode()).decode().rstrip("="))
    yield html.escape(secret, quote=False)
    yield base64.b64encode(b"carol:" + secret.encode()).decode()[8:-4]


@pytest.mark.parametrize(
    "arguments", [(), ("-l", "-rA", "--tb=long"), ("--tb=native",), ("-vv",), ("-s",), ("-o", "log_cli=true")]
)
def test_a_secret_appears_nowhere(site: Site, arguments: tuple[str, ...]) -> None:
    """Not in the terminal, not in any file of the run, in none of the forms that a tool would print it in."""
    site.steps(LEAKS)
    text = "".join(scenario(f"LEAK-{n:02}", "When the secret comes out", step) for n, step in enumerate(ENDINGS))
    site.feature(f"Feature: Leaks\n{text}")
    result = site.run("-k", "m1", "-p", "no:cacheprovider", "-W", "always", *arguments)
    files = [path for path in site.folder.rglob("*") if path.is_file()]
    assert len(files) > len(ENDINGS)
    seen = {str(path): path.read_text(errors="replace") for path in files}
    seen |= {str(path): path.name for path in files}
    seen |= {"terminal": str(result.stdout) + str(result.stderr)}
    seen = {where: text.replace("\n", "") for where, text in seen.items()}
    assert [(where, form) for where, text in seen.items() for form in _forms(SECRET) if form in text] == []
    assert "***" in seen["terminal"]


def test_an_assertion_with_a_secret_is_still_a_failure_in_allure(site: Site) -> None:
    site.steps(LEAKS)
    site.feature("Feature: F\n" + scenario("LEAK-01", "When the secret comes out", "Then it raises a failure"))
    site.run("-k", "m1")
    found = json.loads(next((site.folder / "allure-results").glob("*-result.json")).read_text())
    assert found["status"] == "failed"
    assert "***" in found["statusDetails"]["message"]


SLOW = """
@exchange("the machine answers in its time")
def slowly(platform, subject):
    import threading
    if subject.name == "m2":
        threading.Event().wait(LIMIT)
    return subject.name
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_keeps_what_it_saw_and_says_that_it_is_not_complete(
    site: Site, how: signal.Signals
) -> None:
    limit = "60" if how is signal.SIGKILL else "2"
    site.steps(SLOW.replace("LIMIT", limit))
    site.feature("Feature: F\n" + scenario("SITE-01", "When the machine answers in its time", ANSWERS))
    words = [*AS_AT_A_TERMINAL, "-m", "pytest", "--target", "platform.yaml", "--runs", "runs"]
    with subprocess.Popen(words, cwd=site.pytester.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
        ends = time.monotonic() + LONG_ENOUGH
        while not _has_a_result(site):
            assert time.monotonic() < ends
            time.sleep(0.05)
        running.send_signal(how)
        output, _ = running.communicate(timeout=LONG_ENOUGH)
    assert set(site.results()) == {("SITE-01", "m1")}, output.decode()
    assert (site.kept.complete, site.kept.planned) == (False, 3)
    if how is signal.SIGINT:
        assert site.kept.verdict is RunVerdict.NOT_JUDGED
        assert b"INTERNALERROR" not in output


def _has_a_result(site: Site) -> bool:
    try:
        return bool(site.kept.results)
    except (ValueError, RunError):  # not begun yet
        return False
