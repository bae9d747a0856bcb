"""A criterion that only a person can check: nothing of it is run, and a person's answers fill it in."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from pytest_recette.questions import ask, ask_at_terminal
from pytest_recette.waivers import strays
from reports.results import Result
from reports.run import load
from reports.verdicts import RunVerdict, Verdict
from targets.loader import load as load_target
from tests.unit.reports_samples import a_picture
from tests.unit.site_samples import SECRET, TARGET, Site, make, scenario

pytest_plugins = ["pytester"]
MANUAL = "Feature: By hand\n" + scenario(
    "HAND-01", "When someone looks", "Then it is there", each="event_log @manual", title="It arrives"
)
COLLECTED = TARGET + "event_log: {name: SIEM, where: the search page}\n"
WAIVED = COLLECTED + "waivers:\n"


@pytest.fixture
def site(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = make(pytester, monkeypatch)
    made.feature(MANUAL, "by_hand")
    (pytester.path / "platform.yaml").write_text(COLLECTED)
    return made


def answering(monkeypatch: pytest.MonkeyPatch, *lines: str) -> io.StringIO:
    """Let a person type these lines, then leave; return what is shown."""
    typed = iter(lines)

    def read(_: object = "") -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", read)
    return io.StringIO()


def asked(site: Site, shown: io.StringIO, *, again: bool = False) -> Result:
    ask(site.folder, Console(file=shown, width=200), again=again)
    return site.results()["HAND-01", "SIEM"]


def test_nothing_of_it_is_run_and_it_is_unknown_with_where_to_look(site: Site) -> None:
    site.run("--strict-markers").assert_outcomes(passed=3, failed=1)
    result = site.results()["HAND-01", "SIEM"]
    assert (result.verdict, result.manual) == (Verdict.UNKNOWN, True)
    assert result.reason == "Only a person can check this"
    assert result.advice == "look at the search page; then answer by recette answer RUN"
    assert [step.text for step in result.steps] == ["When someone looks", "Then it is there"]


def test_what_can_be_checked_by_machine_can_be_selected(site: Site) -> None:
    site.run("-m", "not manual").assert_outcomes(passed=3, deselected=1)


def test_an_answer_is_kept_with_who_and_remark(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.run()
    shown = answering(monkeypatch, "Jane Doe", "h", "all three there", "")
    result = asked(site, shown)
    assert result.answer is not None
    assert (result.verdict, result.answer.who, result.answer.remark) == (Verdict.PASSED, "Jane Doe", "all three there")
    assert "It arrives: SIEM" in shown.getvalue()
    assert "look at the search page" in shown.getvalue()
    assert not [reason for reason in site.kept.reasons if "HAND-01" in reason]


def test_evidence_is_copied_into_the_run(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site.run()
    (tmp_path / "screen.png").write_bytes(a_picture("SIEM"))
    (tmp_path / "events.log").write_text("signed in\n")
    (tmp_path / "tool.exe").write_bytes(b"MZ\0\xff\xfe")
    files = [str(tmp_path / name) for name in ("screen.png", "tool.exe", "nowhere", "events.log")]
    shown = answering(monkeypatch, "Jane", "n", "", *files, "")
    evidence = asked(site, shown).evidence
    assert [(each.title, each.media_type) for each in evidence] == [
        ("screen.png", "image/png"),
        ("events.log", "text/plain"),
    ]
    assert (site.folder / evidence[1].file).read_text() == "signed in\n"
    assert "tool.exe is neither a picture (PNG, JPEG, WebP) nor a text" in shown.getvalue()
    assert "nowhere cannot be read" in shown.getvalue()


def test_a_password_in_a_remark_or_in_evidence_is_not_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site.run()
    monkeypatch.chdir(site.pytester.path)
    (tmp_path / "events.log").write_text(f"signed in with {SECRET}\n")
    result = asked(site, answering(monkeypatch, "Jane", "h", f"I typed {SECRET}", str(tmp_path / "events.log"), ""))
    assert result.answer is not None
    assert result.answer.remark == "I typed ***"
    assert (site.folder / result.evidence[0].file).read_text() == "signed in with ***\n"


def test_a_person_is_told_where_passwords_are_not_recognised(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site.run()
    monkeypatch.chdir(tmp_path)
    shown = answering(monkeypatch, "Jane", "h", "", "")
    assert asked(site, shown).verdict is Verdict.PASSED
    assert "there is no such file" in shown.getvalue()
    assert "passwords are not recognised" in shown.getvalue()


@pytest.mark.parametrize("lines", [[], ["Jane"], ["Jane", "l"], ["Jane", "h"], ["Jane", "h", "remark"]])
def test_whoever_stops_half_way_leaves_it_unknown(
    site: Site, monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    site.run()
    assert asked(site, answering(monkeypatch, *lines)).verdict is Verdict.UNKNOWN


def test_what_was_answered_is_asked_again_only_on_request(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.run()
    assert asked(site, answering(monkeypatch, "Jane", "n", "", "")).verdict is Verdict.FAILED
    assert asked(site, answering(monkeypatch, "Jane", "h", "", "")).verdict is Verdict.FAILED
    assert asked(site, answering(monkeypatch, "Jane", "h", "", ""), again=True).verdict is Verdict.PASSED


def test_nobody_is_asked_where_there_is_no_terminal(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.run()
    answering(monkeypatch, "Jane", "h", "", "")
    ask_at_terminal(site.folder)
    assert site.results()["HAND-01", "SIEM"].verdict is Verdict.UNKNOWN


def test_a_person_at_a_terminal_is_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.run()
    answering(monkeypatch, "Jane", "h", "", "")
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    ask_at_terminal(site.folder)
    assert site.results()["HAND-01", "SIEM"].verdict is Verdict.PASSED


def test_a_waiver_of_the_target_counts_in_the_run(site: Site) -> None:
    waiver = "  - {criterion: HAND-01, subject: SIEM, reason: moves, who: Jane, until: 2100-01-01}\n"
    (site.pytester.path / "platform.yaml").write_text(WAIVED + waiver)
    assert "The waiver of" not in site.run().stdout.str()
    assert site.results()["HAND-01", "SIEM"].verdict is Verdict.WAIVED
    assert site.kept.verdict is RunVerdict.GO_WITH_RESERVATIONS


def test_a_waiver_that_names_nothing_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.pytester.path)
    file = site.pytester.path / "platform.yaml"
    named = [("VERSION-01", "m1"), ("WEB-99", "Intranet"), ("VERSION-01", "m9")]
    each = "  - {{criterion: {}, subject: {}, reason: r, who: w, until: 2100-01-01}}\n"
    file.write_text(WAIVED + "".join(each.format(*names) for names in named))
    assert list(strays(load_target(file).target)) == [
        "The waiver of WEB-99 names no criterion of the document that applies to this target",
        "The waiver of VERSION-01 names “m9”, and its subjects are: m1, m2, m3",
    ]


def test_a_stray_waiver_is_told_when_a_run_starts(site: Site) -> None:
    waiver = "  - {criterion: WEB-99, subject: SIEM, reason: moves, who: Jane, until: 2100-01-01}\n"
    (site.pytester.path / "platform.yaml").write_text(WAIVED + waiver)
    site.run().stdout.fnmatch_lines(["recette: The waiver of WEB-99 names no criterion of the document *"])
    assert load(site.folder).complete
