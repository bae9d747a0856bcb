"""The lab's engine where it needs neither root nor machines."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from targets.lab import layers, limits, machine, network, packages, traces
from targets.lab.command import LabError, launch, run
from targets.lab.lab import chosen
from targets.lab.machines import SERVERS, machines
from targets.lab.marks import marked
from targets.lab.prerequisites import DEBIAN_PACKAGES, TOOLS, WITHOUT, missing
from targets.lab.upgrade import steps


def test_the_upgrade_goes_in_the_vendors_order() -> None:
    """Seed: clients and agents, controllers starting with the slave, Edge Gateways, HTML5 Gateways."""
    order = [[one.name for one in step] for step in steps(machines(2))]
    assert order == [["pilot1", "pilot2"], ["srv1"], ["mc2"], ["mc1"], ["eg1"], ["eg2"], ["html5"]]


def test_an_upgrade_leaves_the_machines_without_a_component_alone() -> None:
    touched = {one.name for step in steps(SERVERS) for one in step}
    assert touched.isdisjoint({"db", "idp", "repo"})


def test_a_step_is_marked_when_it_begins_and_when_it_ends(tmp_path: Path) -> None:
    eg1 = next(one for one in SERVERS if one.name == "eg1")
    with marked(tmp_path / "marks.jsonl", eg1, "4.6.0"):
        assert _marks(tmp_path) == [("edge gateway", "eg1", "begin", "4.6.0")]
    assert _marks(tmp_path)[1:] == [("edge gateway", "eg1", "end", "4.6.0")]


def test_a_step_that_fails_has_no_end(tmp_path: Path) -> None:
    with pytest.raises(LabError), marked(tmp_path / "marks.jsonl", SERVERS[0], "4.6.0"):
        raise LabError("it broke")
    assert [mark[2] for mark in _marks(tmp_path)] == ["begin"]


def _marks(folder: Path) -> list[tuple[str, str, str, str]]:
    marks = [json.loads(line) for line in (folder / "marks.jsonl").read_text().splitlines()]
    return [(mark["component"], mark["machine"], mark["what"], mark["release"]) for mark in marks]


def test_a_package_is_built_anew_when_a_file_a_mode_or_the_version_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "TREES", tmp_path)
    script = tmp_path / "a-package" / "root" / "script"
    script.parent.mkdir(parents=True)
    script.write_text("one")
    seen = [packages.package_stamp("a-package", "4.5.0"), packages.package_stamp("a-package", "4.6.0")]
    script.chmod(0o755)
    seen.append(packages.package_stamp("a-package", "4.5.0"))
    script.write_text("two")
    seen.append(packages.package_stamp("a-package", "4.5.0"))
    assert len(set(seen)) == 4
    assert packages.package_stamp("a-package", "4.5.0") == seen[3]


def test_a_layer_counts_only_with_the_stamp_of_what_is_wanted(tmp_path: Path) -> None:
    layer, place = tmp_path / "image/layer", tmp_path / "building/layer"
    assert not layers.is_current(layer, "wanted")
    layers.ensure(layer, "wanted", place, _folder)
    assert layers.is_current(layer, "wanted")
    assert not layers.is_current(layer, "wanted otherwise")


def _folder(place: Path) -> Path:
    (place / "done").mkdir()
    return place / "done"


def test_a_layer_that_is_current_is_not_made_again(tmp_path: Path) -> None:
    layers.ensure(tmp_path / "layer", "same", tmp_path / "building", _folder)
    before = (tmp_path / "layer").stat().st_ino
    layers.ensure(tmp_path / "layer", "same", tmp_path / "building", _folder)
    assert (tmp_path / "layer").stat().st_ino == before


def test_a_build_that_was_interrupted_leaves_no_layer_and_is_made_again(tmp_path: Path) -> None:
    def interrupted(place: Path) -> Path:
        (place / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        layers.ensure(tmp_path / "layer", "wanted", tmp_path / "building", interrupted)
    assert not (tmp_path / "layer").exists()
    layers.ensure(tmp_path / "layer", "wanted", tmp_path / "building", _folder)
    assert layers.is_current(tmp_path / "layer", "wanted")


@pytest.mark.parametrize(
    "route",
    [
        {"dst": "10.77.0.0/16", "dev": "tun0"},
        {"dst": "10.77.3.0/24", "dev": "eth1"},
        {"dst": "10.77.3.4", "dev": "tun1"},
        {"dst": "default", "dev": "eth0", "gateway": "10.77.0.254"},
    ],
)
def test_a_route_that_needs_the_labs_addresses_is_named(route: dict[str, str]) -> None:
    assert network.taken([route]) == [f"{route['dst']} ({route['dev']})"]


@pytest.mark.parametrize(
    "route",
    [
        {"dst": "default", "dev": "eth0", "gateway": "192.0.2.1"},
        {"dst": "192.0.2.0/24", "dev": "eth0"},
        {"dst": "10.77.0.0/16", "dev": "recette0"},
        {"dst": "10.0.0.0/8", "dev": "tun0"},
        {"dst": "0.0.0.0/1", "dev": "tun0", "gateway": "10.8.0.1"},
    ],
)
def test_a_route_that_the_labs_own_outdoes_is_no_obstacle(route: dict[str, str]) -> None:
    """The most specific route wins: a VPN that takes all of 10.0.0.0/8 still works beside the lab."""
    assert network.taken([route]) == []


def test_limits_are_raised_and_put_back_as_they_were(tmp_path: Path) -> None:
    """Also when a second `up` comes in between, which must not take the raised value for the old one."""
    (tmp_path / "low").write_text("128\n")
    (tmp_path / "high").write_text("9000\n")
    for _ in range(2):
        limits.raise_limits(tmp_path / "record", tmp_path, {"low": 8192, "high": 8192})
    assert [(tmp_path / name).read_text() for name in ("low", "high")] == ["8192\n", "9000\n"]
    limits.put_back(tmp_path / "record", tmp_path)
    assert [(tmp_path / name).read_text() for name in ("low", "high")] == ["128\n", "9000\n"]
    assert not (tmp_path / "record").exists()


def test_a_machine_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(LabError, match=r"no machine mc3; it has repo, db, mc1"):
        chosen(SERVERS, ["mc1", "mc3"])


def test_clearing_a_place_ends_its_processes_and_no_other(tmp_path: Path) -> None:
    place = tmp_path / "a-machine"
    place.mkdir()
    with subprocess.Popen(["sleep", "60"]) as other:
        launch(["sleep", "60"], place, place / "log")
        while not (found := traces.processes(place)):
            assert other.poll() is None  # bounded by its minute
        (ours,) = found
        traces.clear(place)
        assert not _lives(ours)
        assert other.poll() is None
        other.kill()
    assert not place.exists()


@pytest.mark.parametrize(("looks", "runs"), [([[], [7]], True), ([], False)])
def test_a_machine_does_not_run_when_none_of_its_processes_shows_for_a_while(
    looks: list[list[int]], runs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is just executed has no environment yet, by which it would be known."""
    monkeypatch.setattr(machine, "GONE", 0.2)
    monkeypatch.setattr(machine, "BOOT_PATIENCE", 0.0)
    monkeypatch.setattr(traces, "leader", lambda _place: None)
    monkeypatch.setattr(traces, "processes", lambda _place: looks.pop(0) if looks else [])
    with pytest.raises(LabError, match="did not start" if runs else "does not run"):
        machine.inside(tmp_path, "true")


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_that_fails_says_what_it_said_but_not_what_it_was_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="sh ended with status 3") as failure:
        run(["sh", "-eu"], tmp_path, stdin="secret=hush; echo no such thing; exit 3")
    assert "no such thing" in str(failure.value)
    assert "hush" not in str(failure.value)


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="took more than"):
        run(["sleep", "60"], tmp_path, timeout=0.1)


