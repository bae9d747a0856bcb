"""The JSON Schema of target files, for editors: ``python -m targets.schema`` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path

from targets.model.target import Target

SCHEMA_FILE = Path(__file__).with_name("target.schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def text() -> str:
    """Return the schema as it is to stand in its file."""
    schema = {"$schema": DIALECT, **Target.model_json_schema(), "title": "Target of Recette"}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(text(), encoding="utf-8")
