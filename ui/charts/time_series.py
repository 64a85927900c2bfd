"""Values of several dates, with their uncertainty."""

from __future__ import annotations

from datetime import date
from typing import Any, Iterator, List, Optional, Sequence, Tuple

import numpy as np
from qgis.PyQt.QtCore import QLineF, QPointF, Qt
from qgis.PyQt.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from ..texts import tr
from .axis import linear_axis, number_text
from .chart import Chart
from .colours import SERIES, Colours, clear_on
from .dates import date_axis, date_labels
from .frame import Frame, Scale, row_below
from .legend import draw_legend

Moment = Tuple[date, Optional[float], Optional[float], Optional[float]]
"""Date, value, and the ends of its uncertainty (None where unknown)."""
Series = Tuple[str, Sequence[Moment]]

_RADIUS, _CAP = 3.0, 3.0


class TimeSeriesChart(Chart):
    """A line with error bars for each series; its keys are the series' names, so that selecting picks out a line."""

    _series: Sequence[Series] = ()
    _marks: Sequence[Tuple[int, Moment]] = ()
    """Series and moment of each value that is known."""
    _unit = ""

    def set_series(self, series: Sequence[Series], unit: str = "") -> None:
        """Show [(name, [(date, value, low, high), ...]), ...]; values of None are gaps. The axis begins at zero."""
        self._series = [(name, sorted(moments, key=lambda moment: moment[0])) for name, moments in series]
        self._marks = [
            (number, moment)
            for number, (_, moments) in enumerate(self._series)
            for moment in moments
            if moment[1] is not None
        ]
        self._unit = unit
        self.setAccessibleName(", ".join(name for name, _ in series))
        self._has_new_data(0)

    def clear(self) -> None:
        """Forget all series; the empty text is shown."""
        self.set_series(())

    def _scales(self) -> Sequence[Scale]:
        if not self._marks:
            return ()
        moments = [moment for _, moment in self._marks]
        x = date_axis([moment[0] for moment in moments])
        values = [value for moment in moments for value in moment[1:] if value is not None]
        # All of a few series is shown: what is far out in a chart of glaciers is no outlier here.
        ends = np.array([min(values), max(values)])
        return Scale(x, "", lambda most: date_labels(x, most)), Scale(linear_axis(ends, zero=True), self._unit)

    def _count(self) -> int:
        return len(self._marks)

    def _keys(self, mark: int) -> Sequence[str]:
        return [self._series[self._marks[mark][0]][0]]

    def _tip(self, mark: int) -> Sequence[str]:
        number, (day, value, low, high) = self._marks[mark]
        told = "" if value is None else number_text(value)
        lines = [self._series[number][0], day.isoformat(), f"{told} {self._unit}".strip()]
        if low is not None and high is not None:
            lines.append(tr("{} to {}").format(number_text(low), number_text(high)))
        return lines

    def _places(self, frame: Frame) -> Any:
        x = frame.across([moment[0].toordinal() for _, moment in self._marks])
        middle = np.column_stack([x, frame.down([moment[1] for _, moment in self._marks])])
        return np.column_stack([middle - _RADIUS, middle + _RADIUS])

    def _draw(self, painter: QPainter, frame: Frame, colours: Colours) -> None:
        pens = self._pens(colours)
        for (_, moments), pen in zip(self._series, pens):
            for run in _runs(moments):
                _draw_run(painter, frame, run, pen)
        if len(self._series) > 1:
            named = [(name, pen.color()) for (name, _), pen in zip(self._series, pens)]
            draw_legend(painter, row_below(frame, QFontMetricsF(painter.font())), named, colours)

    def _pens(self, colours: Colours) -> List[QPen]:
        """Return a pen for each series; beside selected ones the others fade."""
        names = [name for name, _ in self._series]
        some = bool(self._chosen.intersection(names))
        pens = []
        for number, name in enumerate(names):
            colour = clear_on(QColor(SERIES[number % len(SERIES)]), colours.paper, colours.ink)
            faded = some and name not in self._chosen
            pens.append(QPen(colours.grid if faded else colour, 1.5 if faded or not some else 2.5))
        return pens


def _runs(moments: Sequence[Moment]) -> Iterator[List[Moment]]:
    """Yield the stretches of moments that have a value."""
    run: List[Moment] = []
    for moment in moments:
        if moment[1] is not None:
            run.append(moment)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _draw_run(painter: QPainter, frame: Frame, run: Sequence[Moment], pen: QPen) -> None:
    """Draw a line through the values, its points, and their error bars."""
    points = [_pixel(frame, day, value) for day, value, _, _ in run]
    painter.setPen(pen)
    painter.drawPolyline(QPolygonF(points))
    for day, _, low, high in run:
        if low is not None and high is not None:
            ends = (_pixel(frame, day, low), _pixel(frame, day, high))
            caps = [QLineF(end.x() - _CAP, end.y(), end.x() + _CAP, end.y()) for end in ends]
            painter.drawLines([QLineF(*ends), *caps])
    painter.setPen(QPen(pen.color(), 2 * _RADIUS, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(QPolygonF(points))


def _pixel(frame: Frame, day: date, value: Optional[float]) -> QPointF:
    return QPointF(float(frame.across(day.toordinal())), float(frame.down(value)))
