from __future__ import annotations

import pytest

from commands.phases import PhaseError, execute
from reports.records import Phase
from reports.verdicts import RunVerdict, Verdict
from targets.subjects import KINDS
from tests.unit.site_samples import TARGET, Site, make, scenario

pytest_plugins = ["pytester"]
ASK = "When the site's machine is asked"
ANSWERS = "Then it answers with its name"
USAGE_ERROR = 4


@pytest.fixture
def site(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Site:
    return make(pytester, monkeypatch)


def test_a_scenario_is_one_test_for_each_subject_with_its_name(site: Site) -> None:
    listed = site.run("--collect-only", "-q").stdout
    for machine in ("m1", "m2", "m3"):
        listed.fnmatch_lines([f"machines.feature::test_a_machine_answers[[]{machine}[]]"])


def test_listing_the_tests_leaves_no_run(site: Site) -> None:
    site.run("--collect-only")
    assert not (site.pytester.path / "runs").exists()


def test_a_whole_run_is_kept(site: Site) -> None:
    result = site.run()
    result.assert_outcomes(passed=3)
    assert set(site.results()) == {("SITE-01", machine) for machine in ("m1", "m2", "m3")}
    kept = site.kept.results[0]
    assert (kept.verdict, kept.component, kept.machine) == (Verdict.PASSED, "edge gateway", "m1")
    assert [step.text for step in kept.steps] == [ASK, ANSWERS]
    assert (site.folder / kept.evidence[0].file).read_text() == "the answer is m1"
    assert (site.kept.complete, site.kept.planned) == (True, 3)


@pytest.mark.parametrize(
    ("arguments", "machines"),
    [
        (["-k", "m2"], {"m2"}),
        (["-k", "machine_answers and not m1"], {"m2", "m3"}),
        (["-m", "SITE-01"], {"m1", "m2", "m3"}),
        (["machines.feature::test_a_machine_answers[m3]"], {"m3"}),
        (["machines.feature"], {"m1", "m2", "m3"}),
    ],
)
def test_tests_are_selected_as_ever(site: Site, arguments: list[str], machines: set[str]) -> None:
    site.feature("Feature: Others\n" + scenario("SITE-02", ASK, "Then only m1 answers"), "others")
    arguments = arguments if "feature" in arguments[0] else [*arguments, "machines.feature"]
    site.run(*arguments).assert_outcomes(passed=len(machines), deselected=3 - len(machines) if "-k" in arguments else 0)
    assert set(site.results()) == {("SITE-01", machine) for machine in machines}
    assert site.kept.planned == len(machines)


def test_a_marker_selects_one_criterion(site: Site) -> None:
    site.feature("Feature: Others\n" + scenario("SITE-02", ASK, ANSWERS), "others")
    site.run("-m", "SITE-02").assert_outcomes(passed=3, deselected=3)
    assert {criterion for criterion, _ in site.results()} == {"SITE-02"}


def test_last_failed_runs_what_failed(site: Site) -> None:
    site.feature("Feature: Others\n" + scenario("SITE-02", ASK, "Then only m1 answers"), "others")
    site.run("-p", "cacheprovider").assert_outcomes(passed=4, failed=2)
    site.run("--lf").assert_outcomes(failed=2)
    assert set(site.results()) == {("SITE-02", "m2"), ("SITE-02", "m3")}


def test_a_run_of_less_than_the_phase_s_document_is_partial(site: Site) -> None:
    """The document of the checkout has criteria for these machines that a site's own file does not exercise."""
    site.run("-k", "m2")
    assert site.kept.partial


def test_workers_share_the_tests_and_each_result_is_kept_once(site: Site) -> None:
    others = scenario("SITE-02", ASK, "Then only m1 answers") + scenario("SITE-03", ASK, "Then x", each="portal")
    site.feature("Feature: Others\n" + others, "others")
    site.run_apart("-n", "2").assert_outcomes(passed=4, failed=2, skipped=1)
    assert set(site.results()) == {(c, m) for c in ("SITE-01", "SITE-02") for m in ("m1", "m2", "m3")} | {
        ("SITE-03", "none")
    }
    assert (site.kept.planned, site.kept.complete, site.kept.partial) == (7, True, True)
    assert site.kept.verdict is RunVerdict.NO_GO


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  @each:server\n  Scenario: S\n    When x\n", "needs exactly one permanent ID*it has: none"),
        ("  @A-01 @B-01 @each:server\n  Scenario: S\n    When x\n", "needs exactly one permanent ID*A-01, B-01"),
        ("  @A-01\n  Scenario: S\n    When x\n", "needs exactly one tag that says what it is repeated over"),
        ("  @A-01 @each:server @each:portal\n  Scenario: S\n    When x\n", "needs exactly one tag that says what"),
        ("  @A-01 @each:sever\n  Scenario: S\n    When x\n", "@each:sever is no kind of subject; allowed: portal, "),
        (scenario("A-01", "When x", title="It works!") + scenario("A-02", "When x", title="It works?"), "It works?*"),
        (scenario("A-01", "When x", title="Same") + scenario("A-02", "When x", title="Same"), "Same*"),
        (scenario("A-01", "When x", title="One") + scenario("A-01", "When x", title="Two"), "A-01*"),
        ("  @A-01 @each:server\n  Scenari: S\n    When x\n", "machines.feature*"),
    ],
)
def test_a_feature_that_could_not_be_recognised_again_is_not_run(site: Site, text: str, said: str) -> None:
    """No ID, two of them, nothing to repeat over, two scenarios that would take one another's place: said, not run."""
    site.feature(f"Feature: Wrong\n{text}")
    result = site.run()
    assert result.ret != pytest.ExitCode.OK
    assert result.parseoutcomes().get("passed", 0) == 0
    output = "\n".join([*result.outlines, *result.errlines])
    assert "Traceback" not in output
    assert "plugin.py" not in output
    result_lines = pytest.LineMatcher(output.splitlines())
    result_lines.fnmatch_lines([f"*{said}*".replace("[", "[[]")])


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "workers"])
def test_a_phase_without_a_feature_that_could_not_be_read_has_no_verdict(site: Site, workers: tuple[str, ...]) -> None:
    """xdist runs what it could collect all the same: that must not come out as GO."""
    site.feature("Feature: Others\n" + scenario("SITE-01", ASK, ANSWERS, title="Another"), "others")
    both = "“A machine answers” of .*machines.feature and “Another” of .*others.feature are both SITE-01: give one"
    with pytest.raises(PhaseError, match=both):
        execute(Phase.BASELINE, "platform.yaml", ["--runs", "runs", *workers, "machines.feature", "others.feature"])


