"""Translation of what people read."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication


def tr(text: str) -> str:
    """Return `text` in the user's language (context "IceMargin"); fill places with .format() afterwards."""
    return str(QCoreApplication.translate("IceMargin", text))
