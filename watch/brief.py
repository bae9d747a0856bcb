"""What a watching process is told when it starts: on its standard input, for it holds secrets."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reports.samples import WatchFile, read_watch
from targets.model.target import Target
from targets.redaction import Redactor
from targets.secret import Secret


@dataclass(frozen=True)
class Brief:
    """What to watch, and where to write; `seconds` is for how long, None for until it is stopped."""

    folder: Path
    target: Target
    secrets: Mapping[str, Secret]
    seconds: float | None = None

    @property
    def watch(self) -> WatchFile:
        """What the watch is of, as its folder says."""
        return read_watch(self.folder)

    @property
    def redactor(self) -> Redactor:
        """What takes the target's secrets out of text."""
        return Redactor(self.secrets.values())

    def encoded(self) -> bytes:
        """Return it for another process's standard input: the one place where its secrets are shown."""
        return json.dumps(
            {
                "folder": str(self.folder),
                "target": self.target.model_dump(mode="json", by_alias=True),
                "secrets": {name: secret.reveal() for name, secret in self.secrets.items()},
                "seconds": self.seconds,
            }
        ).encode()


def received() -> Brief:
    """Return what came on standard input."""
    told = json.load(sys.stdin)
    return Brief(
        Path(told["folder"]),
        Target.model_validate(told["target"]),
        {name: Secret(value) for name, value in told["secrets"].items()},
        told["seconds"],
    )