def test_without_a_target_a_feature_says_what_to_do(site: Site) -> None:
    result = site.pytester.runpytest_inprocess("machines.feature")
    assert result.ret == USAGE_ERROR
    result.stderr.fnmatch_lines(["*add --target TARGET*"])
    assert "Traceback" not in str(result.stdout) + str(result.stderr)


def test_a_wrong_target_is_said_at_its_place(site: Site) -> None:
    (site.pytester.path / "platform.yaml").write_text(TARGET + "portall: {}\n")
    result = site.run()
    assert result.ret == USAGE_ERROR
    result.stderr.fnmatch_lines(["*platform.yaml:*: *portall*"])
    assert "Traceback" not in str(result.stdout) + str(result.stderr)


def test_validating_without_a_baseline_says_what_to_do(site: Site) -> None:
    result = site.run("--phase", "validate")
    assert result.ret == USAGE_ERROR
    result.stderr.fnmatch_lines(["*No baseline of site is accepted yet: run `recette baseline`*"])


def test_what_the_target_lacks_is_not_applicable_and_says_why(site: Site) -> None:
    site.feature("Feature: Portal\n" + scenario("SITE-09", ASK, each="html5_application"), "portal")
    site.run().assert_outcomes(passed=3, skipped=1)
    kept = site.results()["SITE-09", "none"]
    assert kept.verdict is Verdict.NOT_APPLICABLE
    assert kept.reason == "the target file declares no html5 application"


def test_every_kind_of_subject_can_be_repeated_over(site: Site) -> None:
    text = "".join(scenario(f"KIND-{n:02}", ASK, each=kind) for n, kind in enumerate(KINDS))
    site.feature(f"Feature: Kinds\n{text}", "kinds")
    result = site.run("--collect-only", "-q", "kinds.feature")
    assert result.ret == pytest.ExitCode.OK


def test_ordinary_tests_run_beside_features(site: Site) -> None:
    site.pytester.makepyfile(test_plain="def test_plain(): pass\ndef test_fails(): assert False")
    site.run().assert_outcomes(passed=4, failed=1)
    assert len(site.kept.results) == 3
