"""Debian as this computer gets it: the mirrors come from its own apt sources."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from targets.lab.command import LabError, run

RELEASE = "bookworm"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
TARGETS = ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"]


@cache
def _mirrors() -> dict[str, str]:
    lines = run(TARGETS, Path("/etc/apt")).splitlines()
    return {line.split()[0]: line.split()[1] for line in reversed(lines)}


def mirror() -> str:
    """Give the address of the Debian mirror; raises LabError when this computer's apt knows none."""
    try:
        return _mirrors()[RELEASE]
    except KeyError:
        raise LabError(
            f"apt on this computer has no source for Debian 12 ({RELEASE}): add one, then try again."
        ) from None


def sources(extra_suites: tuple[str, ...] = ()) -> str:
    """Give the deb822 sources (sources.list(5)) for building: Debian 12 with its fixes, and older suites beside it."""
    suites = [suite for suite in (RELEASE, f"{RELEASE}-updates", f"{RELEASE}-security") if suite in _mirrors()]
    stanzas = [(_mirrors()[suite], suite) for suite in suites] + [(mirror(), suite) for suite in extra_suites]
    return "\n".join(
        f"Types: deb\nURIs: {address}\nSuites: {suite}\nComponents: main\nSigned-By: {KEYRING}\n"
        for address, suite in stanzas
    )


def preferences(extra_suites: tuple[str, ...]) -> str:
    """Give apt preferences (apt_preferences(5)) by which an older suite serves only what Debian 12 lacks."""
    return "\n".join(f"Package: *\nPin: release n={suite}\nPin-Priority: 100\n" for suite in extra_suites)
