"""Swiping: one set of layers on the left of a line (or above it), another on the right (or below)."""

from __future__ import annotations

from typing import List, Optional, Sequence

from qgis.core import QgsMapLayer, QgsProject
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtWidgets import QApplication

from .side_picture import SidePicture
from .sides import Sides
from .swipe_item import SwipeItem


class SwipeTool(QgsMapTool):
    """Drag over the map to move the line; a drag up or down turns it."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._sides = Sides()
        self._pressed: Optional[QPoint] = None
        self._dragging = False
        self._left, self._right = SidePicture(canvas, self), SidePicture(canvas, self)
        self._item: Optional[SwipeItem] = None
        for picture in (self._left, self._right):
            picture.changed.connect(self._redraw)
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def set_layers(self, layers: Sequence[QgsMapLayer], others: Sequence[QgsMapLayer] = ()) -> None:
        """Show `layers` on the left only and `others` on the right only, whether or not the map shows them.

        All else that the map shows is on both sides. Without `others` the right is the map without `layers`.
        Layers that leave the project are forgotten.
        """
        self._sides = Sides.of(layers, others)
        self._render()

    def activate(self) -> None:
        """Draw the line, and render both sides as often as the map is rendered."""
        super().activate()
        if self._item is None:
            self._item = SwipeItem(self._canvas, (self._left, self._right))
            self._canvas.renderStarting.connect(self._render)
            QgsProject.instance().layersWillBeRemoved.connect(self._forget)
            self._render()

    def deactivate(self) -> None:
        """Take away what was drawn, and stop rendering."""
        if self._item is not None:
            self._canvas.renderStarting.disconnect(self._render)
            QgsProject.instance().layersWillBeRemoved.disconnect(self._forget)
            self._canvas.scene().removeItem(self._item)
            self._item = None
        for picture in (self._left, self._right):
            picture.drop()
        super().deactivate()

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Begin a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.pos(), False

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Move the line; how the drag begins tells how the line lies."""
        if self._pressed is None or self._item is None:
            return
        way = event.pos() - self._pressed
        if not self._dragging and way.manhattanLength() >= QApplication.startDragDistance():
            self._dragging = True
            self._item.upright = abs(way.x()) >= abs(way.y())
            self.setCursor(Qt.CursorShape.SplitHCursor if self._item.upright else Qt.CursorShape.SplitVCursor)
        if self._dragging:
            self._move_to(event.pos())

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """End the drag; a click without one moves the line there."""
        if event.button() == Qt.MouseButton.LeftButton and self._pressed is not None:
            self._move_to(event.pos())
            self._pressed, self._dragging = None, False

    def _move_to(self, pos: QPoint) -> None:
        if self._item is not None:
            upright = self._item.upright
            share = pos.x() / self._canvas.width() if upright else pos.y() / self._canvas.height()
            self._item.share = min(max(share, 0.0), 1.0)
            self._item.update()

    def _render(self) -> None:
        """Render the sides that are not as the canvas shows them."""
        if self._item is None:
            return
        shown = self._canvas.mapSettings().layers()
        sides = self._sides.on_left(shown), self._sides.on_right(shown)
        for picture, layers in zip((self._left, self._right), sides):
            if layers == shown:
                picture.drop()
            else:
                picture.render(layers)
        self._item.names = self._sides.names()
        self._redraw()

    def _redraw(self) -> None:
        if self._item is not None:
            self._item.update()

    def _forget(self, ids: List[str]) -> None:
        """Take layers out before they are gone; the canvas will render anew."""
        self._sides = self._sides.less(ids)
        for picture in (self._left, self._right):
            picture.drop()
