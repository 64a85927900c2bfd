"""Which of the libraries that mapping does not need are there."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from typing import List, Sequence

OUTLINES = ("shapely", "scipy", "pyproj")
"""What work on outlines needs."""
FLOWSHEDS = ("fastscapelib",)
PAGES = ("matplotlib", "jinja2")


def missing_libraries(names: Sequence[str]) -> List[str]:
    """Return which of `names` are not installed; "shapely>=2" where it is an older one."""
    missing = [name for name in names if find_spec(name) is None]
    if "shapely" in names and "shapely" not in missing and int(version("shapely").split(".")[0]) < 2:
        missing.append("shapely>=2")
    return missing
