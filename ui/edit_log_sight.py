"""An outline as it was before a step, on the map."""

from __future__ import annotations

from typing import Optional, Sequence

from qgis.core import QgsGeometry, QgsVectorLayer
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

from .map_sight import box_of, line_over, show_box

COLOUR = QColor(255, 60, 0)


class OutlineBefore:
    """Draws the first of some shapes, in a layer's CRS, as a dashed line over the map."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self.band: Optional[QgsRubberBand] = None

    def show(self, layer: QgsVectorLayer, shapes: Sequence[QgsGeometry]) -> None:
        """Draw the first shape instead of what was drawn."""
        self.clear()
        if shapes:
            self.band = line_over(self._canvas, COLOUR)
            self.band.setLineStyle(Qt.PenStyle.DashLine)
            self.band.setToGeometry(shapes[0], layer)

    def zoom(self, layer: QgsVectorLayer, shapes: Sequence[QgsGeometry]) -> None:
        """Go to all shapes, and flash the first."""
        self.show(layer, shapes)
        if shapes and show_box(self._canvas, box_of(shapes), layer.crs()):
            self._canvas.flashGeometries(list(shapes[:1]), layer.crs())

    def clear(self) -> None:
        """Take the line away."""
        if self.band is not None:
            self._canvas.scene().removeItem(self.band)
            self.band = None