def test_all_that_is_missing_is_listed_at_once() -> None:
    lacks = missing("Linux", 1000, lambda _tool: None)
    assert lacks[0] == "you are not root: start it with sudo"
    assert all(package in lacks[1] for package in TOOLS.values())


def test_another_system_than_linux_is_told_so() -> None:
    assert missing("Darwin") == [
        "this is Darwin: the lab's machines are Linux namespaces, so they need Linux (Debian 12)"
    ]


def test_the_message_says_what_can_be_done_without_the_lab() -> None:
    assert "needs neither root nor namespaces" in WITHOUT


def test_the_launcher_installs_every_tool_that_the_lab_needs() -> None:
    lines = DEBIAN_PACKAGES.read_text().splitlines()
    listed = {line.split("#")[0].strip() for line in lines}
    assert set(TOOLS.values()) <= listed


def test_the_marks_environment_survives_to_grandchildren(tmp_path: Path) -> None:
    """An orphan of an orphan is found too: that is what makes `down` work after SIGKILL."""
    launch(["sh", "-c", "sleep 60 & wait"], tmp_path, tmp_path.with_suffix(".log"))
    found = traces.processes(tmp_path)
    assert found
    assert os.getpid() not in found
    traces.clear(tmp_path)
    assert traces.processes(tmp_path) == []
