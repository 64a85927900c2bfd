"""Paint over borders to smooth them, or with Shift to simplify them."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsGeometry, QgsVectorLayer
from qgis.gui import QgsMapMouseEvent, QgsRubberBand
from qgis.PyQt.QtCore import Qt

from .brush_tool import BrushTool
from .planned_edit import OutlineEdit
from .smooth_edits import simplify_within, smooth_within

TOLERANCE_PIXELS = 2.0
"""Of the screen: how far a simplified border may be from what it was, so zooming in keeps more."""


class SmoothBrush(BrushTool):
    """The area that is painted is shown; what is done in it follows from Shift at the end."""

    _shown: Optional[QgsRubberBand] = None
    _simplify = False

    def cancel(self) -> None:
        """Drop the area."""
        super().cancel()
        self._shown = None

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Smooth, or with Shift simplify."""
        self._simplify = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        super().canvasReleaseEvent(event)

    def changed(self) -> None:
        """Show the area."""
        if self._shown is None:
            self._shown = self.band(polygon=True)
        self._shown.setToGeometry(self.area())

    def painted(self) -> None:
        """Change the borders within."""
        self.edit(self._edit, self.area())

    def _edit(self, layer: QgsVectorLayer, area: QgsGeometry) -> OutlineEdit:
        if not self._simplify:
            return smooth_within(layer, area)
        share = area.boundingBox().width() / self.area().boundingBox().width()  # the layer's units for one of the map's
        return simplify_within(layer, area, TOLERANCE_PIXELS * self._canvas.mapUnitsPerPixel() * share)
