"""The document holds all that the meeting needs, says no secret, and lets nothing run."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

import cli
from commands import documents
from commands.documents import _gathered
from pytest_recette.chapters import FEATURES
from pytest_recette.document import document_of
from reports.answering import add_answer
from reports.document import Document
from reports.document_page import page
from reports.page import page as report_page
from reports.records import Phase, Run
from reports.results import Answer, Observation, Result, Said, Waiver
from reports.run import load
from reports.run_store import RunStore
from reports.storage import RunError
from reports.verdicts import RunVerdict, Verdict
from targets import procedure
from targets.access.outcomes import CannotJudgeError
from targets.fleet import TRAITS, Row
from targets.loader import TARGETS
from targets.loader import load as load_target
from targets.model.components import Component
from targets.model.machines import Likeness
from targets.problems import TargetError
from tests.unit.reports_samples import TARGET, a_result, a_run, unscrubbed
from tests.unit.target_samples import LAB_USERS, lab_copy
from tests.unit.test_reports_page import HOSTILE, Elements

BY_HAND = '\nevent_log: {name: SIEM, where: "the search page"}\n'
ROOT = Path(cli.__file__).parent


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = lab_copy(tmp_path_factory.mktemp("lab"))
    file.write_text(file.read_text() + BY_HAND)
    return file


@pytest.fixture(scope="module")
def document(target: Path) -> Document:
    return document_of(load_target(target))


@pytest.fixture(scope="module")
def text(document: Document) -> str:
    return Elements(page(document)).text


def a_run_with(document: Document, *results: Result) -> Run:
    return a_run(Phase.VALIDATE, results=results, target=TARGET.model_copy(update={"sha256": document.sha256}))


def test_every_scenario_of_the_features_is_in_it_with_its_sentences(document: Document, text: str) -> None:
    written = [line.strip() for file in FEATURES.rglob("*.feature") for line in file.read_text().splitlines()]
    titles = [line.removeprefix("Scenario: ") for line in written if line.startswith("Scenario: ")]
    assert sorted(criterion.title for criterion in document.criteria) == sorted(titles)
    applying = {text for criterion in document.applying for _, text in criterion.steps}
    assert not [sentence for sentence in applying if sentence not in text]


def test_each_criterion_names_the_subjects_that_it_holds_for(document: Document) -> None:
    subjects = {criterion.id: [subject.name for subject in criterion.subjects] for criterion in document.criteria}
    assert subjects["WEB-01"] == ["Intranet", "Admin notes"]
    assert subjects["SSH-01"] == ["srv1-ssh via eg1", "srv1-ssh via eg2"]
    assert subjects["VERSION-05"] == []


def test_what_does_not_apply_is_said(text: str) -> None:
    assert "declares nothing for VERSION-05 (The release that people see is the expected one)" in text


def test_the_plan_follows_the_vendor_with_the_slave_before_the_master(document: Document) -> None:
    assert [step.component for step in document.plan.steps] == list(Component)
    controllers = document.plan.steps[2]
    assert controllers.machines == ("mc2 (slave)", "mc1 (master)")
    assert (controllers.vendor, document.plan.vendor) == (3600, 4 * 3600)


def test_the_plan_leaves_out_what_the_target_has_not(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    machine = "{name: e, component: edge gateway, address: e.example}"
    file.write_text(f'name: small\nreleases: {{from: "1", to: "2"}}\nmachines: [{machine}]\n')
    made = document_of(load_target(file))
    assert [step.machines for step in made.plan.steps] == [("e",)]
    assert "Does not apply here" in Elements(page(made)).text


def test_the_vendor_s_words_are_those_of_its_introduction() -> None:
    assert [step.component for step in procedure.ORDER] == list(Component)
    assert "starting with the slave" in procedure.ORDER[2].advice
    assert len(procedure.PREPARATION) == 5
    assert len(procedure.VALIDATION) == 2


def test_no_secret_is_in_it(document: Document) -> None:
    assert not [user for user in LAB_USERS if f"password of {user}" in page(document)]


@pytest.mark.parametrize("name", ["lab", "example"])
def test_neither_secrets_nor_files_are_needed_to_make_it(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.yaml"
    file.write_text((TARGETS / f"{name}.yaml").read_text().replace("/var/lib/recette/lab", "/nowhere"))
    assert document_of(load_target(file, for_use=False)).users
    with pytest.raises(TargetError):
        load_target(file)


def test_users_come_with_what_they_are_used_for(document: Document) -> None:
    uses = {user.login: user.uses for user in document.users}
    assert uses["mallory"] == ("the one sign-in with a wrong password",)
    assert uses["setup"] == tuple(
        f"the password that the console of {name} was delivered with" for name in ("mc1", "mc2")
    )
    assert uses["alice"] == ("portal", "Intranet", "Admin notes", "the session of Desktop HTML5 that the watch holds")
    assert uses["bob"] == ("organization",)


def test_pilots_say_how_many_machines_they_stand_for(target: Path) -> None:
    loaded = load_target(target)
    likeness = next(pilot for machine, pilot in loaded.target.pilots() if machine.component is Component.CLIENT)
    traits = {trait: getattr(likeness, trait) for trait in TRAITS}
    rows = [Row(Likeness(**traits), 150), Row(Likeness(**{**traits, "architecture": "arm64"}), 50)]
    made = document_of(replace(loaded, fleet={Component.CLIENT: rows}))
    pilots = [pilot for pilot in made.pilots if pilot.carries == "client"]
    assert {(pilot.alike, pilot.fleet) for pilot in pilots} == {(150, 200)}
    assert "150 of 200 machines of the fleet" in Elements(page(made)).text


def test_what_only_a_person_can_check_has_boxes_and_where_to_look(text: str) -> None:
    section = text[text.rindex("Checked by a person") :]
    for words in ("LOG-01", "SIEM", "the search page", "held", "did not hold", "could not be checked", "Remark"):
        assert words in section


def test_waivers_stand_in_it_also_when_they_have_expired(document: Document) -> None:
    waiver = Waiver(
        criterion="WEB-03", subject="Intranet via eg1", reason="it moves", who="Jane", until=date(2020, 1, 1)
    )
    text = Elements(page(replace(document, waivers=(waiver,)))).text
    assert "it moves" in text
    assert "expired on 1 January 2020: counts no more" in text


def test_results_stand_beside_their_criteria(document: Document) -> None:
    failed = a_result("WEB-01", "Intranet", verdict=Verdict.FAILED, reason="it shows an error")
    run = a_run_with(document, failed, a_result("WEB-01", "Admin notes"))
    html = page(document, [run])
    card = html[html.index('id="WEB-01"') : html.index('id="WEB-02"')]
    text = Elements(card).text
    assert re.search(r"Intranet.*failed.*it shows an error.*Admin notes.*passed", text)
    rest = Elements(html[html.index('id="WEB-02"') : html.index('id="WEB-03"')]).text
    assert "not run" in rest
    assert "passed" not in rest


def test_a_run_stands_beside_what_its_phase_exercises_only(document: Document) -> None:
    elsewhere = replace(document.chapters[0], phases=("prepare",))
    html = page(replace(document, chapters=(elsewhere, *document.chapters[1:])), [a_run_with(document)])
    begin = html.index('id="chapter-1"')
    assert "<th" not in html[begin : html.index('id="chapter-2"')]
    assert "not run yet for" in html[begin : html.index('id="chapter-2"')]


def test_a_person_s_answer_stands_there_too(document: Document, tmp_path: Path) -> None:
    store = RunStore.begin(tmp_path, a_run(), scrub=unscrubbed)
    store.add(a_result("LOG-01", "SIEM", verdict=Verdict.UNKNOWN, manual=True))
    store.finish()
    at = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    add_answer(
        store.folder, Answer(criterion="LOG-01", subject="SIEM", said=Said.HELD, remark="three", who="Jane", at=at)
    )
    paris = replace(document, zone=ZoneInfo("Europe/Paris"))
    assert "held, says Jane, 23 November 2026, 23:00:00: three" in Elements(page(paris, [load(store.folder)])).text


def test_what_the_portal_offers_and_no_criterion_covers_is_named(document: Document) -> None:
    offered = Observation(name="portal.applications", value=["Intranet", "Admin notes", "Wiki", "Desktop"])
    run = a_run_with(document, a_result("PORTAL-02", "portal", observations=(offered,)))
    text = Elements(page(document, [run])).text
    assert re.search(r"The portal offers, and no criterion covers\s+Wiki\s+Sign-off", text.replace("10 ", ""))
    assert "Wiki" not in Elements(page(document)).text


def test_the_report_of_a_run_names_it_too_without_a_reservation(tmp_path: Path) -> None:
    offered = Observation(name="portal.applications", value=["Intranet", "Wiki"])
    store = RunStore.begin(tmp_path, a_run(applications=("Intranet",)), scrub=unscrubbed)
    store.add(a_result("PORTAL-02", "portal", observations=(offered,)))
    run = store.finish()
    assert "no criterion covers it: Wiki." in Elements(report_page(run, store.folder, None)).text
    assert run.verdict is RunVerdict.GO


def test_what_a_run_judged_and_the_document_holds_no_more_is_named(document: Document) -> None:
    run = a_run_with(document, a_result("OLD-01", "Intranet"))
    assert "no longer in this document OLD-01 (Intranet)" in Elements(page(document, [run])).text


def test_a_run_of_another_target_file_says_so(document: Document) -> None:
    same = a_run_with(document, a_result("WEB-01", "Intranet"))
    other = same.model_copy(update={"target": TARGET})
    assert "The target file changed" not in page(document, [same])
    assert "The target file changed" in page(document, [other])


def test_every_link_of_the_contents_leads_somewhere(document: Document) -> None:
    elements = Elements(page(document, [a_run_with(document)])).found
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    links = {(attributes["href"] or "")[1:] for tag, attributes in elements if tag == "a"}
    assert links <= set(ids)
    assert len(ids) == len(set(ids))


def test_hostile_text_stays_text(document: Document) -> None:
    waiver = Waiver(criterion=HOSTILE, subject=HOSTILE, reason=HOSTILE, who=HOSTILE, until=date(2030, 1, 1))
    hostile = replace(document, title=HOSTILE, portal=HOSTILE, waivers=(waiver,))
    offered = Observation(name="portal.applications", value=[HOSTILE])
    result = a_result("WEB-01", "Intranet", verdict=Verdict.FAILED, reason=HOSTILE, observations=(offered,))
    html = page(hostile, [a_run_with(document, result).model_copy(update={"reasons": (HOSTILE,)})])
    found = Elements(html).found
    assert not [tag for tag, _ in found if tag in {"script", "img", "iframe", "object", "form"}]
    assert not [attributes for _, attributes in found if "onerror" in attributes or "style" in attributes]
    assert not {"\u202e", "\x1b"} & set(html)


class NoBrowser:
    """A machine without Chromium."""

    def __init__(self, *_: object) -> None:
        """Take what a browser takes."""

    def do(self, _: object) -> bytes:
        raise CannotJudgeError("there is no browser on this machine", "install Chromium (apt install chromium)")

    def close(self) -> None:
        """There is nothing to close."""


def command(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, words)
    return result.exit_code, " ".join(result.output.split())


def test_without_a_browser_there_is_html_and_a_word_why_no_pdf(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "Chromium", NoBrowser)
    status, said = command("document", str(target), "--output", str(tmp_path))
    assert (status, [file.name for file in tmp_path.iterdir()]) == (0, ["acceptance-criteria.html"])
    assert "No PDF was made: there is no browser on this machine: install Chromium" in said


def test_a_run_of_another_target_is_refused(target: Path, tmp_path: Path) -> None:
    run = a_run(target=TARGET.model_copy(update={"name": "other"}))
    folder = RunStore.begin(tmp_path, run, scrub=unscrubbed).folder
    status, said = command("document", str(target), "--run", str(folder), "--output", str(tmp_path))
    assert status == 2
    assert "is a run of other, not of lab" in said


def test_a_folder_that_cannot_be_written_is_told(target: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    status, said = command("document", str(target), "--output", str(tmp_path / "taken"))
    assert status == 2
    assert "could not be written" in said


def test_answering_ends_with_the_verdict_that_the_answers_make(tmp_path: Path) -> None:
    store = RunStore.begin(tmp_path, a_run(), scrub=unscrubbed)
    store.add(a_result("LOG-01", "SIEM", verdict=Verdict.UNKNOWN, manual=True))
    store.finish()
    result = CliRunner().invoke(cli.app, ["answer", str(store.folder)], input="Jane\nh\nall there\n\n")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "GO"
    assert "all there" in (store.folder / "report.html").read_text()


OWN = """Feature: Our shop
  What customers buy goes through the platform.

  @{id} @each:web_application
  Scenario: A customer opens the shop
    When the user opens the web application from the portal
    Then the page shows what is expected
