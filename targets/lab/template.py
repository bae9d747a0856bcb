"""Site files from templates: Jinja2, in which a value that is missing is an error and XML is escaped."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

FOLDER = Path(__file__).parent / "roles"
TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER),
    undefined=StrictUndefined,
    autoescape=select_autoescape(["xml", "html"]),
    keep_trailing_newline=True,
)


def render(name: str, **values: object) -> str:
    """Fill in the template ``targets/lab/roles/<name>``; raises jinja2.UndefinedError for a value not given."""
    return TEMPLATES.get_template(name).render(**values)
