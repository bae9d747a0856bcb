"""What a watch leaves behind: who was watched, every sample, every mark.

A watch is a folder like any run. `watch.json` says what is watched, `samples.jsonl` and `marks.jsonl` hold one JSON
object a line, in the order in which they came. All of it is raw: written as it comes, never edited.

Times are seconds since the watch began, by the monotonic clock: a wall clock may be set back in the middle of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from reports.files import write_whole
from reports.storage import RunError

WATCH_FILE = "watch.json"
SAMPLES_FILE = "samples.jsonl"
MARKS_FILE = "marks.jsonl"
LONGEST_LINE = 16 * 1024
CONTROL = "control"
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Words = Annotated[str, StringConstraints(max_length=500)]
_Model = TypeVar("_Model", bound=BaseModel)


class State(StrEnum):
    """How a service was found. `lost` is for held sessions: the platform answers, and the session is gone."""

    OK = "ok"
    AWAY = "away"
    LOST = "lost"
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """How far an attempt came that failed."""

    NAME = "name"
    CONNECT = "connect"
    TLS = "TLS"
    PROTOCOL = "protocol"
    CONTENT = "content"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sample(_Strict):
    """One attempt: when it started, how long it took, and what came of it.

    `kept` tells attempts over a kept connection from those over a new one.
    """

    at: Seconds
    took: Seconds
    service: str
    kept: bool = False
    state: State
    stage: Stage | None = None
    text: Words = ""


class Mark(_Strict):
    """Something that happened during the watch.

    `begin` and `end` are of an upgrade step; `release` is what a machine was seen at (`text` says what changed);
    `note` is what a person wants to remember. `wall` is when it was written down, by the wall clock.
    """

    at: Seconds
    wall: AwareDatetime
    what: Literal["begin", "end", "release", "note"]
    text: Words = ""
    component: str | None = None
    machine: str | None = None
    release: Words | None = None


class Watched(_Strict):
    """A service, or a session that is held; `every` is its beat in seconds.

    `interrupted_by` names the components whose upgrade interrupts it, as the vendor says.
    """

    name: str
    kind: str
    component: str
    machine: str | None = None
    every: Annotated[float, Field(gt=0)]
    held: bool = False
    interrupted_by: tuple[str, ...] = ()


class WatchFile(_Strict):
    """What a watch is of. `origin` is this machine's monotonic clock when it began, `every` the beat in seconds."""

    format: Literal[1] = 1
    started: AwareDatetime
    origin: float
    every: Annotated[float, Field(gt=0)]
    watched: tuple[Watched, ...]
    control: bool

    def wall(self, at: float) -> datetime:
        """Return the wall-clock time of a moment of the watch."""
        return self.started + timedelta(seconds=at)


def write_watch(folder: Path, watch: WatchFile) -> None:
    """Write what a watch is of. Raises OSError."""
    write_whole(folder / WATCH_FILE, watch.model_dump_json(indent=1).encode())


def read_watch(folder: Path) -> WatchFile:
    """Return what a watch is of. Raises RunError where the folder holds none, or a damaged one."""
    try:
        return WatchFile.model_validate_json((folder / WATCH_FILE).read_bytes())
    except FileNotFoundError:
        raise RunError(f"{folder} holds no watch: name the folder of a run of the phase watch") from None
    except (OSError, ValidationError) as error:
        raise RunError(f"{folder / WATCH_FILE} cannot be read: {str(error).splitlines()[0]}") from None


def samples(folder: Path) -> Iterator[Sample]:
    """Yield the samples of a watch in the order in which they came; raises RunError where the file cannot be read."""
    return _lines(folder / SAMPLES_FILE, Sample)


def marks(folder: Path) -> Iterator[Mark]:
    """Yield the marks of a watch in the order in which they came; raises RunError where the file cannot be read."""
    return _lines(folder / MARKS_FILE, Mark)


def parsed(line: bytes, model: type[_Model]) -> _Model | None:
    """Return what a line holds, or None where it is damaged: a watch that was killed may leave half a line."""
    try:
        return model.model_validate_json(line)
    except ValidationError:
        return None


def _lines(path: Path, model: type[_Model]) -> Iterator[_Model]:
    """Skip what is damaged: what it said is then missing, and so unknown, never well."""
    try:
        with path.open("rb") as file:
            while line := file.readline(LONGEST_LINE):
                if (found := parsed(line, model)) is not None:
                    yield found
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}. Check its permissions") from error
