"""Applications: what a user's groups allow, kept in the organization's database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

LIST = """
SELECT name, kind, resource FROM applications
WHERE EXISTS (SELECT FROM application_groups WHERE application = name AND group_name = ANY(%s))
ORDER BY name
"""


@dataclass(frozen=True)
class Application:
    """Something to open. ``kind`` is web, rdp or html5; ``resource`` a path on the gateways, or a server's name."""

    name: str
    kind: str
    resource: str


def allowed(cursor: Cursor, groups: list[str]) -> list[Application]:
    """Give the applications that any of these groups may open, by name."""
    cursor.execute(LIST, (groups,))
    return [Application(*row) for row in cursor.fetchall()]
