"""Where the map goes to show something, and the lines that mark it: filled, the ice would be hidden."""

from __future__ import annotations

from typing import Iterable, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

ROOM = 1.5
"""How much more than what is looked at the map shows."""
LINE_WIDTH = 3


def box_of(geometries: Iterable[QgsGeometry]) -> QgsRectangle:
    """Return the box around all geometries."""
    box = QgsRectangle()
    for geometry in geometries:
        box.combineExtentWith(geometry.boundingBox())
    return box


def view_of(box: QgsRectangle, crs: QgsCoordinateReferenceSystem, settings: QgsMapSettings) -> Optional[QgsRectangle]:
    """Return a box with room around it, in the CRS of a map; None where the map cannot show it."""
    transform = QgsCoordinateTransform(crs, settings.destinationCrs(), QgsProject.instance())
    try:
        extent: QgsRectangle = transform.transformBoundingBox(box)
    except QgsCsException:
        return None
    extent.scale(ROOM)
    return extent


def show_box(canvas: QgsMapCanvas, box: QgsRectangle, crs: QgsCoordinateReferenceSystem) -> bool:
    """Show a box with room around it; False where the map cannot."""
    extent = view_of(box, crs, canvas.mapSettings())
    if extent is None:
        return False
    canvas.setExtent(extent)
    canvas.refresh()
    return True


def line_over(canvas: QgsMapCanvas, colour: QColor) -> QgsRubberBand:
    """Return an outline without a shape yet, not filled."""
    band = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
    band.setFillColor(QColor(Qt.GlobalColor.transparent))
    band.setStrokeColor(colour)
    band.setWidth(LINE_WIDTH)
    return band
