"""What a server's own apt says of its repositories and of the upgrade to come.

`apt-get update` into a folder of our own, removed afterwards, goes the whole way (name, proxy, connection, TLS, HTTP,
signature, dates) with the server's own sources, proxies and keys, from where it stands, and leaves its own lists
alone. curl and wget may be missing on a server, and know neither its sources nor its keys. Root is not needed.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from targets.access import batch, pool
from targets.access.outcomes import CannotJudgeError
from targets.access.shell import NO_PROGRAM, TIMED_OUT, Shell

SLACK = 10.0
"""Seconds by which apt is stopped on the server before we stop waiting, so that its folder is removed."""
ANSWER = 20
"""Seconds that apt waits for a repository's answer."""
PREPARE = """
export LC_ALL=C; exec </dev/null
command -v apt-get apt-config >/dev/null || exit {no_program}
T=$(mktemp -d) || exit 1; trap 'rm -rf "$T"' EXIT
mkdir -p "$T/lists/partial" "$T/cache/archives/partial" "$T/sources"
eval "$(apt-config shell PARTS Dir::Etc::sourceparts/d)"
for file in "$PARTS"/*.list "$PARTS"/*.sources; do [ -e "$file" ] && cp "$file" "$T/sources/"; done
printf '%s' {source} > "$T/sources/recette-upgrade.sources"
cat > "$T/apt.conf" <<END
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State::Lists "$T/lists";
Dir::Cache "$T/cache";
Dir::Etc::SourceParts "$T/sources";
Acquire::Retries "0";
Acquire::http::Timeout "{answer}";
Acquire::https::Timeout "{answer}";
Acquire::Languages "none";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
APT::Sandbox::User "root";
END
apt() {{ timeout {seconds:.0f} apt-get -c "$T/apt.conf" "$@" 2>&1; echo "status $?"; }}
"""
"""Hooks of the server's own are left out, as they may change it; that a source may be unsigned is not accepted."""
HEADS = """cd "$T/lists"; for file in *Release; do [ -e "$file" ] || continue; \
echo "File: $file"; grep -aE '^(Date|Valid-Until):' "$file"; echo; done"""
HOPS = (
    ("name", r"resolv"),
    ("connection", r"connect|timed out|unreachable|Connection"),
    ("TLS", r"[Cc]ertificate|handshake|TLS"),
    ("signature", r"GPG error|signature|NO_PUBKEY|not signed|Clearsigned|public key"),
    ("date", r"is expired|not valid yet"),
    ("HTTP status", r"\b[1-5]\d\d  |does not have a Release file|[Pp]roxy"),
    ("package index", r"Hash Sum mismatch|unexpected size|Mirror sync"),
)
"""What apt's words say of the hop that failed; the first that fits counts."""
TRUST = ("signature", "date")
COMPLAINT = re.compile(r"^(Err:|E: |W: (Failed to fetch|GPG error|The repository|An error occurred))")
OF_ALL = "the server's apt"


@dataclass(frozen=True)
class Fault:
    """What keeps a repository from serving: at which hop, in apt's words."""

    repository: str
    hop: str
    words: str

    def __str__(self) -> str:
        return f"{self.repository}: {self.hop}: {self.words}"


@dataclass(frozen=True)
class Repository:
    """A repository of the server's sources; `signed` when apt holds a Release file of it whose signature fits."""

    name: str
    signed: bool
    valid_until: datetime | None


