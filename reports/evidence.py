"""What one criterion on one subject leaves as it is exercised."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pydantic import JsonValue

from reports.comparison import broken, sentence
from reports.files import sha256, write_whole
from reports.pictures import Picture, PictureError, reencoded
from reports.results import Evidence, Observation, Result
from reports.rules import Rule
from reports.scrubbing import Scrub, scrubbed, scrubbed_value
from reports.wording import shortened

FOLDER = "evidence"
LARGEST_TEXT = 1024 * 1024
LARGEST_PICTURE = 2 * 1024 * 1024
LARGEST_OBSERVATION = 64 * 1024
LARGEST_GIVEN = 32 * 1024 * 1024
LONGEST_SIDE = 2560


class Differs(AssertionError):  # noqa: N818 - reads as the sentence that it is: raise Differs("… was … and is …")
    """A value is not what the baseline allows."""


class EvidenceError(Exception):
    """A file that a person gives cannot be kept: which, why, and what can."""


class Record:
    """Observations and evidence of one criterion on one subject.

    `folder` is the run's folder, `scrub` takes secrets out of a text, `before` is the result in the accepted baseline.
    """

    def __init__(
        self, folder: Path, criterion: str, subject: str, *, scrub: Scrub, before: Result | None = None
    ) -> None:
        self.observations: list[Observation] = []
        self.evidence: list[Evidence] = []
        self._folder = folder
        self._owner = f"{_slug(criterion)}-{_slug(subject).lower()}"
        self._scrub = scrub
        self._before = before

    def observe(self, name: str, value: JsonValue, rule: Rule | None = None) -> None:
        """Keep a value under a name of its own, and judge it by its rule.

        Raises Differs where the baseline has that observation and the rule does not hold; ValueError as `note` does.
        """
        self._compare(self.note(name, value, rule))

    def note(self, name: str, value: JsonValue, rule: Rule | None = None) -> Observation:
        """Keep a value under a name of its own, for a step that judges it itself.

        Raises ValueError for a name that was used already, and for a value that is not JSON or larger than 64 KiB.
        """
        if any(name == observation.name for observation in self.observations):
            raise ValueError(f"{name} was observed already: each observation of a criterion needs a name of its own")
        observation = Observation(name=name, value=value, rule=rule)
        observation = observation.model_copy(update={"value": scrubbed_value(observation.value, self._scrub)})
        _check_size(observation)
        self.observations.append(observation)
        return observation

    def before(self, name: str) -> Observation | None:
        """Return what the accepted baseline has under that name; None where there is nothing to compare with."""
        seen = self._before.observations if self._before else ()
        return next((observation for observation in seen if observation.name == name), None)

    def text(self, title: str, text: str, media_type: str = "text/plain") -> None:
        """Keep a text, such as a response or a command's output; at most 1 MiB of it.

        Whatever its media type, it is kept as .txt, for a browser would run the scripts of a hostile page.
        """
        content = scrubbed(text, self._scrub).encode()
        self._keep(title, ".txt", media_type, _cut(content))

    def image(self, title: str, picture: bytes) -> None:
        """Keep a picture (PNG, JPEG or WebP) as a PNG of at most 2 MiB; what cannot be decoded leaves a note why."""
        try:
            kept = _picture(picture)
        except PictureError as error:
            self.text(title, f"The picture ({len(picture)} bytes) could not be kept: {error}")
        else:
            self._keep(title, ".png", "image/png", kept.content)

    def given(self, path: Path) -> None:
        """Keep a file that a person gives: a picture (PNG, JPEG, WebP), or a text. Raises EvidenceError for others."""
        content = _read(path)
        try:
            self._keep(path.name, ".png", "image/png", _picture(content).content)
        except PictureError:
            self.text(path.name, _plain_text(path, content))

    def _compare(self, observation: Observation) -> None:
        difference = broken(observation, self._before) if self._before else None
        if difference:
            raise Differs(sentence(difference))

    def _keep(self, title: str, suffix: str, media_type: str, content: bytes) -> None:
        title = shortened(scrubbed(title, self._scrub))
        path = self._reserved(title, suffix)
        write_whole(path, content)
        self.evidence.append(
            Evidence(
                title=title,
                file=f"{FOLDER}/{path.name}",
                media_type=media_type,
                size=len(content),
                sha256=sha256(content),
            )
        )

    def _reserved(self, title: str, suffix: str) -> Path:
        """Take a name that no other process can take at the same time: an empty file holds it."""
        folder = self._folder / FOLDER
        folder.mkdir(exist_ok=True)
        number = len(self.evidence) + 1
        while True:
            path = folder / f"{self._owner}-{number}-{_slug(title).lower()}{suffix}"
            try:
                path.touch(exist_ok=False)
            except FileExistsError:
                number += 1
            else:
                return path


def _picture(content: bytes) -> Picture:
    return reencoded(content, "PNG", side=LONGEST_SIDE, size=LARGEST_PICTURE)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_GIVEN + 1)
    except (OSError, ValueError) as error:
        raise EvidenceError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > LARGEST_GIVEN:
        raise EvidenceError(f"{path} is larger than {LARGEST_GIVEN // 1024**2} MiB: give the part that shows it")
    return content


def _plain_text(path: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise EvidenceError(f"{path} is neither a picture (PNG, JPEG, WebP) nor a text: give a screenshot of it")
    return text


def _slug(text: str) -> str:
    """Make a readable part of a file name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text)[:48].strip("-") or "x"


def _cut(content: bytes) -> bytes:
    if len(content) <= LARGEST_TEXT:
        return content
    kept = content[:LARGEST_TEXT].decode("utf-8", "ignore").encode()
    return kept + f"\n\n[Recette kept the first {LARGEST_TEXT} of {len(content)} bytes]\n".encode()


def _check_size(observation: Observation) -> None:
    size = len(json.dumps(observation.value))
    if size > LARGEST_OBSERVATION:
        raise ValueError(
            f"{observation.name} is too large to keep: {size} bytes, at most {LARGEST_OBSERVATION}; "
            "observe less of it, or keep it as evidence"
        )
