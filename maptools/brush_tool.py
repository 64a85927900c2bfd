"""Tools that are used by painting: a disc at the cursor, an area under the strokes."""

from __future__ import annotations

from typing import List, Optional

from qgis.core import QgsGeometry, QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeyEvent

from .edit_tool import EditTool
from .editing_session import EditingSession
from .faces import border_of

RADII = (6, 10, 16, 25, 40, 60, 90)
"""Pixels of the screen; [ and ] go from one to the next."""
_SEGMENTS = 8


class BrushTool(EditTool):
    """Paints with the left button; `painted()` is asked for the edit when it is released."""

    def __init__(self, canvas: QgsMapCanvas, session: EditingSession, title: str) -> None:
        super().__init__(canvas, session, title)
        self._size = 3
        self._points: List[QgsPointXY] = []
        self._cursor: Optional[QgsRubberBand] = None

    @property
    def is_painting(self) -> bool:
        return bool(self._points)

    def area(self) -> QgsGeometry:
        """Return what is painted, in the map's CRS."""
        return _around(self._points, self._radius())

    def changed(self) -> None:
        """The painted area has grown, or (by a subclass) what is to happen within it is another."""

    def painted(self) -> None:
        """The button was released."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Drop the area and the disc."""
        super().cancel()
        self._points, self._cursor = [], None

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Begin to paint; a right click drops what is painted (QGIS sends no keys while a button is held)."""
        if event.button() == Qt.MouseButton.RightButton:
            self.cancel()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._points = [event.mapPoint()]
            self._show_disc(event.mapPoint())
            self.changed()

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Show the disc, and paint while the button is held."""
        self._show_disc(event.mapPoint())
        if self._points:
            self._points.append(event.mapPoint())
            self.changed()

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Do what was painted, as one undo step."""
        if event.button() == Qt.MouseButton.LeftButton and self._points:
            self.painted()
            self.cancel()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - QGIS's name
        """[ and ]: a smaller and a larger disc."""
        step = {Qt.Key.Key_BracketLeft: -1, Qt.Key.Key_BracketRight: 1}.get(event.key())
        if step is None:
            super().keyPressEvent(event)
            return
        self._size = min(max(self._size + step, 0), len(RADII) - 1)
        self._show_disc(self.toMapCoordinates(self._canvas.mouseLastXY()))
        if self._points:
            self.changed()

    def _radius(self) -> float:
        return RADII[self._size] * float(self._canvas.mapUnitsPerPixel())

    def _show_disc(self, place: QgsPointXY) -> None:
        if self._cursor is None:
            self._cursor = self.band(polygon=False)
            self._cursor.setWidth(1)
        self._cursor.setToGeometry(border_of(_around([place], self._radius())))


def _around(points: List[QgsPointXY], radius: float) -> QgsGeometry:
    path = QgsGeometry.fromPolylineXY(points) if len(points) > 1 else QgsGeometry.fromPointXY(points[0])
    return path.buffer(radius, _SEGMENTS)
