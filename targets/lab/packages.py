"""The vendor's stand-in packages, built for both releases, and the signed APT repository that serves them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from targets.lab import layers
from targets.lab.command import run
from targets.lab.debian_image import APT_INSTALL
from targets.lab.store import Store

TREES = Path(__file__).with_name("packages")
RELEASES = {"4.5": "4.5.0", "4.6": "4.6.0"}
BEFORE, AFTER = RELEASES
PLACEHOLDER = b"@VERSION@"
CHECKSUMS = "SHA256SUMS"
SIGNER = "Cleanroom lab repository"
PREPARE_PATIENCE = 600.0


def names() -> list[str]:
    """Give the names of all stand-in packages."""
    return sorted(tree.name for tree in TREES.iterdir() if (tree / "DEBIAN/control").is_file())


def package_stamp(package: str, version: str) -> str:
    """Give the stamp of a package at a version: every file of its tree, with its mode."""
    tree = TREES / package
    files = sorted(path for path in tree.rglob("*") if path.is_symlink() or path.is_file())
    parts = [f"{path.relative_to(tree)} {path.lstat().st_mode:o}".encode() + _content(path) for path in files]
    return layers.stamp(version, *parts)


def ensure_repository(store: Store) -> None:
    """Build the packages that changed, and the repository when one did."""
    stamps = {(name, series): package_stamp(name, RELEASES[series]) for name in names() for series in RELEASES}
    for (name, series), made_of in stamps.items():
        layer = _package_layer(store, name, series)
        layers.ensure(layer, made_of, store.path / "building" / layer.name, partial(_build, name, RELEASES[series]))
    made_of = layers.stamp(repr(sorted(stamps.items())), repository_key(store), CHECKSUMS)
    repository = store.path / "image" / "mirror" / "repository"
    layers.ensure(repository, made_of, store.path / "building/repository", partial(_repository, store))


def repository_key(store: Store) -> str:
    """Give the public key (ASCII armour) that signs the repository of this store; made on first use."""
    home = store.path / "gnupg"
    if not (home / "public.asc").exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _gpg(home, "--passphrase", "", "--quick-generate-key", SIGNER, "ed25519", "sign", "never")
        _gpg(home, "--armor", "--output", str(home / "public.asc"), "--export", SIGNER)
        _stop_agent(home)
    return (home / "public.asc").read_text()


def apt_source(series: str) -> str:
    """Give the deb822 source of a machine: one suite of the lab's repository, trusted by its own key only."""
    return (
        f"Types: deb\nURIs: http://repo.cleanroom.test/\nSuites: {series}\nComponents: main\n"
        "Signed-By: /etc/apt/keyrings/cleanroom.asc\n"
    )


def upgrading(names: Sequence[str]) -> str:
    """Give the shell script that brings a machine's stand-ins to the new release, from the lab's repository."""
    wanted = " ".join(f"{name}={RELEASES[AFTER]}" for name in names)
    return (
        f"cat > /etc/apt/sources.list.d/cleanroom.sources <<'END'\n{apt_source(AFTER)}END\n"
        f"apt-get update --quiet\n{APT_INSTALL} {wanted}\n"
    )


def _package_layer(store: Store, name: str, series: str) -> Path:
    return store.path / "image" / "packages" / f"{name}_{RELEASES[series]}"


def _build(name: str, version: str, place: Path) -> Path:
    root, done = place / "root", place / "done"
    done.mkdir()
    root.mkdir()
    _copy(TREES / name / "root", root, version)
    if (TREES / name / "prepare").is_file():
        run([TREES / name / "prepare"], place, cwd=root, timeout=PREPARE_PATIENCE)
    _copy(TREES / name / "DEBIAN", root / "DEBIAN", version)
    run(["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", root, done], place, timeout=PREPARE_PATIENCE)
    return done


def _copy(tree: Path, target: Path, version: str) -> None:
    if not tree.is_dir():
        return
    shutil.copytree(tree, target, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path in target.rglob("*"):
        if path.is_file() and not path.is_symlink() and PLACEHOLDER in (content := path.read_bytes()):
            path.write_bytes(content.replace(PLACEHOLDER, version.encode()))


def _repository(store: Store, place: Path) -> Path:
    for series in RELEASES:
        pool = place / "done" / "pool" / series
        pool.mkdir(parents=True)
        for name in names():
            for package in _package_layer(store, name, series).glob("*.deb"):
                shutil.copy(package, pool)
        _index(store, place / "done", series)
    _checksums(store, place / "done")
    _stop_agent(store.path / "gnupg")
    return place / "done"


def _index(store: Store, root: Path, series: str) -> None:
    suite = root / "dists" / series
    (suite / "main/binary-amd64").mkdir(parents=True)
    (suite / "main/binary-amd64/Packages").write_text(
        run(["apt-ftparchive", "packages", f"pool/{series}"], root, cwd=root)
    )
    settings = {"Origin": SIGNER, "Suite": series, "Codename": series, "Components": "main", "Architectures": "amd64"}
    options = [f"-oAPT::FTPArchive::Release::{name}={value}" for name, value in settings.items()]
    (suite / "Release").write_text(run(["apt-ftparchive", *options, "release", f"dists/{series}"], root, cwd=root))
    _gpg(store.path / "gnupg", "--output", str(suite / "InRelease"), "--clearsign", str(suite / "Release"))


def _checksums(store: Store, root: Path) -> None:
    """List what can be downloaded, and sign the list."""
    packages = sorted(str(path.relative_to(root)) for path in root.glob("pool/*/*.deb"))
    (root / CHECKSUMS).write_text(run(["sha256sum", *packages], root, cwd=root))
    signature = ["--armor", "--output", str(root / f"{CHECKSUMS}.asc"), "--detach-sign", str(root / CHECKSUMS)]
    _gpg(store.path / "gnupg", *signature)


def _gpg(home: Path, *words: str) -> None:
    run(["gpg", "--homedir", str(home), "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", *words], home)


def _stop_agent(home: Path) -> None:
    run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], home)


def _content(path: Path) -> bytes:
    return str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
