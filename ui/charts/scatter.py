"""One value of each glacier against another."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence

import numpy as np
from qgis.PyQt.QtCore import QPointF, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPen, QPolygonF

from .axis import Axis, linear_axis, log_axis, number_text
from .chart import Chart
from .colours import Colours
from .frame import Frame, Scale
from .given import as_array

_RADIUS, _CHOSEN_RADIUS = 2.5, 4.0
_ALPHA = 170
"""Of points that are not selected: where many lie on each other it is darker."""


class ScatterChart(Chart):
    """Points; those selected are larger, on top, in the colour of selections.

    Points that are far out on a linear axis are drawn at the plot's edge; their tool tips tell their true values.
    """

    _xs: Any = np.zeros(0)
    _ys: Any = np.zeros(0)
    _names: Sequence[str] = ()
    _x: Optional[Scale] = None
    _y: Optional[Scale] = None
    _diagonal = False

    def set_points(
        self,
        xs: Sequence[Optional[float]],
        ys: Sequence[Optional[float]],
        keys: Sequence[str],
        x_title: str,
        y_title: str,
        log_x: bool = False,
        log_y: bool = False,
        diagonal: bool = False,
    ) -> None:
        """Show points with a key each; left out is what is None, not finite, or not positive on a logarithmic axis.

        `diagonal` draws the line y = x, and gives both axes the same range where both are of one kind. Titles hold the
        unit, like "Reference (km²)". Raises ValueError if the lengths differ.
        """
        x, y = as_array(xs, keys), as_array(ys, keys)
        shown = np.isfinite(x) & np.isfinite(y) & ((x > 0) | (not log_x)) & ((y > 0) | (not log_y))
        rows = np.flatnonzero(shown)
        rows = rows[np.argsort(x[rows], kind="stable")]  # the arrow keys go from left to right
        self._xs, self._ys, self._names = x[rows], y[rows], [keys[row] for row in rows]
        self._diagonal = diagonal
        both = np.concatenate([self._xs, self._ys])
        same = diagonal and log_x == log_y
        self._x = _scale(both if same else self._xs, x_title, log_x)
        self._y = _scale(both if same else self._ys, y_title, log_y)
        self.setAccessibleName(f"{x_title}, {y_title}")
        self._has_new_data(len(x) - len(rows))

    def clear(self) -> None:
        """Forget all points; the empty text is shown."""
        self.set_points((), (), (), "", "")

    def _scales(self) -> Sequence[Scale]:
        return (self._x, self._y) if self._x is not None and self._y is not None else ()

    def _count(self) -> int:
        return len(self._names)

    def _keys(self, mark: int) -> Sequence[str]:
        return self._names[mark : mark + 1]

    def _tip(self, mark: int) -> Sequence[str]:
        pairs = zip(self._scales(), (self._xs[mark], self._ys[mark]))
        return [self._names[mark], *(f"{scale.title}: {number_text(float(value))}" for scale, value in pairs)]

    def _places(self, frame: Frame) -> Any:
        middle = self._pixels(frame)
        return np.column_stack([middle - _RADIUS, middle + _RADIUS])

    def _pixels(self, frame: Frame) -> Any:
        """Return the middles of the points (n x 2); what is beyond the plot lies on its edge."""
        plot = frame.plot
        x = np.clip(frame.across(self._xs), plot.left(), plot.right())
        return np.column_stack([x, np.clip(frame.down(self._ys), plot.top(), plot.bottom())])

    def _draw(self, painter: QPainter, frame: Frame, colours: Colours) -> None:
        self._draw_lines(painter, frame, colours)
        chosen = np.array([name in self._chosen for name in self._names], dtype=bool)
        pixels = self._pixels(frame)
        pale = QColor(colours.mark)
        pale.setAlpha(_ALPHA)
        _draw_points(painter, pixels[~chosen], pale, _RADIUS)
        _draw_points(painter, pixels[chosen], colours.paper, _CHOSEN_RADIUS + 1)
        _draw_points(painter, pixels[chosen], colours.selected, _CHOSEN_RADIUS)

    def _draw_lines(self, painter: QPainter, frame: Frame, colours: Colours) -> None:
        """Draw where y is x, else where y is zero."""
        x, y = frame.x.axis, frame.y.axis
        painter.save()
        painter.setClipRect(frame.plot)
        painter.setPen(QPen(colours.quiet, 1, Qt.PenStyle.DashLine))
        if self._diagonal:
            ends = np.array([max(x.low, y.low), min(x.high, y.high)])
            painter.drawPolyline(_polygon(np.column_stack([frame.across(ends), frame.down(ends)])))
        elif y.low < 0 < y.high and not y.log:
            painter.drawLine(
                QPointF(frame.plot.left(), float(frame.down(0))), QPointF(frame.plot.right(), float(frame.down(0)))
            )
        painter.restore()


def _scale(values: Any, title: str, log: bool) -> Optional[Scale]:
    if not len(values):
        return None
    axis: Axis = log_axis(values) if log else linear_axis(values)
    return Scale(axis, title)


def _draw_points(painter: QPainter, pixels: Any, colour: QColor, radius: float) -> None:
    painter.setPen(QPen(colour, 2 * radius, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(_polygon(pixels))


def _polygon(pixels: Any) -> QPolygonF:
    points: List[QPointF] = [QPointF(x, y) for x, y in pixels.tolist()]
    return QPolygonF(points)
