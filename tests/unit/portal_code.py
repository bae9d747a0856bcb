"""The lab portal's modules, from the package tree that carries them to the controllers."""

import sys
from importlib import import_module
from types import ModuleType
from unittest.mock import patch

from targets.lab.roles.database import PORTAL_CODE


def portal_module(name: str) -> ModuleType:
    """Import a module of the portal; only those that need neither Flask nor psycopg2 can be had here.

    Nothing compiled is left in the tree: it would become part of the package.
    """
    with (
        patch.object(sys, "path", [str(PORTAL_CODE.parent), *sys.path]),
        patch.object(sys, "dont_write_bytecode", True),
    ):
        return import_module(f"cleanroom_portal.{name}")
