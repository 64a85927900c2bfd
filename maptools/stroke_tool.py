"""Tools that are used by drawing a line: click point by point and end with a right click, or drag."""

from __future__ import annotations

from typing import List, Optional

from qgis.core import QgsGeometry, QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsRubberBand
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QApplication

from ..inference.errors import IceMarginError
from .edit_tool import EditTool, MakeEdit
from .editing_session import EditingSession
from .faces import line_through

_STEP = 4
"""Pixels of the screen between the points of a dragged line."""


class StrokeTool(EditTool):
    """Hands the line that was drawn to `make`. With `closed` it is the border of an area."""

    def __init__(
        self, canvas: QgsMapCanvas, session: EditingSession, title: str, make: MakeEdit, closed: bool = False
    ) -> None:
        super().__init__(canvas, session, title)
        self._make = make
        self._closed = closed
        self._points: List[QgsPointXY] = []
        self._pressed: Optional[QPoint] = None
        self._dragged = False
        self._line: Optional[QgsRubberBand] = None

    def cancel(self) -> None:
        """Drop the line."""
        super().cancel()
        self._points, self._line, self._pressed, self._dragged = [], None, None, False

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Begin the line, or go on with it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.pos(), False
            self._add(self.snapped(event.mapPoint()))

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Draw along, or show where the next point would be."""
        if self._pressed is not None:
            way = (event.pos() - self._pressed).manhattanLength()
            if way >= (_STEP if self._dragged else QApplication.startDragDistance()):
                self._dragged, self._pressed = True, event.pos()
                self._add(event.mapPoint())
        elif self._line is not None:
            self._line.movePoint(event.mapPoint())

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """End a dragged line; a right click ends a clicked one."""
        if event.button() == Qt.MouseButton.RightButton:
            self._finish()
        elif self._dragged:
            self._add(self.snapped(event.mapPoint()))
            self._finish()
        elif self._pressed is not None:
            self._pressed = None
            self.clicked()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - QGIS's name
        """Enter ends the line, Backspace takes the last point back."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        elif event.key() == Qt.Key.Key_Backspace and self._points:
            self._take_back()
        else:
            super().keyPressEvent(event)

    def clicked(self) -> None:
        """A point was clicked; for tools to which a single click means something."""

    def _add(self, point: QgsPointXY) -> None:
        if self._line is None:
            self._line = self.band(polygon=False)
        self._points.append(point)
        self._show()

    def _take_back(self) -> None:
        self._points.pop()
        if self._points:
            self._show()
        else:
            self.cancel()

    def _show(self) -> None:
        if self._line is not None:
            self._line.setToGeometry(QgsGeometry.fromPolylineXY([*self._points, self._points[-1]]))

    def _finish(self) -> None:
        points = self._points
        self.cancel()
        if not points:
            return
        try:
            drawn = line_through(points)
        except IceMarginError as error:
            self.told.emit(str(error))
            return
        self.edit(self._make, QgsGeometry.fromPolygonXY([points]) if self._closed else drawn)
