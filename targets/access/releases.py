"""Releases of the platform, and the versions of Debian packages that belong to them."""

from __future__ import annotations

import re

CANDIDATE = re.compile(r"~(alpha|beta|pre|rc)")
"""What comes before a release, as Debian versions say it; another ~ is a rebuild for a distribution (~deb12u1)."""


def belongs_to(version: str, release: str) -> bool:
    """Tell whether a Debian package version is one of a release: 4.6.0-1 is of 4.6; 4.60 is not, nor is 4.6~rc1."""
    upstream = version.partition(":")[2] or version
    return re.match(rf"{re.escape(release)}(?![0-9])", upstream) is not None and not CANDIDATE.search(upstream)
