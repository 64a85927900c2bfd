"""The commands that work on outlines need libraries which mapping does not."""

from __future__ import annotations

from importlib.util import find_spec

from ..inference.errors import RuntimeMissingError


def require_inventory() -> None:
    """Raise RuntimeMissingError that names what is missing for work on outlines and how to get it."""
    missing = [name for name in ("shapely", "scipy", "pyproj") if find_spec(name) is None]
    if missing:
        raise RuntimeMissingError(f"Comparing needs {', '.join(missing)}; pip install {' '.join(missing)}")
    import shapely

    if int(shapely.__version__.split(".")[0]) < 2:
        raise RuntimeMissingError(f"Comparing needs shapely 2, here is {shapely.__version__}; pip install 'shapely>=2'")