@dataclass(frozen=True)
class Simulation:
    """A simulated upgrade: the packages that it would install, at which version, and what it would not do."""

    status: int
    installs: dict[str, str]
    kept_back: tuple[str, ...]
    removed: tuple[str, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Apt:
    """The answer of a server's apt: `files` are those that the upgrade would fetch, `now` is by the server's clock."""

    repositories: tuple[Repository, ...]
    faults: tuple[Fault, ...]
    simulation: Simulation
    files: tuple[pool.PackageFile, ...]
    now: datetime
    raw: str

    def unreachable(self) -> list[Fault]:
        """Return what failed on the way to a Release file and the lists that it names."""
        return [fault for fault in self.faults if fault.hop not in TRUST]

    def untrusted(self) -> list[Fault]:
        """Return what is wrong with Release files that were served."""
        return [*(fault for fault in self.faults if fault.hop in TRUST), *self._unsigned(), *self._expired()]

    def _unsigned(self) -> Iterator[Fault]:
        """Yield what a source that is trusted whatever it serves hides."""
        for repository in self.repositories:
            if not repository.signed and not any(one.repository in (repository.name, OF_ALL) for one in self.faults):
                yield Fault(repository.name, "signature", "apt holds no Release file with a signature that it checked")

    def _expired(self) -> Iterator[Fault]:
        """Yield what a source that asks apt not to look at the date hides."""
        for repository in self.repositories:
            if repository.valid_until and repository.valid_until < self.now:
                yield Fault(repository.name, "date", f"expired on {repository.valid_until:%Y-%m-%d %H:%M} UTC")


def ask(session: Shell, source: str | None, time_limit: float) -> Apt:
    """Ask a server's apt, with a further source (deb822) beside its own; `time_limit` in seconds for all of it."""
    ran = session.run(f"sh -c {shlex.quote(question(source, time_limit))}", time_limit)
    if ran.status == NO_PROGRAM:
        raise CannotJudgeError(
            "it has no apt", "waive this criterion for it, and check by hand that its packages can be had"
        )
    return parse(ran.out)


def question(source: str | None, time_limit: float) -> str:
    """Return the script whose output `parse` reads."""
    seconds = max(1.0, time_limit - SLACK) / 3
    asked = {
        "named": "apt --print-uris update",
        "update": "apt update",
        "heads": HEADS,
        "upgrade": "apt --simulate dist-upgrade",
        "files": 'apt --print-uris --yes dist-upgrade > "$T/files"; cat "$T/files"',
        "served": pool.looking(seconds),
        "clock": "date +%s",
    }
    text = source if not source or source.endswith("\n") else f"{source}\n"
    return PREPARE.format(
        source=shlex.quote(text or ""), answer=ANSWER, seconds=seconds, no_program=NO_PROGRAM
    ) + batch.question(asked)


def parse(output: str) -> Apt:
    """Read the answer to `question`."""
    found = batch.sections(output, "named", "update", "heads", "upgrade", "files", "served", "clock")
    named = re.findall(r"^'([^']+)InRelease' (\S*)InRelease ", found["named"], re.MULTILINE)
    heads = {head["File"]: head for head in map(_head, found["heads"].strip().split("\n\n")) if "File" in head}
    complaints = [*_complaints(found["named"]), *_complaints(found["update"]), *_late(found["update"])]
    return Apt(
        tuple(_repository(base, prefix, heads) for base, prefix in named),
        _first_of_each(_fault(words, [base for base, _ in named]) for words in complaints),
        _simulation(found["upgrade"]),
        pool.parse(found["files"], found["served"]),
        _now(found["clock"]),
        output,
    )


def _now(clock: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(clock), UTC)
    except (ValueError, OverflowError, OSError):
        raise CannotJudgeError("the server does not say what time it is") from None


def _head(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def _repository(base: str, prefix: str, heads: dict[str, dict[str, str]]) -> Repository:
    """Apt keeps an InRelease file only when its signature fits, and then takes the signature off a plain one too."""
    signed = f"{prefix}InRelease" in heads
    head = heads.get(f"{prefix}InRelease") or heads.get(f"{prefix}Release") or {}
    return Repository(base, signed, _moment(head.get("Valid-Until")))


def _moment(text: str | None) -> datetime | None:
    """Read a date of a Release file, which is in UTC whatever it says."""
    try:
        return parsedate_to_datetime(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        return None


def _late(output: str) -> list[str]:
    """Say what apt cannot, as `timeout` has ended it."""
    return ["E: apt-get update timed out"] if re.search(rf"^status {TIMED_OUT}$", output, re.MULTILINE) else []


def _complaints(output: str) -> list[str]:
    """Return apt's complaints, each with the lines that continue it."""
    lines = re.sub(r"\n[ \t]+", "  ", output).splitlines()
    return [line for line in lines if COMPLAINT.match(line)]


def _first_of_each(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return one fault for each repository and hop: apt says most things twice."""
    first: dict[tuple[str, str], Fault] = {}
    for fault in faults:
        first.setdefault((fault.repository, fault.hop), fault)
    return tuple(first.values())


def _fault(words: str, bases: Iterable[str]) -> Fault:
    said = re.sub(r"^(Err:\d+|E:|W:( Failed to fetch)?) ", "", words)
    repository = next((base for base in bases if _mentions(said, base)), OF_ALL)
    hop = next((hop for hop, pattern in HOPS if re.search(pattern, _without(said, repository))), "other")
    return Fault(repository, hop, " ".join(_without(said, repository).split()))


def _spellings(base: str) -> str:
    """Return a pattern of how apt names a repository: by its address, or by site and suite (`./` in a flat one)."""
    parts = re.fullmatch(r"(.+)/dists/(.+)/", base) or re.fullmatch(r"(.+)/([^/]+/)", base)
    site, suite = parts.groups() if parts else (base, "")
    return rf"{re.escape(base)}(In)?(Release)?|{re.escape(site)}/? {re.escape(suite)}(?=[ /])( (In)?Release)?"


def _mentions(said: str, base: str) -> bool:
    return re.search(_spellings(base), said) is not None


def _without(said: str, base: str) -> str:
    """Return apt's words without the address of the repository, whose letters say nothing of the hop."""
    return re.sub(_spellings(base), "", said)


def _simulation(output: str) -> Simulation:
    flat = re.sub(r"\n[ \t]+", " ", output)
    status = re.findall(r"^status (\d+)$", output, re.MULTILINE)
    kept = re.findall(r"^The following packages have been kept back:(.*)$", flat, re.MULTILINE)
    return Simulation(
        int(status[-1]) if status else 1,
        dict(re.findall(r"^Inst (\S+) (?:\[[^]]*\] )?\((\S+)", output, re.MULTILINE)),
        tuple(kept[0].split()) if kept else (),
        tuple(re.findall(r"^Remv (\S+)", output, re.MULTILINE)),
        tuple(line for line in flat.splitlines() if line.startswith("E: ") or " : Depends: " in line),
    )
