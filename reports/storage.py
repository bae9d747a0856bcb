"""Reads and writes Recette's own files: whole, bounded in size, and kind about what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from reports.files import write_whole

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes; more is none of ours."""
Model = TypeVar("Model", bound=BaseModel)


class RunError(Exception):
    """A run cannot be written, read or used: what, where, and what to do."""


def write(path: Path, model: BaseModel) -> None:
    """Write a file whole or not at all; raise RunError where that cannot be."""
    try:
        write_whole(path, model.model_dump_json(indent=1).encode())
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> RunError:
    """Return what to say of a file or folder that cannot be written."""
    return RunError(
        f"{path} could not be written: {error.strerror}. What was written before is still there. "
        "Make room or give write access, then run again"
    )


def read(path: Path, absent: str) -> bytes:
    """Read a file of bounded size; raise RunError, which says `absent` where there is none."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RunError(f"{path} is too large to be one of Recette's files: restore it, or make the run again")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(absent) from error
    except OSError as error:
        raise RunError(f"{path} could not be read: {error.strerror}. Check its permissions") from error


def parsed(model: type[Model], path: Path, content: bytes) -> Model:
    """Return what a file's content says; raise RunError where it is damaged, or another version's."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise RunError(
            f"{path} is damaged, or was not written by this version of Recette ({where}: {first['msg']}). "
            "Restore it, or make the run again"
        ) from error
