"""What keeps an upgrade from being prepared is seen, on machines that are broken for it and mended again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands.phases import Outcome, execute
from pytest_recette.collection import criterion_of
from pytest_recette.plan import scenarios
from reports.records import Phase, RunVerdict, Verdict
from reports.verdict import place
from targets.lab import machine
from targets.lab.command import run
from targets.lab.installed import role_of
from targets.lab.lab import place_of
from targets.lab.machines import machines
from targets.lab.store import Store

Script = str | Callable[[Store], str]

PATIENCE = 30.0
SERVERS = ("mc1", "mc2", "eg1", "eg2", "html5")
BACKUPS = "/var/backups/ipdiva"
NEWEST = f"$(ls -t {BACKUPS}/*Z.* | head -n 1)"
NEWER = f"{BACKUPS}/$(hostname)-29991231T000000Z.tar.gz"
DUMP = f"{BACKUPS}/org_main-29991231T000000Z.dump"
SOURCE = "/etc/apt/sources.list.d/broken.list"
POOL = "/srv/mirror/repository/pool/4.6"
PADDED = f"head -c 20000 /dev/zero >> {DUMP}"
CLIENT = f"{POOL}/ipdiva-client_4.6.0_all.deb"
MIRROR = "/srv/broken"
SITE = "/etc/nginx/sites-enabled/default"
PROXY = "/etc/apt/apt.conf.d/99proxy"
OTHER_KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"
KEY = "/etc/apt/keyrings/cleanroom.asc"
COMPONENTS = {one.name: one.component for one in machines()}


@dataclass(frozen=True)
class Break:
    """One break: root's script that `hurts` a machine and the one that `mends` it, and what Recette must say.

    `failed` are the criteria that must fail, each with its subjects; `unknown` those that nobody can judge then. Every
    other one must still pass. `words` (one of them) must be in the reason of each that failed.
    """

    story: str
    machine: str
    hurts: Script
    mends: str
    failed: Mapping[str, tuple[str, ...]]
    words: str | tuple[str, ...]
    unknown: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return f"{', '.join(self.failed) or 'unknown'} {self.story}"


def _break(  # noqa: PLR0913, PLR0917 -- each is one column of the table below
    story: str,
    name: str,
    hurts: Script,
    mends: str,
    words: str | tuple[str, ...],
    failed: Mapping[str, tuple[str, ...]],
    unknown: Mapping[str, tuple[str, ...]] | None = None,
) -> Break:
    return Break(story, name, hurts, mends, failed, words, unknown or {})


def _unread(*servers: str) -> dict[str, tuple[str, ...]]:
    """What nobody can judge where a repository does not answer."""
    return {"PREP-02": servers, "PREP-03": servers}


def _source(line: str) -> tuple[str, str]:
    return f"echo '{line}' > {SOURCE}", f"rm -f {SOURCE}"


def _edited(path: str, expression: str, then: str = ":") -> tuple[str, str]:
    hurts = f"cp -a {path} {path}.whole; sed -i '{expression}' {path}; ! cmp -s {path} {path}.whole; {then}"
    return hurts, f"[ ! -e {path}.whole ] || cat {path}.whole > {path}; rm -f {path}.whole; {then}"


def _covered(path: str, making: str) -> tuple[str, str]:
    """Put another file in the place of one that cannot be written."""
    return f"{making} > /run/cover; mount --bind /run/cover {path}", f"umount {path} || :; rm -f /run/cover"


def _extra_backup(making: str, path: str = NEWER) -> tuple[str, str]:
    return f"{making}; chgrp ipdiva {path}; chmod 640 {path}", f"rm -f {path}"


def _served(change: Callable[[str], str], head: str = "") -> tuple[Script, str]:
    """Serve another mirror of 4.6, well signed, whose package list is changed and whose Release file says more."""

    def hurts(store: Store) -> str:
        packages = change((store.path / "image/mirror/repository/dists/4.6/main/binary-amd64/Packages").read_text())
        digest, size = hashlib.sha256(packages.encode()).hexdigest(), len(packages.encode())
        release = (
            f"Codename: 4.6\nSuite: 4.6\nComponents: main\nArchitectures: amd64\nDate: Sat, 01 Jan 2022 00:00:00 UTC\n"
            f"{head}SHA256:\n {digest} {size} main/binary-amd64/Packages\n"
        )
        return (
            f"cp -r /srv/mirror/repository {MIRROR}\n"
            f"cat > {MIRROR}/dists/4.6/main/binary-amd64/Packages <<'END'\n{packages}END\n"
            f"cat > {MIRROR}/dists/4.6/InRelease <<'END'\n{_signed(store, release)}END\n"
            f"sed -i 's#/srv/mirror/repository#{MIRROR}#' {SITE}; systemctl reload nginx\n"
        )

    return hurts, f"sed -i 's#{MIRROR}#/srv/mirror/repository#' {SITE}; systemctl reload nginx; rm -rf {MIRROR}"


def _signed(store: Store, text: str) -> str:
    home = store.path / "gnupg"
    gpg: list[str | Path] = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback"]
    signed = run([*gpg, "--clearsign"], home, stdin=text)
    run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], home)
    return signed


def _without(package: str) -> Callable[[str], str]:
    def change(packages: str) -> str:
        return "\n\n".join(block for block in packages.split("\n\n") if f"Package: {package}\n" not in f"{block}\n")

    return change


def _needing(package: str, needed: str) -> Callable[[str], str]:
    return lambda packages: packages.replace(f"Package: {package}\n", f"Package: {package}\nPre-Depends: {needed}\n")


HALF = """
mkdir -p /tmp/half/DEBIAN
printf 'Package: half\\nVersion: 1\\nArchitecture: all\\n' > /tmp/half/DEBIAN/control
printf 'Maintainer: lab\\nDescription: half\\n' >> /tmp/half/DEBIAN/control
printf '#!/bin/sh\\nexit 1\\n' > /tmp/half/DEBIAN/postinst; chmod 755 /tmp/half/DEBIAN/postinst
dpkg-deb --build /tmp/half /tmp/half.deb; ! dpkg --install /tmp/half.deb
"""

BREAKS = [
    _break(
        "the mirror's server is stopped", "repo", "systemctl stop nginx", "systemctl start nginx",
        "connection: ", {"PREP-01": SERVERS}, _unread(*SERVERS),
    ),
    _break(
        "a server cannot resolve the mirror", "mc1", *_edited("/etc/hosts", "s/repo.cleanroom.test/x.cleanroom.test/"),
        "name: Temporary failure resolving", {"PREP-01": ("mc1",)}, _unread("mc1"),
    ),
    _break(
        "the flow from a server to the mirror is closed", "eg1",
        *_edited("/etc/hosts", "s/^10.77.0.61 /10.77.9.9 /"),
        "connection: Could not connect", {"PREP-01": ("eg1",)}, _unread("eg1"),
    ),
    _break(
        "the proxy of apt.conf is away", "eg2",
        f"echo 'Acquire::http::Proxy \"http://10.77.0.61:3128\";' > {PROXY}", f"rm -f {PROXY}",
        "10.77.0.61:3128", {"PREP-01": ("eg2",)}, _unread("eg2"),
    ),
    _break(
        "a one-line source speaks TLS to what does not", "mc2",
        *_source(f"deb [signed-by={KEY}] https://repo.cleanroom.test:80/ 4.5 main"),
        "TLS: Could not handshake", {"PREP-01": ("mc2",)}, _unread("mc2"),
    ),
    _break(
        "a suite is not on the mirror", "html5",
        *_source(f"deb [signed-by={KEY}] http://repo.cleanroom.test/ 9.9 main"),
        "HTTP status: 404", {"PREP-01": ("html5",)}, _unread("html5"),
    ),
    _break(
        "a source names another key", "eg2",
        *_edited("/etc/apt/sources.list.d/cleanroom.sources", f"s#{KEY}#{OTHER_KEY}#"),
        "NO_PUBKEY", {"PREP-02": ("eg2",)}, {"PREP-03": ("eg2",)},
    ),
    _break(
        "a source is trusted whatever it serves", "mc1",
        *_edited("/etc/apt/sources.list.d/cleanroom.sources", f"s#{KEY}#{OTHER_KEY}\\nTrusted: yes#"),
        "NO_PUBKEY", {"PREP-02": ("mc1",)}, {"PREP-03": ("mc1",)},
    ),
    _break(
        "the Release file is expired", "repo", *_served(str, "Valid-Until: Sun, 02 Jan 2022 00:00:00 UTC\n"),
        "date: ", {"PREP-02": SERVERS}, {"PREP-03": SERVERS},
    ),
    _break(
        "the new release's package is not on the mirror", "repo", *_served(_without("ipdiva-edge-gateway")),
        "ipdiva-edge-gateway would end at 4.5.0", {"PREP-03": ("eg1", "eg2")},
    ),
    _break(
        "a package needs one that is not on the mirror", "repo", *_served(_needing("ipdiva-html5-gateway", "nowhere")),
        "keep back or remove ipdiva-html5-gateway", {"PREP-03": ("html5",)},
    ),
    _break(
        "a download is cut off", "repo", *_covered(CLIENT, f"head -c 1000 {CLIENT}"),
        "is not what the vendor published", {"PREP-04": ("client installer",)},
    ),
    _break(
        "a download is empty", "repo", *_covered(CLIENT, "printf ''"), "is empty", {"PREP-04": ("client installer",)},
    ),
    _break(
        "downloads are gone", "repo", f"mount -t tmpfs none {POOL}", f"umount {POOL} || :",
        "is not there", {"PREP-04": ("client installer", "agent installer")},
    ),
    _break(
        "the signed list was changed", "repo",
        *_covered("/srv/mirror/repository/SHA256SUMS", "sed '$p' /srv/mirror/repository/SHA256SUMS"),
        "BAD signature", {"PREP-05": ("client installer", "agent installer")},
    ),
    _break(
        "a server's backups are gone", "mc2", f"mv {BACKUPS} {BACKUPS}.away",
        f"rm -rf {BACKUPS}; mv {BACKUPS}.away {BACKUPS}",
        "there is no backup", {"PREP-06": ("mc2",), "PREP-07": ("mc2 files",), "PREP-08": ("mc2 files",)},
    ),
    _break(
        "the newest backup is of last week", "eg1", f"touch -d '7 days ago' {BACKUPS}/*", f"touch {BACKUPS}/*",
        "is 168 hours old", {"PREP-07": ("eg1 files",)},
    ),
    _break(
        "the newest backup is empty", "html5", *_extra_backup(f": > {NEWER}"),
        "empty", {"PREP-07": ("html5 files",), "PREP-08": ("html5 files",)},
    ),
    _break(
        "the newest backup is cut off", "eg2", *_extra_backup(f"head -c -200 {NEWEST} > {NEWER}"),
        "is not whole", {"PREP-08": ("eg2 files",)},
    ),
    _break(
        "the newest backup is much smaller", "mc1",
        *_extra_backup(f"tar -C / -czf {NEWER} --no-recursion etc/ipdiva/care"),
        "% of the size of", {"PREP-07": ("mc1 files",)},
    ),
    _break(
        "the newest backup is of something else", "mc1",
        *_extra_backup(f"head -c 60000 /dev/urandom > /tmp/other; tar -C / -czf {NEWER} tmp/other"),
        "does not hold etc/ipdiva/care", {"PREP-08": ("mc1 files",)},
    ),
    _break(
        "the newest dump is cut off", "db", *_extra_backup(f"head -c -200 {NEWEST} > {DUMP}", DUMP),
        "pg_restore: error", {"PREP-08": ("main organization",), "PREP-09": ("main organization",)},
    ),
    _break(
        "the newest dump is of another database", "db",
        *_extra_backup(f"runuser -u postgres -- pg_dump -Fc postgres > {DUMP}; {PADDED}", DUMP),
        ("is of the database postgres, not org_main", "holds no table"),
        {"PREP-08": ("main organization",), "PREP-09": ("main organization",)},
    ),
    _break(
        "an organization's database has no backup", "db", "runuser -u postgres -- createdb org_second",
        "runuser -u postgres -- dropdb --if-exists org_second",
        "no backup of the databases org_second on db", {"PREP-09": ("main organization",)},
    ),
    _break(
        "a server runs an older Debian", "mc1", *_edited("/usr/lib/os-release", 's/^VERSION_ID=.*/VERSION_ID="11"/'),
        "mc1 runs debian 11, not debian 12", {"PREP-10": ("mc1",)},
    ),
    _break(
        "a file system is nearly full", "eg2", "mount -t tmpfs -o size=8m none /var/cache/apt/archives",
        "umount /var/cache/apt/archives || :",
        "/var/cache/apt/archives has 8 MB, 1000 are needed", {"PREP-11": ("eg2",)},
    ),
    _break(
        "a server has too little memory", "html5",
        *_covered("/proc/meminfo", "sed 's/^MemTotal:.*/MemTotal: 1000000 kB/' /proc/meminfo"),
        "html5 has 1024 MB of memory", {"PREP-12": ("html5",)},
    ),
    _break(
        "a package is half installed", "eg1", HALF, "dpkg --purge half; rm -rf /tmp/half*",
        "half installed: half", {"PREP-13": ("eg1",)},
    ),
    _break(
        "a package is held", "html5", "apt-mark hold ipdiva-html5-gateway", "apt-mark unhold ipdiva-html5-gateway",
        "ipdiva-html5-gateway", {"PREP-14": ("html5",), "PREP-03": ("html5",)},
    ),
    _break(
        "the controllers' database settings differ", "mc2", *_edited("/etc/ipdiva/care/databasesettings.ini", "1i # x"),
        "databasesettings.ini differs between mc1 and mc2", {"PREP-16": ("cluster",)},
    ),
    _break(
        "both controllers hold the floating address", "mc2", "ip address add 10.77.0.10/32 dev host0",
        "ip address del 10.77.0.10/32 dev host0 || :",
        "10.77.0.10 is held by mc1 and mc2", {"PREP-16": ("cluster",)},
    ),
    _break(
        "a server's SSH does not answer", "eg2", "systemctl stop ssh", "systemctl start ssh", "", {},
        {f"PREP-{n:02}": ("eg2",) for n in (1, 2, 3, 6, 10, 11, 12, 13, 14)}
        | {"PREP-07": ("eg2 files",), "PREP-08": ("eg2 files",), "PREP-15": ("servers",)},
    ),
]  # fmt: skip
ELSEWHERE = {"PREP-15"}
"""The lab's machines share one clock: tests/unit/test_preparation.py forges it."""


