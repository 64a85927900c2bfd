"""A fault on the map: its place marked, the outlines concerned drawn over, all of it in view."""

from __future__ import annotations

from typing import List, Optional, Sequence

from qgis.core import QgsFeatureRequest, QgsGeometry, QgsRectangle, QgsVectorLayer
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtGui import QColor

from ..tasks.topology_session import KnownFault
from .health_line import DOT_COLOURS
from .map_sight import box_of, line_over, show_box

CONTEXT = 0.1
"""The map shows at least this share of the glaciers around a fault: a sliver alone tells nothing."""
OUTLINES = 20


class FaultSight(QObject):
    """Shows one fault at a time. Outlines are drawn, not selected: QGIS fills what is selected, and hides the ice."""

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self.bands: List[QgsRubberBand] = []

    def show(self, layer: QgsVectorLayer, fault: KnownFault) -> bool:
        """Mark a fault, zoom to it and flash it; False where it is nowhere."""
        self.clear()
        outlines = _outlines(layer, fault)
        box = _rectangle(fault)
        if box is None:
            return False
        whole = box_of(outlines)
        whole.combineExtentWith(box)
        self._draw(layer, outlines, self._canvas.selectionColor())
        if box != whole:
            self._draw(layer, [_marked(box, whole)], QColor(DOT_COLOURS["red"]))
        return self._go_to(layer, box, whole)

    def flash(self, layer: QgsVectorLayer, faults: Sequence[KnownFault]) -> None:
        """Flash where faults are; the map stays where it is."""
        boxes = [box for box in map(_rectangle, faults) if box is not None]
        self._canvas.flashGeometries([QgsGeometry.fromRect(box) for box in boxes], layer.crs())

    def clear(self) -> None:
        """Take all marks away."""
        for band in self.bands:
            self._canvas.scene().removeItem(band)
        self.bands = []

    def _draw(self, layer: QgsVectorLayer, geometries: Sequence[QgsGeometry], colour: QColor) -> None:
        band = line_over(self._canvas, colour)
        for geometry in geometries:
            band.addGeometry(geometry, layer)
        self.bands.append(band)

    def _go_to(self, layer: QgsVectorLayer, box: QgsRectangle, whole: QgsRectangle) -> bool:
        context = _at_least(box, CONTEXT * max(whole.width(), whole.height()))
        if not show_box(self._canvas, context, layer.crs()):
            return False
        self._canvas.flashGeometries([QgsGeometry.fromRect(_marked(box, whole).boundingBox())], layer.crs())
        return True


def _outlines(layer: QgsVectorLayer, fault: KnownFault) -> List[QgsGeometry]:
    request = QgsFeatureRequest().setFilterFids(list(fault.keys[:OUTLINES])).setNoAttributes()
    return [one.geometry() for one in layer.getFeatures(request) if one.hasGeometry()]


def _rectangle(fault: KnownFault) -> Optional[QgsRectangle]:
    return QgsRectangle(*fault.box) if fault.box is not None else None


def _at_least(box: QgsRectangle, side: float) -> QgsRectangle:
    """Return a box around the same middle whose sides have at least this length."""
    return QgsRectangle.fromCenterAndSize(box.center(), max(box.width(), side), max(box.height(), side))


def _marked(box: QgsRectangle, whole: QgsRectangle) -> QgsGeometry:
    """Return the box around a fault as it is drawn: large enough to be seen at the scale that is zoomed to."""
    return QgsGeometry.fromRect(_at_least(box, CONTEXT / 5 * max(whole.width(), whole.height())))
