"""IceMargin: assisted glacier delineation for QGIS.

The checkout's root is the plugin's package. Nothing of QGIS is imported here, so that the command line,
the runtime's child process and the unit tests can import the package without QGIS.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def classFactory(iface: Any) -> Any:  # noqa: N802 - QGIS asks for this name
    """Return the plugin (QGIS calls this once, when the plugin is enabled)."""
    from .plugin import IceMarginPlugin

    return IceMarginPlugin(iface)
