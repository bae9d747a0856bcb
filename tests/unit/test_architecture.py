"""The rules of ARCHITECTURE.md that a machine can hold."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
OURS = ("targets", "reports", "watch", "steps", "pytest_recette", "commands", "cli", "conftest", "tests")
LAB = "targets.lab"
TOGETHER = ("pytest_recette", "commands", "cli", "conftest", "tests")
"""What ties the layers together, and may therefore import any of them."""
MAY_IMPORT = {
    "targets.lab": ("targets.lab", "targets.secret"),
    "targets.access": ("targets",),
    "targets": ("targets",),
    "reports": ("reports",),
    "steps": ("steps", "targets.access", "targets.model", "targets.subject", "reports.evidence", "reports.rules"),
    "steps.impact": ("steps", "targets.access", "targets.model", "targets.subject", "reports"),
    "watch": ("watch", "targets", "reports"),
    "pytest_recette": ("pytest_recette", "steps", "targets", "reports"),
    "commands": ("commands", "pytest_recette", "reports", "targets", "watch"),
    "cli": ("commands", "pytest_recette", "reports", "targets"),
    "conftest": (),
}
MAY_NOT_IMPORT = {
    "targets.access": ("targets.lab",),
    "targets": ("targets.access", "targets.lab"),
    "pytest_recette": ("targets.lab",),
    "watch": ("targets.lab",),
}


def committed(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=HOME, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := HOME / name).is_file()]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def layer_of(module: str) -> str | None:
    """Return the innermost layer that a module is part of."""
    return max((layer for layer in MAY_IMPORT if is_in(module, layer)), key=len, default=None)


def imports_of(path: Path) -> Iterator[str]:
    """Yield every module of ours that a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relative to itself"
            found = [_imported(node.module or "", alias.name) for alias in node.names]
        else:
            found = []
        yield from (module for module in found if module.partition(".")[0] in OURS)


def _imported(module: str, name: str) -> str:
    """Return the module that `from module import name` needs: name may be one itself."""
    inner = HOME.joinpath(*module.split("."), name)
    return f"{module}.{name}" if inner.is_dir() or inner.with_suffix(".py").exists() else module


MODULES = {module_of(path): path for path in committed("*.py") if "packages" not in path.relative_to(HOME).parts}


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_imports_run_one_way(layer: str) -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, path in MODULES.items()
        if layer_of(module) == layer
        for imported in imports_of(path)
        if not any(is_in(imported, allowed) for allowed in MAY_IMPORT[layer])
        or any(is_in(imported, forbidden) for forbidden in MAY_NOT_IMPORT.get(layer, ()))
    ]
    assert wrong == []


def test_every_module_belongs_to_a_layer() -> None:
    assert [name for name in MODULES if layer_of(name) is None and not is_in(name, "tests")] == []


def test_the_check_of_imports_sees_them() -> None:
    """It would hold whatever the imports were, if it saw none."""
    assert "targets.access.platform" in set(imports_of(MODULES["steps.portal"]))
    assert LAB in {layer_of(name) for name in imports_of(MODULES["commands.demo"])}


def test_the_model_is_known_to_all_and_knows_nobody() -> None:
    model = {name: path for name, path in MODULES.items() if is_in(name, "targets.model")}
    known = {other for path in model.values() for other in imports_of(path)}
    assert {name for name in known if not is_in(name, "targets.model")} == {"targets.references", "targets.secret"}


# Written in pieces, so that this file is clean itself.
UNWANTED = {
    "a path of the machine that it was made on": [
        r"/wo" r"rk/(main|shared)",
        r"(?<![\w-])/ro" r"ot/[a-z.]",
        r"/home/(?!recette/)[a-z]+/",
    ],
    "a registry or mirror": [
        r"de" r"b\.deb" r"ian\.org",
        r"py" r"pi\.(org|python)",
        r"files\.python" r"hosted",
        r"registry\.np" r"mjs",
        r"(security|snapshot|archive)\.deb" r"ian\.org",
    ],
    "verification that is switched off": [
        r"verify\s*=\s*Fal" r"se",
        r"AutoAdd" r"Policy",
        r"Warning" r"Policy\(",
        r"ignore_https" r"_errors",
        r"StrictHostKey" r"Checking[= ]*no",
        r"CERT_" r"NONE",
        r"--ignore-certificate" r"-errors",
        r"/cert:" r"ignore",
        r"check_hostname\s*=\s*Fal" r"se",
        r"--allow-" r"unauthenticated|trusted=" r"yes",
    ],
    "a private key": [r"BEGIN [A-Z ]*PRIVATE " r"KEY-----\n"],
}


@pytest.mark.parametrize("what", UNWANTED)
def test_no_committed_file_holds(what: str) -> None:
    pattern = re.compile("|".join(UNWANTED[what]))
    found = [
        f"{path.relative_to(HOME)}: {match[0]}"
        for path in committed()
        for match in pattern.finditer(path.read_bytes().decode("utf-8", "replace"))
    ]
    assert found == []


def test_every_ignore_is_explained() -> None:
    """`# noqa: S105 -- why` and `# type: ignore[code]  # why`."""
    bare = re.compile(r"# noqa(?!: [A-Z0-9, ]+ --? \S)|# type: ignore(?!\[[a-z-]+\] +# \S)")
    found = [
        f"{path.relative_to(HOME)}:{number}"
        for path in [*committed("*.py"), HOME / "recette"]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line) and path != Path(__file__)
    ]
    assert found == []
