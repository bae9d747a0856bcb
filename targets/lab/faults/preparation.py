"""Preparation: what keeps an upgrade from being begun. These are there before it."""

from __future__ import annotations

from collections.abc import Sequence

from targets.lab.faults import tls
from targets.lab.faults.change import Change, changed, edited, script
from targets.lab.faults.fault import AtFault, Fault
from targets.lab.faults.mirror import needing, served, without

BACKUPS = "/var/backups/ipdiva"
NEWEST = f"$(ls -t {BACKUPS}/*Z.* | head -n 1)"
NEWER = f"{BACKUPS}/$(hostname)-29991231T000000Z.tar.gz"
DUMP = f"{BACKUPS}/org_main-29991231T000000Z.dump"
NEWEST_DUMP = f"$(ls -t {BACKUPS}/org_main-*Z.dump | head -n 1)"
PADDED = f"head -c 20000 /dev/zero >> {DUMP}"
SQL = f"{BACKUPS}/org_main-29991231T000000Z.sql.gz"
NEWEST_SQL = f"$(ls -t {BACKUPS}/org_main-*Z.sql.gz | head -n 1)"
CUT = f"gzip -dc {SQL} | head -n -12 > {SQL}.cut; gzip < {SQL}.cut > {SQL}; rm {SQL}.cut"
ZEROS = "head -c 99 /dev/zero"
COMMENTS = "head -c 20000 /dev/urandom | base64 | sed 's/^/-- /'"
AS_POSTGRES = "runuser -u postgres --"
SOURCES = "/etc/apt/sources.list.d"
OWN_SOURCE = f"{SOURCES}/cleanroom.sources"
KEY = "/etc/apt/keyrings/cleanroom.asc"
OTHER_KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"
PROXY = "/etc/apt/apt.conf.d/99proxy"
POOL = "/srv/mirror/repository/pool/4.6"
CHECKSUMS = "/srv/mirror/repository/SHA256SUMS"
CLIENT = f"{POOL}/ipdiva-client_4.6.0_all.deb"
FORGED_DATE = """cp /usr/bin/date /run/date; install --mode=755 /dev/null /run/cover
printf '#!/bin/sh\\nexec /run/date --date=@$(($(/run/date +%%s) + 10)) "$@"\\n'"""
"""The lab's machines share one clock, so what tells the time is forged: it is what would be read either way."""
HALF = """
mkdir -p /tmp/half/DEBIAN
printf 'Package: half\\nVersion: 1\\nArchitecture: all\\n' > /tmp/half/DEBIAN/control
printf 'Maintainer: lab\\nDescription: half\\n' >> /tmp/half/DEBIAN/control
printf '#!/bin/sh\\nexit 1\\n' > /tmp/half/DEBIAN/postinst; chmod 755 /tmp/half/DEBIAN/postinst
dpkg-deb --build /tmp/half /tmp/half.deb; ! dpkg --install /tmp/half.deb
"""

COMPONENTS: dict[str, AtFault] = {
    "mc1": "mediation controller",
    "mc2": "mediation controller",
    "eg1": "edge gateway",
    "eg2": "edge gateway",
    "html5": "HTML5 gateway",
    "db": "database",
    "repo": "repository",
}


def _fault(name: str, story: str, machine: str, change: Change, seen_by: Sequence[str]) -> Fault:
    return Fault(name, story, COMPONENTS[machine], (machine,), tuple(seen_by), change, phase="prepare")


def _source(line: str) -> Change:
    return script(f"echo '{line}' > {SOURCES}/further.list", f"rm -f {SOURCES}/further.list")


def _edited(path: str, expression: str) -> Change:
    """Change a file where it is: some of these are mounted, and none can be moved."""
    breaks = f"cp -a {path} {path}.whole; sed -i '{expression}' {path}; ! cmp -s {path} {path}.whole"
    return script(breaks, f"[ ! -e {path}.whole ] || cat {path}.whole > {path}; rm -f {path}.whole")


def _covered(path: str, making: str) -> Change:
    """Put another file in the place of one that cannot be written."""
    breaks = f"{making} > /run/cover; mount --bind /run/cover {path}"
    return script(breaks, f"umount {path} || :; rm -f /run/cover")


def _extra_backup(making: str, path: str = NEWER) -> Change:
    return script(f"{making}; chgrp ipdiva {path}; chmod 640 {path}", f"rm -f {path}")


def _tree(path: str, size: str = "") -> Change:
    """Mount an empty file system, of that size, in the place of a folder."""
    options = f" -o size={size}" if size else ""
    return script(f"mount -t tmpfs{options} none {path}", f"umount {path} || :")


