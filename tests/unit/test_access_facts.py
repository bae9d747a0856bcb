from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.access.facts import Package, Service, parse, question
from targets.access.outcomes import CannotJudgeError
from targets.access.releases import belongs_to
from targets.access.shell import LocalShell

COMPLETE = """=== recette hostname ===
mc1
=== recette architecture ===
amd64
=== recette packages ===
ipdiva-mediation-controller\t4.6.0-1\tinstalled\tinstall\tall
ipdiva-tools:amd64\t1:4.6.0\thalf-configured\thold\tamd64
ipdiva-agent:i386\t1:4.6.0\tinstalled\tinstall\ti386
=== recette services ===
Id=apache2.service
ActiveState=active
UnitFileState=enabled
LoadState=loaded
NRestarts=7

Id=ipdiva-gone.service
ActiveState=inactive
UnitFileState=
LoadState=not-found
=== recette ages ===
apache2.service 1700000000 1700000001
ipdiva-new.service 1700000001 1700000001
ipdiva-old-systemd.service  1700000001
"""


def test_a_whole_answer_is_read() -> None:
    facts = parse(COMPLETE)
    assert facts.hostname == "mc1"
    assert facts.packages == (
        Package("ipdiva-mediation-controller", "4.6.0-1", "installed", False),
        Package("ipdiva-tools:amd64", "1:4.6.0", "half-configured", True),
        Package("ipdiva-agent:i386", "1:4.6.0", "installed", False, foreign="i386"),
    )
    assert facts.services == (
        Service("apache2.service", "active", "enabled", restarts=7, outdated=True),
        Service("ipdiva-gone.service", "not installed", "static"),
    )
    assert facts.raw == COMPLETE
    assert [package.name for package in facts.packages_like(["*-tools*"])] == ["ipdiva-tools:amd64"]


@pytest.mark.parametrize("section", ["hostname", "architecture", "packages", "services", "ages"])
def test_an_answer_that_breaks_off_is_no_answer(section: str) -> None:
    truncated = COMPLETE[: COMPLETE.index(f"=== recette {section}")]
    with pytest.raises(CannotJudgeError, match=f"incomplete: no .*{section}"):
        parse(truncated)


SECTIONS = ("hostname", "architecture", "packages", "services", "ages")
HEADS = "".join(f"=== recette {name} ===\n{{}}\n" for name in SECTIONS)


@given(st.tuples(*(st.text() for _ in SECTIONS)))
def test_whatever_a_machine_prints_is_read_or_refused(said: tuple[str, ...]) -> None:
    try:
        facts = parse(HEADS.format(*said))
    except CannotJudgeError:
        return
    assert facts.hostname in said[0]


def test_the_question_is_answered_by_the_machine_itself() -> None:
    """The real dpkg and systemd of this machine; the patterns are quoted, so nothing in them is run."""
    asked = question(["dpkg", "no-such-*", "$(echo injected)"], ["recette-no-such.service"])
    facts = parse(LocalShell().run(asked, 10).out)
    assert [package.name for package in facts.packages] == ["dpkg"]
    assert facts.packages[0].status == "installed"
    assert "injected" not in facts.raw


@pytest.mark.parametrize(
    ("version", "release", "belongs"),
    [
        ("4.6", "4.6", True),
        ("4.6.1-2", "4.6", True),
        ("4.6-1", "4.6", True),
        ("4.6.0", "4.6.0", True),
        ("4.6.0-1+deb12u1", "4.6.0", True),
        ("4.6.0~deb12u1", "4.6.0", True),
        ("4.6.0-1~bpo12+1", "4.6.0", True),
        ("1:4.6.0", "4.6", True),
        ("2:4.5.0", "4.6", False),
        ("4:6.0", "4.6", False),
        ("4.60", "4.6", False),
        ("4.5.9", "4.6", False),
        ("14.6", "4.6", False),
        ("4x6", "4.6", False),
        ("4.6.10", "4.6.1", False),
        ("4.6", "4.6.0", False),
        ("4.6~rc1", "4.6", False),
        ("4.6.0~rc1-1", "4.6", False),
        ("4.6.0~beta2", "4.6.0", False),
        ("", "4.6", False),
    ],
)
def test_a_version_belongs_to_its_release_and_to_no_other(version: str, release: str, belongs: bool) -> None:
    """Epochs and Debian's own suffixes do not matter; a candidate of a release is not that release."""
    assert belongs_to(version, release) is belongs
