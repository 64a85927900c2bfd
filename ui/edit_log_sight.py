"""An outline as it was before a step, on the map."""

from __future__ import annotations

from typing import Optional, Sequence

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

COLOUR = QColor(255, 60, 0)
ROOM = 1.5
LINE_WIDTH = 3


class OutlineBefore:
    """Draws the first of some shapes, in a layer's CRS, as a dashed line over the map."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self.band: Optional[QgsRubberBand] = None

    def show(self, layer: QgsVectorLayer, shapes: Sequence[QgsGeometry]) -> None:
        """Draw the first shape instead of what was drawn."""
        self.clear()
        if shapes:
            self.band = QgsRubberBand(self._canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
            self.band.setFillColor(QColor(Qt.GlobalColor.transparent))
            self.band.setStrokeColor(COLOUR)
            self.band.setLineStyle(Qt.PenStyle.DashLine)
            self.band.setWidth(LINE_WIDTH)
            self.band.setToGeometry(shapes[0], layer)

    def zoom(self, layer: QgsVectorLayer, shapes: Sequence[QgsGeometry]) -> None:
        """Go to all shapes, and flash the first."""
        self.show(layer, shapes)
        box = QgsRectangle()
        for shape in shapes:
            box.combineExtentWith(shape.boundingBox())
        map_crs = self._canvas.mapSettings().destinationCrs()
        transform = QgsCoordinateTransform(layer.crs(), map_crs, QgsProject.instance())
        try:
            extent = transform.transformBoundingBox(box)
        except QgsCsException:
            return
        if shapes:
            extent.scale(ROOM)
            self._canvas.setExtent(extent)
            self._canvas.refresh()
            self._canvas.flashGeometries(list(shapes[:1]), layer.crs())

    def clear(self) -> None:
        """Take the line away."""
        if self.band is not None:
            self._canvas.scene().removeItem(self.band)
            self.band = None
