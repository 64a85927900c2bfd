"""What the swipe tool draws on the canvas: the pictures of both sides, the line, and what the sides are."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QFontMetricsF, QPainter, QPen, QTextOption

from .side_picture import SidePicture

_GRIP, _PAD = 7.0, 5.0
_LONGEST = 240.0
"""Pixels of a side's name."""


class SwipeItem(QgsMapCanvasItem):
    """Lies over the whole canvas. `share` is where the line is, from the left (or the top), 0 to 1."""

    def __init__(self, canvas: QgsMapCanvas, pictures: Tuple[SidePicture, SidePicture]) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._pictures = pictures
        self.share = 0.5
        self.upright = True
        self.names = ("", "")
        self.setZValue(10)  # above the map, below what other tools draw

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Return the whole canvas."""
        return QRectF(0, 0, self._canvas.width(), self._canvas.height())

    def updatePosition(self) -> None:  # noqa: N802 - QGIS's name
        """The canvas has moved or has another size."""
        self.prepareGeometryChange()
        self.setPos(0, 0)
        self.update()

    def paint(self, painter: Optional[QPainter], *_: Any) -> None:
        """Draw both sides (one that is as the canvas shows it has no picture), then the line."""
        if painter is None:
            return
        for picture, part in zip(self._pictures, self._parts()):
            picture.draw(painter, part)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_line(painter)
        self._draw_names(painter)

    def _parts(self) -> Tuple[QRectF, QRectF]:
        whole, first = self.boundingRect(), self.boundingRect()
        second = QRectF(whole)
        if self.upright:
            first.setWidth(whole.width() * self.share)
            second.setLeft(first.right())
        else:
            first.setHeight(whole.height() * self.share)
            second.setTop(first.bottom())
        return first, second

    def _draw_line(self, painter: QPainter) -> None:
        _, second = self._parts()
        start, end = second.topLeft(), second.bottomLeft() if self.upright else second.topRight()
        for colour, width in ((QColor(0, 0, 0, 160), 4), (QColor("white"), 2)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(start, end)
        painter.setBrush(QColor("white"))
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        painter.drawEllipse((start + end) / 2, _GRIP, _GRIP)

    def _draw_names(self, painter: QPainter) -> None:
        """Write beside the line's beginning what is on which side of it."""
        first, second = self._parts()
        metrics = QFontMetricsF(painter.font())
        for name, part, before in zip(self.names, (first, second), (True, False)):
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, _LONGEST)
            if not text:
                continue
            width, height = metrics.horizontalAdvance(text) + 2 * _PAD, metrics.height() + _PAD
            x = part.right() - width - _PAD if before and self.upright else part.left() + _PAD
            y = part.bottom() - height - _PAD if before and not self.upright else part.top() + _PAD
            box = QRectF(QPointF(x, y), QPointF(x + width, y + height))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 170))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(QColor("white"))
            painter.drawText(box, text, QTextOption(Qt.AlignmentFlag.AlignCenter))