"""


def own(folder: Path, criterion: str = "SHOP-01") -> Path:
    """Write a feature of a site's own, in a repository of its own; return the folder."""
    (folder / "our_services").mkdir(parents=True)
    (folder / "our_services/shop.feature").write_text(OWN.replace("{id}", criterion))
    return folder


def test_a_site_s_own_features_are_a_chapter_of_it(tmp_path: Path, target: Path) -> None:
    made = document_of(load_target(target), [own(tmp_path / "ours")])
    chapter = made.chapters[-1]
    assert (chapter.title, chapter.services[0].title) == ("Our services", "Our shop")
    assert [subject.name for subject in made.criteria[-1].subjects] == ["Intranet", "Admin notes"]
    text = Elements(page(made)).text
    assert f"recette validate … {tmp_path / 'ours'}" in text
    assert "A customer opens the shop" in text


def test_a_single_feature_file_may_be_given_too(tmp_path: Path, target: Path) -> None:
    file = own(tmp_path / "ours") / "our_services/shop.feature"
    assert document_of(load_target(target), [file]).criteria[-1].id == "SHOP-01"


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        ("WEB-01", "two scenarios are WEB-01: give each an ID of its own"),
        ("no-id", "a feature is not in order"),
        ("SHOP-01 @each:shop", "a feature is not in order"),
    ],
)
def test_a_feature_that_is_not_in_order_is_said_kindly(
    criterion: str, words: str, tmp_path: Path, target: Path
) -> None:
    with pytest.raises(RunError, match=words):
        _gathered(load_target(target), [own(tmp_path / "ours", criterion)])


def test_a_path_without_features_is_said_kindly(tmp_path: Path, target: Path) -> None:
    with pytest.raises(RunError, match="is no feature file, and no folder that holds one"):
        _gathered(load_target(target), [tmp_path / "nowhere"])
