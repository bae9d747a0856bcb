"""Evidence as the page shows it: embedded, sized down, within a budget, only while its hash is as recorded."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from reports.files import sha256
from reports.pictures import Picture, PictureError, reencoded
from reports.results import Evidence, Result

_LONGEST_SIDE = 1200
_LARGEST_PICTURE = 160 * 1024
_LONGEST_TEXT = 8 * 1024
# Beyond this a page gets slow to open and too large to send by mail.
PICTURES_BUDGET = 16 * 1024 * 1024
TEXTS_BUDGET = 4 * 1024 * 1024


@dataclass(frozen=True)
class Exhibit:
    """A piece of evidence on the page: a picture, a text, or a note why it is neither."""

    evidence: Evidence
    picture: Picture | None = None
    text: str | None = None
    note: str | None = None

    @property
    def is_picture(self) -> bool:
        """Tell a picture, also one that cannot be shown."""
        return self.evidence.media_type.startswith("image/")

    @property
    def size(self) -> int:
        """Return how many bytes it takes on the page."""
        return len(self.picture.content if self.picture else self.text or "")

    @property
    def uri(self) -> Markup | None:
        """Return the picture as a data URI, which needs no escaping."""
        if self.picture is None:
            return None
        return Markup("data:image/webp;base64,{}").format(base64.b64encode(self.picture.content).decode())


class Exhibits:
    """The evidence of some results, the most important first, for they share a budget."""

    def __init__(self, found: Iterable[tuple[Path, Result]]) -> None:
        wanted = [(folder, evidence) for folder, result in found for evidence in result.evidence]
        self._shown: dict[tuple[Path, str], Exhibit] = {}
        self._pictures = PICTURES_BUDGET
        self._texts = TEXTS_BUDGET
        self.left_out = 0
        # Pillow works outside Python's lock, so threads use every core.
        with ThreadPoolExecutor() as pool:
            for (folder, evidence), loaded in zip(wanted, pool.map(_load, wanted), strict=True):
                self._shown[folder, evidence.file] = self._within_budget(loaded)

    def of(self, folder: Path, result: Result) -> list[Exhibit]:
        """Return the exhibits of a result whose run is in `folder`."""
        return [self._shown[folder, evidence.file] for evidence in result.evidence]

    def _within_budget(self, exhibit: Exhibit) -> Exhibit:
        if self._take(exhibit):
            return exhibit
        self.left_out += 1
        return Exhibit(exhibit.evidence, note="left out here, for the page would be too large")

    def _take(self, exhibit: Exhibit) -> bool:
        if exhibit.is_picture:
            self._pictures -= exhibit.size
            return self._pictures >= 0
        self._texts -= exhibit.size
        return self._texts >= 0


def _load(wanted: tuple[Path, Evidence]) -> Exhibit:
    folder, evidence = wanted
    try:
        content = (folder / evidence.file).read_bytes()
    except OSError as error:
        return Exhibit(evidence, note=f"cannot be read: {error.strerror}")
    if sha256(content) != evidence.sha256:
        return Exhibit(evidence, note="not shown, for the file is not what was recorded")
    return _picture(evidence, content) if evidence.media_type.startswith("image/") else _text(evidence, content)


def _picture(evidence: Evidence, content: bytes) -> Exhibit:
    try:
        return Exhibit(evidence, reencoded(content, "WEBP", side=_LONGEST_SIDE, size=_LARGEST_PICTURE))
    except PictureError as error:
        return Exhibit(evidence, note=f"cannot be shown: {error}")


def _text(evidence: Evidence, content: bytes) -> Exhibit:
    if len(content) <= _LONGEST_TEXT:
        return Exhibit(evidence, text=_decoded(content))
    return Exhibit(
        evidence, text=_decoded(content[:_LONGEST_TEXT]), note=f"the first {_LONGEST_TEXT} of {len(content)} bytes"
    )


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")
