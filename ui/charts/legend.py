"""The names of a chart's lines, in one row."""

from __future__ import annotations

from typing import Sequence, Tuple

from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QFontMetricsF, QPainter, QPen

from ..texts import tr
from .colours import Colours
from .frame import write

_DOT, _GAP = 7.0, 6.0


def draw_legend(painter: QPainter, row: QRectF, named: Sequence[Tuple[str, QColor]], colours: Colours) -> None:
    """Draw a dot and a name for each line; those that find no room are counted at the end."""
    metrics = QFontMetricsF(painter.font())
    x = row.left()
    for number, (name, colour) in enumerate(named):
        rest = len(named) - number
        more = tr("+ {} more").format(rest)
        needed = _DOT + _GAP + metrics.horizontalAdvance(name) + 2 * _GAP
        tail = metrics.horizontalAdvance(more) if rest > 1 else 0.0
        if number and x + needed + tail > row.right():
            painter.setPen(colours.quiet)
            write(painter, QRectF(QPointF(x, row.top()), row.bottomRight()), more)
            return
        painter.setPen(QPen(colour, _DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoint(QPointF(x + _DOT / 2, row.center().y()))
        painter.setPen(colours.ink)
        write(painter, QRectF(QPointF(x + _DOT + _GAP, row.top()), row.bottomRight()), name)
        x += needed
