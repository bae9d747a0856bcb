"""A waiver in a target file says all that it has to say, or the file is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from targets.loader import load
from targets.problems import TargetError

HEAD = 'name: site\nreleases: {from: "4.5", to: "4.6"}\n'
WAIVER = {
    "criterion": "WEB-03",
    "subject": "Intranet via eg1",
    "reason": "it moves",
    "who": "Jane Doe",
    "until": "2026-12-31",
}


def target_file(folder: Path, *waivers: dict[str, str]) -> Path:
    lines = [
        "waivers:",
        *("  - {" + ", ".join(f"{key}: {value}" for key, value in each.items()) + "}" for each in waivers),
    ]
    file = folder / "site.yaml"
    file.write_text(HEAD + "\n".join(lines) + "\n")
    return file


def problems(file: Path) -> str:
    with pytest.raises(TargetError) as caught:
        load(file)
    return str(caught.value)


def test_a_whole_waiver_is_read(tmp_path: Path) -> None:
    [waiver] = load(target_file(tmp_path, WAIVER)).target.waivers
    assert (waiver.criterion, waiver.subject, waiver.until) == ("WEB-03", "Intranet via eg1", date(2026, 12, 31))


@pytest.mark.parametrize("key", WAIVER)
def test_nothing_of_a_waiver_may_be_left_out(tmp_path: Path, key: str) -> None:
    partial = {name: value for name, value in WAIVER.items() if name != key}
    assert f"“{key}” is missing here" in problems(target_file(tmp_path, partial))


@pytest.mark.parametrize("nothing", ['""', '"  "'])
@pytest.mark.parametrize("key", WAIVER)
def test_nothing_of_a_waiver_may_be_empty(tmp_path: Path, key: str, nothing: str) -> None:
    assert f"“{key}” must" in problems(target_file(tmp_path, {**WAIVER, key: nothing}))


@pytest.mark.parametrize("until", ["next year", "2026-13-01", "2026-12-31T10:00:00", "20261231", "31.12.2026"])
def test_the_last_day_is_a_day(tmp_path: Path, until: str) -> None:
    assert "must be a day, such as 2026-12-31" in problems(target_file(tmp_path, {**WAIVER, "until": until}))


def test_an_id_that_can_be_none_is_refused(tmp_path: Path) -> None:
    assert "must be the permanent ID of a criterion" in problems(target_file(tmp_path, {**WAIVER, "criterion": "web"}))


def test_two_waivers_of_the_same_are_refused(tmp_path: Path) -> None:
    assert "WEB-03 is waived twice" in problems(target_file(tmp_path, WAIVER, {**WAIVER, "reason": "another"}))