class Site:
    """The lab as a platform under test, with a folder of runs of its own."""

    def __init__(self, folder: Path) -> None:
        self._runs = f"--runs={folder}"

    def prepare(self) -> Outcome:
        """Run the phase as the command line does."""
        return execute(Phase.PREPARE, "lab", [self._runs], progress=lambda *_: None)


@pytest.fixture(scope="module")
def site(lab: Store, tmp_path_factory: pytest.TempPathFactory) -> Site:  # noqa: ARG001 - the lab must be up
    return Site(tmp_path_factory.mktemp("runs"))


@contextmanager
def broken(lab: Store, how: Break) -> Iterator[None]:
    """Hurt the machine, and mend it whatever happens meanwhile."""
    place_of_machine = place_of(lab, how.machine)
    role = role_of(next(one for one in machines() if one.name == how.machine))
    try:
        machine.inside(place_of_machine, how.hurts if isinstance(how.hurts, str) else how.hurts(lab))
        yield
    finally:
        machine.inside(place_of_machine, how.mends)
        machine.wait_until(place_of_machine, role.ready, PATIENCE)


def test_no_criterion_is_without_a_break() -> None:
    document = {criterion_of(template) for template in scenarios(Phase.PREPARE)}
    assert {criterion for how in BREAKS for criterion in how.failed} | ELSEWHERE == document


