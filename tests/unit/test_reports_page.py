"""The page: verdict first, whole in one file, and harmless whatever the platform sent."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports import exhibits
from reports.evidence import Record
from reports.page import page, render
from reports.records import Phase
from reports.results import Difference, Observation, Result, Step
from reports.run import load
from reports.run_store import RunStore
from reports.verdicts import Change, RunVerdict, Verdict
from reports.wording import duration, said, visible
from tests.unit.reports_samples import a_picture, a_result, a_run, unscrubbed
from tests.unit.scene_samples import Scene, accepted_baseline, make, platform

HOSTILE = "</style></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{7*7}}\u202e\x00\x1b[31m"


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text outside of its style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("runs")
    baseline = accepted_baseline(root, platform("4.5"))
    store = make(root, Phase.VALIDATE, broken_platform(), baseline)
    return render(store.folder, baseline).read_text(encoding="utf-8")


def broken_platform() -> list[Scene]:
    scenes = platform("4.6", left_behind="mc2")
    scenes[-1] = replace(scenes[-1], fails="The canvas is blank")
    return scenes


def test_the_verdict_comes_first_then_the_root_cause(upgraded: str) -> None:
    text = Elements(upgraded).text
    places = [text.index(words) for words in ("NO-GO", "mediation controller on mc2", "What broke", "Everything else")]
    assert places == sorted(places)


def test_what_broke_shows_values_steps_advice_and_both_pictures(upgraded: str) -> None:
    page = Elements(upgraded)
    for words in ("4.5.0", "not newer", "Then each of its packages shows release 4.6", "What to do Upgrade mc2"):
        assert words in page.text
    pictures = [attributes["alt"] for tag, attributes in page.found if tag == "img"]
    assert pictures[:2] == ["Desktop of dave, Before", "Desktop of dave, Now"]


def test_nothing_is_fetched_and_nothing_runs(upgraded: str) -> None:
    elements = Elements(upgraded).found
    assert not [tag for tag, _ in elements if tag in {"script", "iframe", "object", "embed", "form", "base"}]
    assert {value.split(":")[0] for _, a in elements if (value := a.get("src"))} == {"data"}
    links = [a.get("href") or "" for _, a in elements if "href" in a]
    assert not [link for link in links if not re.match(r"(#|data:,$|evidence/)", link)]
    assert not [a for _, a in elements if "style" in a or any(name.startswith("on") for name in a)]


def test_the_policy_lets_only_our_own_style_through(upgraded: str) -> None:
    style = re.search(r"<style>(.*?)</style>", upgraded, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(a["content"] or "" for _, a in Elements(upgraded).found if "http-equiv" in a)
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def hostile_result(record: Record) -> Result:
    return Result(
        criterion=HOSTILE,
        title=HOSTILE,
        feature=HOSTILE,
        subject=HOSTILE,
        component=HOSTILE,
        machine=HOSTILE,
        verdict=Verdict.FAILED,
        verdict_before=Verdict.PASSED,
        change=Change.REGRESSED,
        changes=(Difference(name=HOSTILE, before=HOSTILE, after={HOSTILE: [HOSTILE]}, meaning=HOSTILE),),
        reason=HOSTILE,
        advice=HOSTILE,
        started=a_run().started,
        seconds=1,
        steps=(Step(text=HOSTILE, verdict=Verdict.FAILED, seconds=1),),
        observations=(Observation(name=HOSTILE, value=[HOSTILE]),),
        evidence=tuple(record.evidence),
    )


def hostile_page(root: Path) -> str:
    store = RunStore.begin(root, a_run(), scrub=unscrubbed)
    record = Record(store.folder, HOSTILE, HOSTILE, scrub=unscrubbed)
    record.text(HOSTILE, HOSTILE)
    record.image(HOSTILE, a_picture("Home"))
    target = store.run.target.model_copy(update={"title": HOSTILE, "portal": HOSTILE, "file": HOSTILE})
    environment = store.run.environment.model_copy(
        update={"platform": HOSTILE, "time_zone": HOSTILE, "tools": {HOSTILE: HOSTILE}}
    )
    changes = {"target": target, "environment": environment, "reasons": (HOSTILE,), "verdict": RunVerdict.NO_GO}
    run = store.run.model_copy(update={**changes, "results": (hostile_result(record),)})
    return page(run, store.folder, None)


def test_hostile_text_stays_text_in_every_field(tmp_path: Path) -> None:
    html = hostile_page(tmp_path)
    page = Elements(html)
    assert not [tag for tag, _ in page.found if tag == "script"]
    assert not [a for _, a in page.found if "onerror" in a]
    assert [tag for tag, _ in page.found].count("img") == 1
    assert page.text.count("<script>alert(1)</script>") > 15
    assert "{{7*7}}" in html


def test_hidden_characters_are_shown(tmp_path: Path) -> None:
    html = hostile_page(tmp_path)
    assert not {"\u202e", "\x00", "\x1b"} & set(html)
    assert "&lt;U+202E&gt;&lt;U+0000&gt;&lt;U+001B&gt;[31m" in html


def test_huge_values_are_cut(tmp_path: Path) -> None:
    store = RunStore.begin(tmp_path, a_run(), scrub=unscrubbed)
    record = Record(store.folder, "WEB-01", "Intranet", scrub=unscrubbed)
    record.text("Output", "<" * 1_000_000)
    huge = "&" * 1_000_000
    store.add(a_result(title=huge, reason=huge, advice=huge, evidence=tuple(record.evidence)))
    store.finish()
    path = render(store.folder)
    assert path.stat().st_size < 200_000
    assert "the first 8192 of 1000000 bytes" in path.read_text(encoding="utf-8")


def test_evidence_that_was_edited_is_not_shown(tmp_path: Path) -> None:
    scene = Scene("WEB-01", "It opens", "Web", "Intranet", (), text="as it was")
    store = make(tmp_path, Phase.BASELINE, [scene])
    (store.folder / store.run.results[0].evidence[0].file).write_text("edited since", encoding="utf-8")
    html = render(store.folder).read_text(encoding="utf-8")
    assert "edited since" not in html
    assert "not shown, for the file is not what was recorded" in html


def test_what_does_not_fit_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenes = [Scene("WEB-01", "It opens", "Web", f"site {n}", (), picture="Home", text="fine") for n in range(4)]
    scenes[3] = replace(scenes[3], fails="blank")
    store = make(tmp_path, Phase.BASELINE, scenes)
    whole = render(store.folder).read_text(encoding="utf-8")
    [size, *_] = [len(base64.b64decode(data)) for data in re.findall(r"base64,([^\"]+)", whole)]
    monkeypatch.setattr(exhibits, "PICTURES_BUDGET", int(size * 1.5))
    html = render(store.folder).read_text(encoding="utf-8")
    assert "left out of this page" not in whole
    assert "3 pieces of evidence left out of this page" in Elements(html).text
    broken = html[html.index('id="broke"') : html.index('id="rest"')]
    assert "base64," in broken, "what broke is shown first"


def test_a_run_that_was_cut_off_says_so(tmp_path: Path) -> None:
    store = RunStore.begin(tmp_path, a_run(planned=5), scrub=unscrubbed)
    text = Elements(render(store.folder).read_text(encoding="utf-8")).text
    assert "NOT JUDGED" in text
    assert "it did not end" in text
    assert "0 of 5 planned" in text


def test_times_are_in_the_zone_of_the_host(tmp_path: Path) -> None:
    store = RunStore.begin(tmp_path, a_run(), scrub=unscrubbed)
    html = page(load(store.folder), store.folder, None)
    assert "23 November 2026, 22:04:12" in html
    assert "Europe/Paris" in html


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (9.96, "10 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s"), (7830, "2 h 10 min")],
)
def test_durations_are_said_in_human_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["A", 1, None, True], "[A, 1, nothing, yes]"),
        ({"a": [1.5]}, "{a: [1.5]}"),
        (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more]"),
        ("a\n b\u200b", "a b<U+200B>"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_values_are_said_as_people_write_them(value: object, words: str) -> None:
    assert said(value) == words  # type: ignore[arg-type]  # the table holds JSON values only


def test_letters_of_any_language_stay_as_they_are() -> None:
    assert visible("Été, العربية 漢字 🙂") == "Été, العربية 漢字 🙂"
