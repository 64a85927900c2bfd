"""Pages need matplotlib and jinja2, which mapping does not."""

from __future__ import annotations

from ..inference.errors import RuntimeMissingError
from ..inference.libraries import PAGES, missing_libraries


def require_reports() -> None:
    """Raise RuntimeMissingError that names what is missing for a page and how to get it."""
    missing = missing_libraries(PAGES)
    if missing:
        raise RuntimeMissingError(f"A page needs {' and '.join(missing)}; pip install {' '.join(missing)}")
