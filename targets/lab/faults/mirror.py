"""Other mirrors of the vendor's packages than the lab's own, signed by the same key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from targets.lab.command import run
from targets.lab.faults.change import Change
from targets.lab.store import Store

MIRROR = "/srv/broken"
SITE = "/etc/nginx/sites-enabled/default"
INDEX = "main/binary-amd64/Packages"
RELEASE = (
    "Codename: 4.6\nSuite: 4.6\nComponents: main\nArchitectures: amd64\nDate: Sat, 01 Jan 2022 00:00:00 UTC\n"
    "{head}SHA256:\n {digest} {size} {index}\n"
)


def served(change: Callable[[str], str] = str, head: str = "", then: str = "") -> Change:
    """Serve another mirror of 4.6, well signed, whose package list is changed and whose Release file says more.

    `then` are commands of the shell in the folder of its package files.
    """

    def breaks(store: Store) -> str:
        packages = change((store.path / f"image/mirror/repository/dists/4.6/{INDEX}").read_text())
        digest, size = hashlib.sha256(packages.encode()).hexdigest(), len(packages.encode())
        release = RELEASE.format(head=head, digest=digest, size=size, index=INDEX)
        return (
            f"cp -r /srv/mirror/repository {MIRROR}\n"
            f"cat > {MIRROR}/dists/4.6/{INDEX} <<'END'\n{packages}END\n"
            f"cat > {MIRROR}/dists/4.6/InRelease <<'END'\n{_signed(store, release)}END\n"
            f"cd {MIRROR}/pool/4.6\n{then}\n"
            f"sed -i 's#/srv/mirror/repository#{MIRROR}#' {SITE}; systemctl reload nginx\n"
        )

    mends = f"sed -i 's#{MIRROR}#/srv/mirror/repository#' {SITE}; systemctl reload nginx; rm -rf {MIRROR}"
    return Change(breaks, mends)


def without(package: str) -> Callable[[str], str]:
    """Leave a package out of the list."""

    def change(packages: str) -> str:
        return "\n\n".join(block for block in packages.split("\n\n") if f"Package: {package}\n" not in f"{block}\n")

    return change


def needing(package: str, needed: str) -> Callable[[str], str]:
    """Let a package need another one."""
    return lambda packages: packages.replace(f"Package: {package}\n", f"Package: {package}\nPre-Depends: {needed}\n")


def _signed(store: Store, text: str) -> str:
    home = store.path / "gnupg"
    gpg: list[str | Path] = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback"]
    signed = run([*gpg, "--clearsign"], home, stdin=text)
    run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], home)
    return signed
