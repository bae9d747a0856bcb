"""What servers say of their repositories, backups, downloads and ground, as it is read and judged."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.ground import astray, read_clocks
from targets.access import apt, backups, downloads, ground
from targets.access.ground import Clock
from targets.access.outcomes import CannotJudgeError, PlatformFailed
from targets.access.platform import Platform
from targets.access.shell import LocalShell
from targets.access.ssh import Ran
from targets.model.components import Component
from targets.model.machines import Machine
from targets.model.preparation import Download
from targets.model.target import Target
from targets.subjects import subjects

HERE = LocalShell()
BASE = "http://repo.test/dists/4.6/"
RELEASE = "File: repo.test_dists_4.6_{}\nDate: Mon, 23 Nov 2026 04:59:26 +0000\n{}"
CALM = "Reading package lists...\nstatus 0\n"


def _answer(
    update: str = CALM, heads: str = RELEASE.format("InRelease", ""), upgrade: str = CALM, named: str = ""
) -> str:
    named = named or f"'{BASE}InRelease' repo.test_dists_4.6_InRelease 0 \nstatus 0\n"
    found = {"named": named, "update": update, "heads": heads, "upgrade": upgrade, "files": "", "served": ""}
    found["clock"] = "1795410957\n"
    return "A banner\nthat says === recette update ===\n" + "".join(
        f"=== recette {name} ===\n{text}" for name, text in found.items()
    )


# --- repositories


def test_a_repository_that_serves_and_is_signed_is_fine() -> None:
    answer = apt.parse(_answer())
    assert [(one.name, one.signed) for one in answer.repositories] == [(BASE, True)]
    assert answer.unreachable() == answer.untrusted() == []


@pytest.mark.parametrize(
    ("said", "hop"),
    [
        ("Err:1 http://repo.test 4.6 InRelease\n  Temporary failure resolving 'repo.test'", "name"),
        ("Err:1 http://repo.test 4.6 InRelease\n  Could not resolve 'proxy.test'", "name"),
        (
            "Err:1 http://repo.test 4.6 InRelease\n  Could not connect to repo.test:80 (192.0.2.1). - connect (111: …)",
            "connection",
        ),
        ("Err:1 http://repo.test 4.6 InRelease\n  Connection timed out [IP: 192.0.2.1 80]", "connection"),
        (
            "W: Failed to fetch http://repo.test/dists/4.6/InRelease  Could not handshake: An unexpected TLS packet",
            "TLS",
        ),
        (
            "Err:1 http://repo.test 4.6 InRelease\n  Certificate verification failed: The certificate is NOT trusted. "
            "The certificate issuer is unknown.  Could not handshake: Error in the certificate verification.",
            "TLS",
        ),
        ("Err:3 http://repo.test 4.6 Release\n  404  Not Found [IP: 192.0.2.1 80]", "HTTP status"),
        ("Err:3 http://repo.test 4.6 InRelease\n  Invalid response from proxy: HTTP/1.1 403 Forbidden", "HTTP status"),
        ("E: The repository 'http://repo.test 4.6 Release' does not have a Release file.", "HTTP status"),
        ("Err:4 http://repo.test 4.6/main amd64 Packages\n  Hash Sum mismatch", "package index"),
        (
            "W: GPG error: http://repo.test 4.6 InRelease: The following signatures were invalid: BADSIG 1 x",
            "signature",
        ),
        ("E: The repository 'http://repo.test 4.6 InRelease' is not signed.", "signature"),
        ("E: Release file for http://repo.test/dists/4.6/InRelease is expired (invalid since 1d).", "date"),
        ("E: Release file for http://repo.test/dists/4.6/InRelease is not valid yet (invalid for 1h).", "date"),
    ],
)
def test_the_hop_that_failed_is_said_with_its_repository(said: str, hop: str) -> None:
    [fault] = apt.parse(_answer(f"{said}\nstatus 100\n")).faults
    assert (fault.repository, fault.hop) == (BASE, hop)


def test_a_name_that_sounds_like_a_hop_misleads_nobody() -> None:
    named = "'http://connect.test/dists/404/InRelease' connect.test_dists_404_InRelease 0 \n"
    said = "Err:1 http://connect.test 404 InRelease\n  Temporary failure resolving 'connect.test'\n"
    [fault] = apt.parse(_answer(said, "", named=named)).faults
    assert fault.hop == "name"


def test_a_repository_without_folders_is_known_too() -> None:
    said = "Err:1 http://repo.test ./ Release\n  404  Not Found\n"
    [fault] = apt.parse(_answer(said, "", named="'http://repo.test/./InRelease' repo.test_._InRelease 0 \n")).faults
    assert (fault.repository, fault.hop) == ("http://repo.test/./", "HTTP status")


def test_warnings_that_stop_nothing_are_no_faults() -> None:
    said = (
        "W: http://repo.test/dists/4.6/InRelease: Key is stored in legacy trusted.gpg keyring\n"
        "N: Skipping acquire of configured file 'main/binary-i386/Packages'\n"
    )
    assert apt.parse(_answer(said + CALM)).faults == ()


def test_sources_that_cannot_be_read_are_a_fault() -> None:
    said = "E: Malformed entry 1 in list file /etc/apt/sources.list (URI)\nE: The list of sources could not be read.\n"
    answer = apt.parse(_answer(said, "", named=said))
    assert [fault.repository for fault in answer.unreachable()] == [apt.OF_ALL]


def test_an_update_that_takes_too_long_is_the_way_s_fault_and_no_signature_s() -> None:
    answer = apt.parse(_answer("Get:1 http://repo.test 4.6 InRelease\nstatus 124\n", ""))
    assert [fault.hop for fault in answer.unreachable()] == ["connection"]
    assert answer.untrusted() == []


def test_an_answer_that_breaks_off_judges_nothing() -> None:
    with pytest.raises(CannotJudgeError, match="incomplete: no clock"):
        apt.parse(_answer().partition("=== recette clock")[0])


def test_a_source_that_is_trusted_whatever_it_serves_is_not_signed() -> None:
    [fault] = apt.parse(_answer(heads=RELEASE.format("Release", ""))).untrusted()
    assert (fault.repository, fault.hop) == (BASE, "signature")


def test_a_date_that_apt_was_told_to_ignore_counts() -> None:
    heads = RELEASE.format("InRelease", "Valid-Until: Sun, 22 Nov 2026 04:59:26 +0000\n")
    [fault] = apt.parse(_answer(heads=heads)).untrusted()
    assert (fault.hop, fault.words) == ("date", "expired on 2026-11-22 04:59 UTC")


def test_a_simulation_says_what_would_come_stay_and_go() -> None:
    said = (
        "The following packages have been kept back:\n  ipdiva-a libb\nRemv ipdiva-c [4.5.0]\n"
        "Inst ipdiva-d [4.5.0] (4.6.0 4.6 [all])\nInst new (1.0 Debian:12/stable [amd64])\nstatus 0\n"
    )
    simulation = apt.parse(_answer(upgrade=said)).simulation
    assert simulation.installs == {"ipdiva-d": "4.6.0", "new": "1.0"}
    assert (simulation.kept_back, simulation.removed) == (("ipdiva-a", "libb"), ("ipdiva-c",))


def test_an_unmet_dependency_is_an_error() -> None:
    said = "The following packages have unmet dependencies:\n ipdiva-a : Depends: b but it is none\nstatus 100\n"
    simulation = apt.parse(_answer(upgrade=said)).simulation
    assert (simulation.status, len(simulation.errors)) == (100, 1)


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_apt_says_is_read(named: str, update: str, heads: str, upgrade: str) -> None:
    try:
        apt.parse(_answer(update + "\n", heads + "\n", upgrade + "\n", named + "\n"))
    except (PlatformFailed, CannotJudgeError):
        return


def test_nothing_in_a_further_source_is_run(tmp_path: Path) -> None:
    """The folder of our own is made and removed by the real shell; only the questions are left out."""
    trap = f"Types: deb\nX: '; touch {tmp_path}/run; `touch {tmp_path}/run` $(touch {tmp_path}/run)\n"
    script = (
        apt.question(trap, 60).partition("echo '=== recette")[0] + 'cat "$T/sources/recette-upgrade.sources"; echo $T'
    )
    ran = HERE.run(script, 10)
    *source, folder = ran.out.splitlines(keepends=True)
    assert "".join(source) == trap
    assert not (tmp_path / "run").exists()
    assert not Path(folder.strip()).exists()


# --- ground


def test_the_ground_is_read_from_the_machine_itself(tmp_path: Path) -> None:
    answer = ground.ask(HERE, [str(tmp_path), "/no such folder"], 10)
    assert answer.memory > 0
    assert (answer.free[str(tmp_path)] or 0) > 0
    assert answer.free["/no such folder"] is None
    assert "dpkg" in [package.name for package in answer.packages]


@pytest.mark.parametrize(
    ("state", "whole", "held"),
    [("ii ", True, False), ("hi ", True, True), ("rc ", True, False), ("iU ", False, False), ("iF ", False, False),
     ("iH ", False, False), ("iiR", False, False)],
)  # fmt: skip
def test_dpkg_s_states_are_told_apart(state: str, whole: bool, held: bool) -> None:
    package = ground.PackageState("x", *state)
    assert (package.is_whole, package.is_held) == (whole, held)


class Shifted:
    """A server whose clock is before ours, and that takes its time to say so."""

    def __init__(self, ahead: float, delay: float = 0.0) -> None:
        self._ahead = ahead
        self._delay = delay

    def run(self, command: str, time_limit: float, given: str = "") -> Ran:  # noqa: ARG002 -- as the shell's
        time.sleep(self._delay)
        return Ran(0, f"{time.time() + self._ahead:.9f}\n", "")


def test_a_clock_is_compared_with_ours_and_the_way_there_makes_it_unsure() -> None:
    clock = ground.read_clock(Shifted(5.0, 0.05), 1)
    assert abs(clock.ahead - 5) <= clock.unsure + 0.001
    assert clock.unsure >= 0.025


@pytest.mark.parametrize(
    ("ahead", "named"),
    [
        ((0.0, 0.1, 1.9), []),
        ((0.0, 0.1, 2.5), ["c"]),
        ((-300.0, 0.1, 0.2), ["a"]),
        ((0.0, 3.0), ["a", "b"]),
        ((100.0, 100.1, 99.9), []),
    ],
)
def test_the_clock_that_stands_out_is_named(ahead: tuple[float, ...], named: list[str]) -> None:
    """Only the servers among themselves count: that ours differs from all of them says nothing of theirs."""
    clocks = {name: Clock(seconds, 0.01) for name, seconds in zip("abc", ahead, strict=False)}
    assert list(astray(clocks, 2)) == named


def test_what_is_within_the_uncertainty_is_not_held_against_a_server() -> None:
    assert astray({"a": Clock(0, 0.3), "b": Clock(2.5, 0.3)}, 2) == {}


class Sessions:
    """A platform whose servers' clocks are ahead by so much, or whose connection is lost (None)."""

    limits = SimpleNamespace(answer=1.0)

    def __init__(self, target: Target, ahead: Mapping[str, float | None]) -> None:
        self.target = target
        self._ahead = ahead

    def once(self, _key: tuple[str, str], call: Callable[[], Clock]) -> Clock:
        return call()

    def session(self, machine: Machine) -> Shifted:
        if (ahead := self._ahead[machine.name]) is None:
            raise CannotJudgeError(f"{machine.name} cannot be reached")
        return Shifted(ahead)


