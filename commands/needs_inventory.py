"""The commands that work on outlines need libraries which mapping does not."""

from __future__ import annotations

from ..inference.errors import RuntimeMissingError
from ..inference.libraries import OUTLINES, missing_libraries


def require_inventory() -> None:
    """Raise RuntimeMissingError that names what is missing for work on outlines and how to get it."""
    missing = missing_libraries(OUTLINES)
    if missing:
        quoted = " ".join(f"'{name}'" for name in missing)
        raise RuntimeMissingError(f"Work on outlines needs {', '.join(missing)}; pip install {quoted}")
