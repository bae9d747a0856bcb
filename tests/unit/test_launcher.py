"""The launcher `recette`, which runs before anything is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import partial
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from targets.lab import prerequisites

HOME = Path(__file__).resolve().parents[2]
MISSING = prerequisites.missing


class Became(Exception):  # noqa: N818 -- what the process would have become
    """The launcher hands over: the process would be another program now."""


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the launcher, in a checkout of the test's own and unable to become another program."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(HOME)
    loader = SourceFileLoader("recette_launcher", str(HOME / "recette"))
    spec = spec_from_loader(loader.name, loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    for name, value in {
        "HOME": tmp_path,
        "VENV": tmp_path / ".venv",
        "PYTHON": tmp_path / ".venv" / "bin" / "python",
    }.items():
        monkeypatch.setattr(module, name, value)
    for name in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_text("locked==1\n")
    monkeypatch.setattr(os, "execv", _become)
    monkeypatch.setattr(os, "execvp", _become)
    return module


def _become(program: object, words: list[str]) -> None:
    raise Became(str(program), words)


def fake_python(launcher: ModuleType, status: int = 0) -> Path:
    """Put a Python in the environment that notes what it is asked for; return where it does."""
    python = Path(launcher.PYTHON)
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$@" >> {python}.log\necho "no space left"\nexit {status}\n')
    python.chmod(0o755)
    return Path(f"{python}.log")


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        ([], False),
        (["--help"], False),
        (["check", "lab"], False),
        (["baseline", "site.yaml"], False),
        (["demo"], True),
        (["demo", "--help"], False),
        (["lab", "up"], True),
        (["test"], True),
        (["test", "lab"], True),
        (["test", "unit"], False),
    ],
)
def test_only_what_boots_the_lab_needs_root_and_debian(
    launcher: ModuleType, arguments: list[str], needed: bool
) -> None:
    assert launcher.needs_lab(arguments) is needed


LACKS = {
    "another system": (partial(MISSING, system="Darwin", user=0), "this is Darwin"),
    "not root": (partial(MISSING, system="Linux", user=1000), "you are not root"),
    "no namespaces": (partial(MISSING, system="Linux", user=0), "Operation not permitted"),
}


@pytest.mark.parametrize("what", LACKS)
def test_where_the_lab_cannot_run_it_is_said_and_nothing_is_changed(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, what: str
) -> None:
    missing, said = LACKS[what]
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr(prerequisites, "missing", missing)
    monkeypatch.setattr(prerequisites, "_namespaces", lambda: "unshare: Operation not permitted")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        launcher.main(["demo"])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told
    assert "test a platform of your own, which needs neither root nor namespaces" in told
    assert told.strip().endswith("Nothing was changed.")
    assert "Traceback" not in told
    assert sorted(tmp_path.rglob("*")) == before


def test_a_linux_that_is_not_debian_is_said(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prerequisites, "missing", lambda find: [])  # noqa: ARG005 -- as the launcher calls it
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SystemExit):
        launcher.become_root_or_stop(["lab", "up"])
    assert "no apt-get" in capsys.readouterr().err


def test_who_is_not_root_and_has_sudo_goes_on_with_it(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prerequisites, "missing", partial(MISSING, system="Linux", user=1000))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    with pytest.raises(Became) as became:
        launcher.become_root_or_stop(["demo", "--keep"])
    program, words = became.value.args
    assert (program, words[:2], words[-2:]) == ("sudo", ["sudo", "--"], ["demo", "--keep"])


def test_an_old_python_is_said(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as ended:
        launcher.main(["--help"])
    assert ended.value.code == 2


def test_the_environment_is_made_once_and_again_when_the_lock_changes(launcher: ModuleType, tmp_path: Path) -> None:
    log = fake_python(launcher)
    for _ in range(2):
        launcher.make_environment(developing=False)
    assert len(log.read_text().splitlines()) == 1
    (tmp_path / "requirements.lock").write_text("locked==2\n")
    launcher.make_environment(developing=False)
    launcher.make_environment(developing=True)
    installed = log.read_text().splitlines()
    assert len(installed) == 3
    assert all("--require-hashes" in line for line in installed)
    assert installed[-1].endswith("requirements-dev.lock")


def test_an_environment_that_could_not_be_filled_is_tried_again(
    launcher: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    log = fake_python(launcher, status=1)
    for attempts in (1, 2):
        with pytest.raises(SystemExit) as ended:
            launcher.make_environment(developing=False)
        assert ended.value.code == 2
        assert len(log.read_text().splitlines()) == attempts
    assert "no space left" in capsys.readouterr().err


def test_the_launcher_becomes_the_command_line_in_its_own_environment(launcher: ModuleType, tmp_path: Path) -> None:
    fake_python(launcher)
    with pytest.raises(Became) as became:
        launcher.main(["check", "lab"])
    assert became.value.args[1] == [str(launcher.PYTHON), str(tmp_path / "cli.py"), "check", "lab"]


def test_every_list_of_packages_holds_names_of_debian_packages(launcher: ModuleType) -> None:
    for file in (HOME / "debian-packages.txt", HOME / "targets" / "lab" / "debian-packages.txt"):
        names = launcher.listed_in(file)
        assert names
        assert all(re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name) for name in names)
        assert len(names) == len(set(names))


def test_comments_and_empty_lines_name_no_package(launcher: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# all\n\nchromium   # a browser\nxvfb\n  # more\n")
    assert launcher.listed_in(tmp_path / "list") == ["chromium", "xvfb"]


def test_what_is_here_is_not_installed_again(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert launcher.provided("sh")
    monkeypatch.setattr(launcher, "PACKAGE_LISTS", ())
    monkeypatch.setattr(launcher, "run", lambda *_: pytest.fail("apt is asked for nothing"))
    launcher.install_debian_packages()


def test_the_launcher_itself_needs_the_standard_library_only() -> None:
    """It runs on a fresh machine: an isolated Python, which sees no installed package, can load it."""
    script = "import sys; sys.argv = ['recette']; import runpy; runpy.run_path('recette', run_name='loaded')"
    done = subprocess.run([sys.executable, "-I", "-S", "-B", "-c", script], cwd=HOME, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_help_lists_every_command_with_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "cli.py", "--help"], cwd=HOME, capture_output=True, text=True, check=True, timeout=60
    )
    for command in ("check", "baseline", "validate", "accept", "report", "demo", "test", "lab"):
        assert re.search(rf"^\W*{command}\s+\w", done.stdout, re.MULTILINE), command