def clocks_seen_from(server: str, lab: Target, **ahead: float | None) -> list[str]:
    subject = next(each for each in subjects(lab, "server_among_others") if each.name == server)
    platform = Sessions(lab, {each.name: ahead.get(each.name, 0.0) for each in lab.machines})
    return list(read_clocks(cast(Platform, platform), subject))


def test_a_clock_that_cannot_be_read_holds_up_the_judgement_of_its_own_server_alone(lab: Target) -> None:
    assert clocks_seen_from("mc1", lab, eg2=None) == ["mc1", "mc2", "eg1", "html5"]
    with pytest.raises(CannotJudgeError, match="eg2 cannot be reached"):
        clocks_seen_from("eg2", lab, eg2=None)


def test_one_clock_alone_agrees_with_nothing(lab: Target) -> None:
    with pytest.raises(CannotJudgeError, match="to compare that of mc1 with"):
        clocks_seen_from("mc1", lab, mc2=None, eg1=None, eg2=None, html5=None)


def test_a_server_without_a_clock_cannot_be_judged() -> None:
    class Dumb(Shifted):
        def run(self, command: str, time_limit: float, given: str = "") -> Ran:  # noqa: ARG002 -- as the shell's
            return Ran(127, "date: not found", "")

    with pytest.raises(CannotJudgeError, match="does not say what time it is"):
        ground.read_clock(Dumb(0), 1)


