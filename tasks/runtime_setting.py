"""Which Python runs models, as QGIS's settings hold it: for the panel and for Processing. Main thread only."""

from __future__ import annotations

from qgis.core import QgsSettings

RUNTIME_KEY = "icemargin/runtime/python"


def runtime_python() -> str:
    """Return the runtime's interpreter, "" where none is set."""
    return str(QgsSettings().value(RUNTIME_KEY, "") or "")


def set_runtime_python(path: str) -> None:
    """Remember the runtime's interpreter."""
    QgsSettings().setValue(RUNTIME_KEY, path)
