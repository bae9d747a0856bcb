"""Several questions to a machine as one shell command, and its answer taken apart again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from targets.access.outcomes import CannotJudgeError

SECTION = "=== recette {} ==="
SECTIONS = re.compile(r"^=== recette (\w+) ===\n(.*?)(?=^=== recette |\Z)", re.DOTALL | re.MULTILINE)


def question(asked: Mapping[str, str]) -> str:
    """Return the one shell command that asks all of it; `asked` gives a shell command for each section's name."""
    return "; ".join(f"echo {shlex.quote(SECTION.format(name))}; {command}" for name, command in asked.items())


def sections(output: str, *wanted: str) -> dict[str, str]:
    """Read the answer to `question`; raise CannotJudgeError where it breaks off: what was not said judges nothing.

    What stands before the first section, such as a banner, is nobody's answer.
    """
    found = dict(SECTIONS.findall(output))
    if missing := set(wanted) - found.keys():
        raise CannotJudgeError(f"the machine's answer is incomplete: no {', '.join(sorted(missing))}")
    return found