# --- backups


def test_the_newest_two_backups_are_found_by_age(archive: Path) -> None:
    older = archive.with_name("it's a backup-2.tar.gz")
    shutil.copy(archive, older)
    past = time.time() - 7200
    os.utime(older, (past, past))
    found = backups.find(HERE, str(archive.with_name("it's a backup-*.tar.gz")), 10)
    assert found.newest and found.before
    assert (found.newest.path, found.before.path) == (str(archive), str(older))
    assert 7190 < found.before.age.total_seconds() < 7300
    assert found.newest.size == archive.stat().st_size


def test_no_backup_is_none(tmp_path: Path) -> None:
    assert backups.find(HERE, str(tmp_path / "*.dump"), 10).newest is None
    assert "No such file" in backups.find(HERE, str(tmp_path / "away/*.dump"), 10).trouble


def _restoring(**parts: str) -> str:
    found = {"create": "", "restore": "status 0\n", "tables": "7\n", "drop": "", "databases": "org_main\n", "end": ""}
    return "".join(f"=== recette {name} ===\n{text}" for name, text in (found | parts).items())


def test_a_restore_tells_of_its_tables_and_of_the_databases_beside_it() -> None:
    assert backups.parse_restoring(_restoring(), "x") == backups.Restoring("", 7, ("org_main",))
    failed = backups.parse_restoring(_restoring(restore="pg_restore: error: x\nstatus 1\n", tables="0\n"), "x")
    assert failed.trouble == "pg_restore: error: x"


