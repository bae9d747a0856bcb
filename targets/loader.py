"""Reads a target file: all of its faults at once, or a target with its secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from json import dumps
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from targets import consistency, fleet, traits, wording
from targets.fleet import Row
from targets.model.components import Component
from targets.model.target import Target
from targets.problems import Problem, TargetError, printable
from targets.redaction import Redactor
from targets.references import Surroundings
from targets.secret import FromPrompt, MissingSecretError, Secret, SecretReference
from targets.yaml_document import MOST_BYTES, Document, Fault, UnreadableError, parse

TARGETS = Path(__file__).parent
SECRET_REFERENCE: TypeAdapter[SecretReference] = TypeAdapter(SecretReference)


@dataclass(frozen=True)
class LoadedTarget:
    """A target with what reading it gave: where the file is, its SHA-256 (hexadecimal), the secret of each user.

    `fleet` holds the kinds of machine that the new client and agent are for, by component.
    """

    target: Target
    path: Path
    sha256: str
    secrets: dict[str, Secret]
    fleet: dict[Component, list[Row]] = field(default_factory=dict)

    @cached_property
    def redactor(self) -> Redactor:
        """What takes this target's secrets out of text."""
        return Redactor(self.secrets.values())


def load(name: str | Path, *, for_use: bool = True) -> LoadedTarget:
    """Load a target by its file's path, or by name: ``lab`` is ``targets/lab.yaml`` of this checkout.

    Secrets are fetched, and those behind a prompt asked for, once all else is well. To write of a target, and not
    `for_use`, neither they nor the files that it names have to be here. Raises TargetError with every fault, and
    whatever is wrong with the secrets.
    """
    path = find(name)
    content = _read(path)
    try:
        document = parse(content)
    except UnreadableError as error:
        raise TargetError([_problem(path, error.fault)]) from None
    around = _surroundings(path, document, files=for_use)
    faults = [*document.faults, *_rules(document)]
    target = _validate(document, around, faults)
    secrets = _secrets(document, around, faults) if for_use else {}
    rows, bad_rows = _fleet(target, must_be_here=for_use)
    if faults or bad_rows or target is None:
        raise TargetError([*(_problem(path, fault) for fault in faults), *bad_rows])
    return LoadedTarget(target, path, hashlib.sha256(content).hexdigest(), secrets, rows)


def redactor_at_hand(name: str | Path) -> Redactor:
    """Return what takes a target's secrets out of text, as far as they are here: nobody is asked for one.

    Raises TargetError where the target file cannot be read.
    """
    path = find(name)
    try:
        document = parse(_read(path))
    except UnreadableError as error:
        raise TargetError([_problem(path, error.fault)]) from None
    secrets = []
    for _, reference in _references(document, _surroundings(path, document, files=True)):
        if not isinstance(reference, FromPrompt) or reference.was_answered:
            with suppress(MissingSecretError):
                secrets.append(reference.read())
    return Redactor(secrets)


def find(name: str | Path) -> Path:
    """Return where the target file of that name or path is; raise TargetError where there is none."""
    if str(name) in ours_by_name():
        return TARGETS / f"{name}.yaml"
    path = Path(name)
    try:
        path = path.expanduser()
        if path.is_file():
            return path
        text = "is not a file" if path.exists() else "there is no such file"
    except (OSError, ValueError, RuntimeError) as error:
        text = f"cannot be a file ({error})"
    advice = f"give the path of a target file, or a name of this checkout: {', '.join(ours_by_name())}"
    raise TargetError([Problem(printable(name), 0, 0, printable(f"{text}; {advice}"))])


def ours_by_name() -> list[str]:
    """Return the names of the target files that come with this checkout."""
    return sorted(path.stem for path in TARGETS.glob("*.yaml"))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise TargetError([Problem(printable(path), 0, 0, f"cannot be read ({error.strerror})")]) from None


def _problem(path: Path, fault: Fault) -> Problem:
    return Problem(_from_here(path), fault.place.line, fault.place.column, printable(fault.text))


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return printable(path.relative_to(here) if path.is_relative_to(here) else path)


def _surroundings(path: Path, document: Document, *, files: bool) -> Surroundings:
    users, machines = traits.user_traits(document.data), traits.machine_traits(document.data)
    return Surroundings(path.resolve().parent, users, machines, files)


def _rules(document: Document) -> Iterator[Fault]:
    for path, text in consistency.findings(document.data):
        yield Fault(document.values[document.nearest(path)], text)


def _validate(document: Document, around: Surroundings, faults: list[Fault]) -> Target | None:
    """Return the target, or None with the reasons added to faults."""
    try:
        # As JSON, since pydantic is then strict (no "yes" for a number) and still takes text for paths and addresses.
        return Target.model_validate_json(dumps(document.data), strict=True, context=around)
    except ValidationError as error:
        faults += wording.faults(error.errors(include_url=False, include_input=False), document)
        return None


def _fleet(target: Target | None, *, must_be_here: bool) -> tuple[dict[Component, list[Row]], list[Problem]]:
    """Return the fleet's rows by component, and every row that says nothing usable."""
    rows: dict[Component, list[Row]] = {}
    problems: list[Problem] = []
    for component, file in target.fleet.files() if target else ():
        if not (must_be_here or file.exists()):
            continue
        rows[component], wrong = fleet.read(file)
        problems += [Problem(_from_here(Path(each.file)), each.line, each.column, each.text) for each in wrong]
    return rows, problems


def _secrets(document: Document, around: Surroundings, faults: list[Fault]) -> dict[str, Secret]:
    """Return each user's secret; what is missing is added to faults, and nobody is asked while there are any."""
    references = dict(_references(document, around))
    secrets: dict[str, Secret] = {}
    for (number, name), reference in sorted(references.items(), key=lambda item: isinstance(item[1], FromPrompt)):
        if faults and isinstance(reference, FromPrompt):
            break
        try:
            secrets[name] = reference.read()
        except MissingSecretError as error:
            faults.append(Fault(document.values["users", number, "password"], f"“{name}” has no password: {error}"))
    return secrets


def _references(document: Document, around: Surroundings) -> Iterator[tuple[tuple[int, str], SecretReference]]:
    users = document.data.get("users") if isinstance(document.data, dict) else None
    for number, user in enumerate(users if isinstance(users, list) else ()):
        if isinstance(user, dict) and "password" in user:
            try:
                found = SECRET_REFERENCE.validate_json(dumps(user["password"]), strict=True, context=around)
            except ValidationError:
                continue  # already among the faults of the whole
            yield (number, str(user.get("name"))), found