REPOSITORIES = (
    _fault(
        "repository-stopped", "The mirror's server is stopped.",
        "repo", script("systemctl stop nginx", "systemctl start nginx"), ["PREP-01"],
    ),
    _fault(
        "repository-name-unknown", "A server cannot resolve the mirror's name.",
        "mc1", _edited("/etc/hosts", "s/repo.cleanroom.test/x.cleanroom.test/"), ["PREP-01"],
    ),
    _fault(
        "repository-blocked", "The flow from one server to the mirror is closed.",
        "eg1", _edited("/etc/hosts", "s/^10.77.0.61 /10.77.9.9 /"), ["PREP-01"],
    ),
    _fault(
        "repository-behind-dead-proxy", "A server asks a proxy for its packages that is away.",
        "eg2", script(f"echo 'Acquire::http::Proxy \"http://10.77.0.61:3128\";' > {PROXY}", f"rm -f {PROXY}"),
        ["PREP-01"],
    ),
    _fault(
        "repository-without-tls", "A server's source speaks TLS to what does not.",
        "mc2", _source(f"deb [signed-by={KEY}] https://repo.cleanroom.test:80/ 4.5 main"), ["PREP-01"],
    ),
    _fault(
        "repository-untrusted", "The mirror's certificate is signed by nobody whom the servers trust.",
        "repo", tls.mirror_certificate(tls.self_signed), ["PREP-01"],
    ),
    _fault(
        "repository-of-another-name", "The mirror presents the certificate of another server.",
        "repo", tls.mirror_certificate(tls.of_another_name), ["PREP-01"],
    ),
    _fault(
        "suite-missing", "A server's source names a suite that is not on the mirror.",
        "html5", _source(f"deb [signed-by={KEY}] http://repo.cleanroom.test/ 9.9 main"), ["PREP-01"],
    ),
    _fault(
        "repository-key-missing", "A server has another key than the one that signs the mirror.",
        "eg2", changed(OWN_SOURCE, f"sed -i 's#{KEY}#{OTHER_KEY}#' {OWN_SOURCE}"), ["PREP-02"],
    ),
    _fault(
        "repository-trusted-blindly", "A server trusts a source whatever it serves.",
        "mc1", changed(OWN_SOURCE, f"sed -i 's#{KEY}#{OTHER_KEY}\\nTrusted: yes#' {OWN_SOURCE}"), ["PREP-02"],
    ),
    _fault(
        "release-expired", "The mirror was not refreshed: its Release file has expired.",
        "repo", served(head="Valid-Until: Sun, 02 Jan 2022 00:00:00 UTC\n"), ["PREP-02"],
    ),
    _fault(
        "package-not-mirrored", "The new release's Edge Gateway is not on the mirror.",
        "repo", served(without("ipdiva-edge-gateway")), ["PREP-03"],
    ),
    _fault(
        "dependency-not-mirrored", "The new HTML5 Gateway needs a package that is not on the mirror.",
        "repo", served(needing("ipdiva-html5-gateway", "nowhere")), ["PREP-03"],
    ),
    _fault(
        "package-file-not-served", "The mirror lists the new Edge Gateway, and does not have its file.",
        "repo", served(then="rm ipdiva-edge-gateway_*"), ["PREP-03"],
    ),
    _fault(
        "package-file-cut-off", "The mirror's copy of the new recording agent was cut off.",
        "repo", served(then="truncate --size=1000 ipdiva-recording-agent_*"), ["PREP-03"],
    ),
)  # fmt: skip
DOWNLOADS = (
    _fault(
        "download-cut-off", "The download of the client's installer was cut off.",
        "repo", _covered(CLIENT, f"head -c 1000 {CLIENT}"), ["PREP-04"],
    ),
    _fault(
        "download-empty", "The client's installer is an empty file.",
        "repo", _covered(CLIENT, "printf ''"), ["PREP-04"],
    ),
    _fault("downloads-gone", "The downloads were tidied away.", "repo", _tree(POOL), ["PREP-04"]),
    _fault(
        "checksums-changed", "The signed list of checksums was changed after it was signed.",
        "repo", _covered(CHECKSUMS, f"sed '$p' {CHECKSUMS}"), ["PREP-05"],
    ),
)  # fmt: skip
BACKED_UP = (
    _fault(
        "backups-gone", "A server's backups are gone.",
        "mc2", script(f"mv {BACKUPS} {BACKUPS}.away",
                      f"[ ! -e {BACKUPS}.away ] || {{ rm -rf {BACKUPS}; mv {BACKUPS}.away {BACKUPS}; }}"),
        ["PREP-06", "PREP-07"],
    ),
    _fault(
        "backup-too-old", "A server was last backed up a week ago.",
        "eg1", script(f"touch -d '7 days ago' {BACKUPS}/*", f"touch {BACKUPS}/*"), ["PREP-07"],
    ),
    _fault(
        "backup-empty", "The newest backup is empty.",
        "html5", _extra_backup(f": > {NEWER}"), ["PREP-07", "PREP-08"],
    ),
    _fault(
        "backup-truncated", "The newest backup was cut off.",
        "eg2", _extra_backup(f"head -c -200 {NEWEST} > {NEWER}"), ["PREP-08"],
    ),
    _fault(
        "backup-much-smaller", "The newest backup holds a part of what the one before it held.",
        "mc1", _extra_backup(f"tar -C / -czf {NEWER} --no-recursion etc/ipdiva/care"), ["PREP-07"],
    ),
    _fault(
        "backup-of-something-else", "The newest backup is of other files than the platform's.",
        "mc1", _extra_backup(f"head -c 60000 /dev/urandom > /tmp/other; tar -C / -czf {NEWER} tmp/other"), ["PREP-08"],
    ),
    _fault(
        "dump-truncated", "The newest dump of the database was cut off.",
        "db", _extra_backup(f"head -c -200 {NEWEST_DUMP} > {DUMP}", DUMP), ["PREP-08", "PREP-09"],
    ),
    _fault(
        "dump-of-another-database", "The newest dump is of another database.",
        "db", _extra_backup(f"{AS_POSTGRES} pg_dump -Fc postgres > {DUMP}; {PADDED}", DUMP),
        ["PREP-08", "PREP-09"],
    ),
    _fault(
        "sql-dump-truncated", "The newest dump as SQL was cut off before it was compressed.",
        "db", _extra_backup(f"cp {NEWEST_SQL} {SQL}; {CUT}", SQL), ["PREP-08"],
    ),
    _fault(
        "sql-dump-damaged", "Some bytes of the newest dump as SQL were lost on its disk.",
        "db", _extra_backup(f"cp {NEWEST_SQL} {SQL}; {ZEROS} | dd of={SQL} bs=1 seek=500 conv=notrunc", SQL),
        ["PREP-08"],
    ),
    _fault(
        "sql-dump-of-another-database", "The newest dump as SQL is of another database.",
        "db", _extra_backup(f"{{ {AS_POSTGRES} pg_dump postgres; {COMMENTS}; }} | gzip > {SQL}", SQL), ["PREP-08"],
    ),
    _fault(
        "organization-not-backed-up", "A second organization's database has no backup.",
        "db", script(f"{AS_POSTGRES} createdb org_second", f"{AS_POSTGRES} dropdb --if-exists org_second"), ["PREP-09"],
    ),
)  # fmt: skip
GROUND = (
    _fault(
        "old-debian", "A server still runs Debian 11.",
        "mc1", _edited("/usr/lib/os-release", 's/^VERSION_ID=.*/VERSION_ID="11"/'), ["PREP-10"],
    ),
    _fault("disk-almost-full", "A file system has no room for the packages.", "eg2",
           _tree("/var/cache/apt/archives", "8m"), ["PREP-11"]),
    _fault(
        "memory-too-small", "A server has less memory than the vendor asks for.",
        "html5", _covered("/proc/meminfo", "sed 's/^MemTotal:.*/MemTotal: 1000000 kB/' /proc/meminfo"), ["PREP-12"],
    ),
    _fault("clock-ahead", "A server's clock is ten seconds ahead of the others.", "eg2",
           _covered("/usr/bin/date", FORGED_DATE), ["PREP-15"]),
    _fault("package-half-installed", "A package was left half installed.", "eg1",
           script(HALF, "dpkg --purge half; rm -rf /tmp/half*"), ["PREP-13"]),
    _fault(
        "package-held-back", "A package of the platform is held at its old release.",
        "html5", script("apt-mark hold ipdiva-html5-gateway", "apt-mark unhold ipdiva-html5-gateway"),
        ["PREP-14", "PREP-03"],
    ),
    _fault(
        "database-settings-differ", "The controllers have different database settings.",
        "mc2", edited("/etc/ipdiva/care/databasesettings.ini", "1i # x"), ["PREP-16"],
    ),
    _fault(
        "address-on-both-controllers", "Both controllers hold the floating address already before the upgrade.",
        "mc2", script("ip address add 10.77.0.10/32 dev host0", "ip address del 10.77.0.10/32 dev host0 || :"),
        ["PREP-16"],
    ),
)  # fmt: skip
FAULTS = (*REPOSITORIES, *DOWNLOADS, *BACKED_UP, *GROUND)