@pytest.mark.parametrize(
    ("part", "words"),
    [("create", "no scratch database can be made"), ("drop", "could not be dropped")],
)
def test_a_restore_that_was_not_allowed_or_is_still_there_cannot_be_judged(part: str, words: str) -> None:
    with pytest.raises(CannotJudgeError, match=words):
        backups.parse_restoring(_restoring(**{part: "ERROR: permission denied\n"}), "x")


# --- downloads


def _gpg(home: Path, *words: str) -> None:
    subprocess.run(["gpg", "--homedir", home, "--batch", "--quiet", "--yes", "--passphrase", "", *words], check=True)


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a file, and signatures of two keys; each key also with its public half."""
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed, so nothing can be signed for this test")
    folder = tmp_path_factory.mktemp("vendor")
    (folder / "file").write_text("the client\n")
    for name in ("vendor", "other"):
        home = folder / f"gnupg-{name}"
        home.mkdir(mode=0o700)
        _gpg(home, "--quick-generate-key", name, "ed25519", "sign", "never")
        _gpg(home, "--output", str(folder / f"{name}.gpg"), "--export", name)
        _gpg(home, "--armor", "--output", str(folder / f"{name}.asc"), "--export", name)
        _gpg(home, "--armor", "--output", str(folder / f"file.{name}"), "--detach-sign", str(folder / "file"))
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=True)
    return folder


def _download(folder: Path, key: str = "vendor.asc", **more: str) -> Download:
    values = {"file": str(folder / "file"), "signature": str(folder / "file.vendor"), **more}
    return Download(name="client", component=Component.CLIENT, signed_by=folder / key, **values)


@pytest.mark.parametrize("key", ["vendor.asc", "vendor.gpg"])
def test_a_signature_by_the_named_key_counts(vendor: Path, key: str) -> None:
    signature = downloads.verify(HERE, _download(vendor, key), 10)
    assert signature.good
    assert len(signature.fingerprint) == 40


def test_a_key_without_its_armour_is_the_key_itself(vendor: Path) -> None:
    assert downloads.key_of(_download(vendor)) == (vendor / "vendor.gpg").read_bytes()


def _tampered(vendor: Path, folder: Path) -> Download:
    (folder / "file").write_text("another client\n")
    return _download(vendor, file=str(folder / "file"))


@pytest.mark.parametrize(
    "made",
    [
        lambda vendor, _: _download(vendor, "other.asc"),
        lambda vendor, _: _download(vendor, signature=str(vendor / "file.other")),
        lambda vendor, _: _download(vendor, signature=str(vendor / "nowhere")),
        lambda vendor, _: _download(vendor, signature=str(vendor / "file")),
        lambda vendor, _: _download(vendor, "file"),
        _tampered,
    ],
    ids=[
        "another key trusted",
        "signed by another",
        "no signature",
        "no OpenPGP",
        "a key that is none",
        "tampered with",
    ],
)
def test_any_other_signature_does_not(vendor: Path, tmp_path: Path, made: Callable[[Path, Path], Download]) -> None:
    assert not downloads.verify(HERE, made(vendor, tmp_path), 10).good


@pytest.mark.parametrize("word", downloads.BAD)
def test_what_gpgv_lets_pass_with_a_word_against_it_does_not_count(word: str) -> None:
    out = f"[GNUPG:] GOODSIG 1 x\n[GNUPG:] VALIDSIG {'F' * 40} x\n[GNUPG:] {word} 1 x\n"
    assert not downloads.judged(Ran(0, out, "")).good
    assert downloads.judged(Ran(0, out.rpartition("[GNUPG:]")[0], "")).good


def test_a_gpgv_that_was_killed_judges_nothing(vendor: Path) -> None:
    class Killing(LocalShell):
        def run(self, command: str, time_limit: float, given: str = "") -> Ran:  # noqa: ARG002 -- as the shell's
            return Ran(-1, "", "")

    with pytest.raises(CannotJudgeError, match="did not end as it should"):
        downloads.verify(Killing(), _download(vendor), 10)


def test_a_file_is_measured_and_looked_up_in_its_list(tmp_path: Path) -> None:
    file, sums = tmp_path / "a client.msi", tmp_path / "SHA256SUMS"
    file.write_text("x")
    digest = subprocess.run(["sha256sum", file], capture_output=True, text=True, check=True).stdout[:64]
    sums.write_text(f"{'0' * 64}  pool/b.msi\n{digest} *pool/a client.msi\n")
    seen = downloads.look(HERE, _download(tmp_path, file=str(file), checksums=str(sums)), 10)
    assert seen == downloads.Downloaded(1, digest, (digest,), "")
    assert downloads.look(HERE, _download(tmp_path, file=str(tmp_path / "none")), 10).size is None


def test_now_is_the_server_s_own() -> None:
    assert apt.parse(_answer()).now == datetime(2026, 11, 23, 5, 15, 57, tzinfo=UTC)
