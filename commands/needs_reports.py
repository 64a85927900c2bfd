"""Pages need matplotlib and jinja2, which mapping does not."""

from __future__ import annotations

from importlib.util import find_spec

from ..inference.errors import RuntimeMissingError


def require_reports() -> None:
    """Raise RuntimeMissingError that names what is missing for a page and how to get it."""
    missing = [name for name in ("matplotlib", "jinja2") if find_spec(name) is None]
    if missing:
        raise RuntimeMissingError(f"A page needs {' and '.join(missing)}; pip install {' '.join(missing)}")
