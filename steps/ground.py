"""What the servers stand on."""

from __future__ import annotations

from contextlib import suppress
from statistics import median

from pytest_bdd import then

from reports.evidence import Record
from steps.exchange import exchange
from steps.judging import must
from targets.access import ground
from targets.access.ground import Clock, ControllerState, Ground
from targets.access.outcomes import CannotJudgeError
from targets.access.platform import Platform
from targets.model.machines import Machine
from targets.subject import Cluster, Servers, Subject

DEBIAN = "debian"


@exchange("the server is asked what it stands on")
def ask_ground(platform: Platform, subject: Subject) -> Ground:
    """Read it all with one command."""
    folders = list(platform.target.preparation.free)
    return ground.ask(platform.session(subject.a(Machine)), folders, platform.limits.answer)


@exchange("the server's clock and those of the others are read")
def read_clocks(platform: Platform, subject: Subject) -> dict[str, Clock]:
    """Read clocks, each once a run; return them by the servers' names, without those others that cannot be read."""
    clocks = {subject.name: _clock(platform, subject.name)}
    for other in subject.a(Servers).machines:
        with suppress(CannotJudgeError):
            clocks[other.name] = _clock(platform, other.name)
    if len(clocks) == 1:
        raise CannotJudgeError(f"no other server's clock could be read, to compare that of {subject.name} with")
    return clocks


def _clock(platform: Platform, server: str) -> Clock:
    def read() -> Clock:
        return ground.read_clock(platform.session(platform.target.machine(server)), platform.limits.answer)

    return platform.once(("clock", server), read)


@exchange("every Mediation Controller is asked for what the cluster shares")
def ask_cluster(platform: Platform, subject: Subject) -> dict[str, ControllerState]:
    """Ask each controller, by its name."""
    files = platform.target.preparation.cluster.files
    return {
        one.name: ground.ask_controller(platform.session(one), files, platform.limits.answer)
        for one in subject.a(Cluster).controllers
    }


@then("it runs the expected Debian release")
def runs_release(answer: Ground, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge by os-release(5)."""
    record.text("ground", answer.raw)
    record.observe("debian", answer.debian)
    expected = f"{DEBIAN} {platform.target.preparation.debian}"
    must(answer.debian == expected, f"{subject.name} runs {answer.debian or 'who knows what'}, not {expected}")


@then("the file systems have the free space that the upgrade needs")
def has_room(answer: Ground, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge what is free for those who are not root."""
    record.observe("disk.free_mb", {**answer.free})
    needed = platform.target.preparation.free
    short = [f"{folder} has {answer.free[folder]} MB, {mb} are needed" for folder, mb in needed.items()
             if (answer.free[folder] or 0) < mb]  # fmt: skip
    must(not short, f"on {subject.name} there is too little room: {'; '.join(short)}")


@then("it has the memory that the vendor asks for")
def has_memory(answer: Ground, platform: Platform, subject: Subject, record: Record) -> None:
    """Judge by what the kernel may use."""
    record.observe("memory.mb", answer.memory)
    component = subject.a(Machine).component
    needed = platform.target.preparation.memory.of(component) if component else 0
    must(answer.memory >= needed, f"{subject.name} has {answer.memory} MB of memory, {needed} are asked for")


@then("no package is half installed")
def all_whole(answer: Ground, subject: Subject) -> None:
    """Judge by dpkg's own state of every package."""
    half = [package.name for package in answer.packages if not package.is_whole]
    must(not half, f"on {subject.name} packages are half installed: {', '.join(half)}; see dpkg --audit")


@then("no package is held")
def none_held(answer: Ground, subject: Subject) -> None:
    """Judge every package: what is held would not be upgraded."""
    held = [package.name for package in answer.packages if package.is_held]
    must(not held, f"on {subject.name} packages are held: {', '.join(held)}; see apt-mark unhold")


@then("it does not stand out where clocks are further apart than allowed")
def agrees(answer: dict[str, Clock], platform: Platform, subject: Subject, record: Record) -> None:
    """Judge the servers against one another, each by how far it is from their middle."""
    record.observe("clock.ahead", {name: round(clock.ahead, 3) for name, clock in answer.items()})
    allowed = platform.target.preparation.clock
    off = astray(answer, allowed).get(subject.name, 0.0)
    must(
        not off,
        f"the clock of {subject.name} is {off:+.1f} s from the middle of all servers, which may be {allowed:g} s apart",
    )


def astray(clocks: dict[str, Clock], allowed: float) -> dict[str, float]:
    """Return the servers that stand out where any two clocks differ by more than `allowed` seconds, and by how much."""
    surely = [(clock.ahead - clock.unsure, clock.ahead + clock.unsure) for clock in clocks.values()]
    if max(low for low, _ in surely) - min(high for _, high in surely) <= allowed:
        return {}
    middle = median(clock.ahead for clock in clocks.values())
    off = {name: clock.ahead - middle for name, clock in clocks.items()}
    return {name: seconds for name, seconds in off.items() if abs(seconds) >= allowed / 2}


@then("the files that the cluster shares are the same on all of them")
def files_alike(answer: dict[str, ControllerState], platform: Platform, record: Record) -> None:
    """Judge by hash; one that cannot be read on a controller is not the same there."""
    shared = {file: {name: state.files[file] for name, state in answer.items()}
              for file in platform.target.preparation.cluster.files}  # fmt: skip
    record.text("files", "\n".join(f"{name} {digest or 'cannot be read'} {file}" for file, by_name in shared.items()
                                   for name, digest in by_name.items()))  # fmt: skip
    for file, digests in shared.items():
        unread = [name for name, digest in digests.items() if not digest]
        if len(unread) == len(digests):
            raise CannotJudgeError(f"{file} cannot be read on any controller", "let the reading account read it")
        must(not unread, f"{file} is not there, or cannot be read, on {', '.join(unread)}")
        must(len(set(digests.values())) == 1, f"{file} differs between {' and '.join(digests)}")


@then("exactly one of them holds the floating address")
def one_holds_address(answer: dict[str, ControllerState], platform: Platform, record: Record) -> None:
    """Judge where the target names that address: none would be an outage, two a split cluster."""
    address = platform.target.preparation.cluster.address
    if address is None:
        return
    holders = [name for name, state in answer.items() if str(address) in state.addresses]
    record.observe("cluster.holder", [*holders])
    record.text("addresses", "\n".join(f"{name} {' '.join(state.addresses)}" for name, state in answer.items()))
    must(len(holders) == 1, f"{address} is held by {' and '.join(holders) or 'no controller'}")