def test_a_lab_that_is_up_is_prepared(site: Site) -> None:
    outcome = site.prepare()
    assert outcome.verdict is RunVerdict.GO, outcome.run.reasons


@pytest.mark.parametrize("how", BREAKS, ids=str)
def test_what_is_broken_is_said_and_nothing_else(how: Break, lab: Store, site: Site) -> None:
    with broken(lab, how):
        results = site.prepare().run.results
    found = {(one.criterion, one.subject): one.verdict for one in results if one.verdict is not Verdict.PASSED}
    assert found == _expected(how.failed, Verdict.FAILED) | _expected(how.unknown, Verdict.UNKNOWN)
    failed = [one for one in results if one.verdict is Verdict.FAILED]
    words = (how.words,) if isinstance(how.words, str) else how.words
    assert [one.reason for one in failed if not any(word in (one.reason or "") for word in words)] == []
    assert [place(one) for one in failed if one.subject in SERVERS] == [
        f"{COMPONENTS[one.subject]} on {one.subject}" for one in failed if one.subject in SERVERS
    ]


def _expected(criteria: Mapping[str, tuple[str, ...]], verdict: Verdict) -> dict[tuple[str, str], Verdict]:
    return {(criterion, subject): verdict for criterion, subjects in criteria.items() for subject in subjects}


def test_looking_leaves_nothing_behind(lab: Store, site: Site) -> None:
    """Neither files nor databases, nor package lists other than the server's own."""
    looks = {
        "mc1": "ls /tmp /var/lib/apt/lists /var/lib/apt/lists/partial /var/cache/apt",
        "db": "ls /tmp; runuser -u postgres -- psql -Atc 'SELECT datname FROM pg_database ORDER BY 1'",
    }
    before = {name: machine.inside(place_of(lab, name), look) for name, look in looks.items()}
    site.prepare()
    assert {name: machine.inside(place_of(lab, name), look) for name, look in looks.items()} == before
