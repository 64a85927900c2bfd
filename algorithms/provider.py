"""What Processing knows of IceMargin."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .map_glaciers import MapGlaciers

ICON = Path(__file__).resolve().parents[1] / "resources" / "icon.svg"


class IceMarginProvider(QgsProcessingProvider):
    """Loads the algorithms; QGIS's names from here on."""

    def id(self) -> str:
        return "icemargin"

    def name(self) -> str:
        return "IceMargin"

    def icon(self) -> QIcon:
        return QIcon(str(ICON))

    def loadAlgorithms(self) -> None:  # noqa: N802
        self.addAlgorithm(MapGlaciers())
