"""The local threshold brush: within a painted area the outline follows another contour of the probability."""

from __future__ import annotations

from typing import Optional

import numpy as np
from qgis.core import QgsCoordinateTransform, QgsGeometry, QgsProject, QgsRasterLayer, QgsRectangle, QgsVectorLayer
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsRubberBand
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtGui import QWheelEvent

from ..inference.errors import IceMarginError
from .area_edits import replace_within
from .brush_tool import BrushTool
from .contour import polygons_of_mask
from .editing_session import EditingSession
from .planned_edit import OutlineEdit
from .raster_window import RasterWindow, probability_of, read_window
from .texts import tr

FIRST_THRESHOLD = 0.5
WHEEL_STEP = 0.02
DRAG_PIXELS = 200
"""Pixels up that take the threshold from 0 to 1."""
LIMITS = (0.01, 0.99)
MARGIN = 8
"""Pixels read around the area: smoothing knows no other end of a ring than the window's."""


class ThresholdBrush(BrushTool):
    """Paint; the wheel, or up and down with Shift, is more or less ice. The threshold is kept for the next stroke."""

    def __init__(self, canvas: QgsMapCanvas, session: EditingSession, title: str) -> None:
        super().__init__(canvas, session, title)
        self.threshold = FIRST_THRESHOLD
        self._preview: Optional[QgsRubberBand] = None
        self._raster: Optional[QgsRasterLayer] = None
        self._window: Optional[RasterWindow] = None
        self._read: Optional[QgsRectangle] = None
        self._last: Optional[QPoint] = None

    def cancel(self) -> None:
        """Drop area and preview."""
        super().cancel()
        self._preview = self._raster = self._window = self._read = None

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Paint; with Shift the way up or down moves the threshold."""
        last, self._last = self._last, event.pos()
        if self.is_painting and last is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._move_threshold((event.pos().y() - last.y()) / DRAG_PIXELS)
        else:
            super().canvasMoveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - QGIS's name
        """Move the threshold while painting: forwards for more ice; else the wheel zooms as ever."""
        if not self.is_painting:
            event.ignore()
            return
        event.accept()
        self._move_threshold(-WHEEL_STEP * np.sign(event.angleDelta().y()))

    def changed(self) -> None:
        """Show what the outline would be."""
        try:
            ice = self._ice(self.area())
        except IceMarginError as error:
            self.told.emit(str(error))
            self.cancel()
            return
        if self._preview is None:
            self._preview = self.band(polygon=True)
        back = self._to_raster()
        ice.transform(QgsCoordinateTransform(back.destinationCrs(), back.sourceCrs(), QgsProject.instance()))
        self._preview.setToGeometry(ice.intersection(self.area()))
        self.hint.emit(tr("{:.2f}: ice where it is at least as probable; wheel, or Shift and up or down, to change it; "
                          "release to do it, a right click drops it.").format(self.threshold))  # fmt: skip

    def painted(self) -> None:
        """Replace the outlines within the area."""
        self.edit(self._edit, self.area())

    def _move_threshold(self, step: float) -> None:
        self.threshold = float(np.clip(self.threshold + step, *LIMITS))
        self.changed()

    def _edit(self, layer: QgsVectorLayer, area: QgsGeometry) -> OutlineEdit:
        ice = self._ice(self.area())
        to_layer = QgsCoordinateTransform(self._probability().crs(), layer.crs(), QgsProject.instance())
        ice.transform(to_layer)
        known = self._known()
        if known is not None:
            known.transform(to_layer)
            area = area.intersection(known)
        return replace_within(layer, area, ice)

    def _probability(self) -> QgsRasterLayer:
        if self._raster is None:
            self._raster = probability_of(self.session.layer(), QgsProject.instance())
        return self._raster

    def _to_raster(self) -> QgsCoordinateTransform:
        map_crs = self._canvas.mapSettings().destinationCrs()
        return QgsCoordinateTransform(map_crs, self._probability().crs(), QgsProject.instance())

    def _ice(self, area: QgsGeometry) -> QgsGeometry:
        """Return the ice around an area (map's CRS) at the threshold, in the raster's CRS; null: none."""
        window = self._window_around(area)
        with np.errstate(invalid="ignore"):
            return window.geometry(polygons_of_mask(window.values >= np.float32(self.threshold)))

    def _known(self) -> Optional[QgsGeometry]:
        """Return where the raster has values, None: everywhere. What has none stays as it is."""
        window = self._window
        if window is None or not np.isnan(window.values).any():
            return None
        return window.geometry(polygons_of_mask(~np.isnan(window.values)))

    def _window_around(self, area: QgsGeometry) -> RasterWindow:
        box = self._to_raster().transformBoundingBox(area.boundingBox())
        if self._window is None or self._read is None or not self._read.contains(box):
            raster = self._probability()
            self._read = box.buffered(2 * MARGIN * raster.rasterUnitsPerPixelX())
            self._window = read_window(raster, self._read.buffered(MARGIN * raster.rasterUnitsPerPixelX()))
        return self._window
