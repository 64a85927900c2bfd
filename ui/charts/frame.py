"""Where the plot lies in a chart, and what is drawn around it: grid, axes and their texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterator, List, Optional, Tuple

from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QFontMetricsF, QPainter, QTextOption

from .axis import Axis, tick_texts
from .colours import Colours

Labels = List[Tuple[float, str]]
"""Values and what is written beside the axis there; those that find no room beside earlier ones are left out."""
_GAP, _RIGHT = 4.0, 12.0
"""Pixels between texts, and right of the plot."""
_TICK_WIDTH, _TICK_HEIGHT = 6, 1.7
"""Characters of the x axis and lines of the y axis that one label is given."""
_FEWEST = 3
"""One label tells no scale."""


@dataclass(frozen=True)
class Scale:
    """An axis with its title; `labels(most)` gives other labels than the axis' own ticks."""

    axis: Axis
    title: str
    labels: Optional[Callable[[int], Labels]] = None

    def labelled(self, most: int) -> Labels:
        """Return about `most` labels."""
        if self.labels is not None:
            return self.labels(most)
        ticks = self.axis.ticks(most)
        return list(zip(ticks, tick_texts(ticks)))


@dataclass(frozen=True)
class Frame:
    """The plot's rectangle (pixels of the widget), the scales, and the labels that were chosen."""

    plot: QRectF
    x: Scale
    y: Scale
    x_labels: Labels
    y_labels: Labels

    @classmethod
    def inside(cls, room: QRectF, metrics: QFontMetricsF, x: Scale, y: Scale) -> Frame:
        """Return the frame that leaves room for the texts in a font."""
        line = metrics.height()
        top, bottom = room.top() + line + 2 * _GAP, room.bottom() - 2 * line - 3 * _GAP
        y_labels = y.labelled(max(_FEWEST, int((bottom - top) / (_TICK_HEIGHT * line))))
        widest = max((metrics.horizontalAdvance(text) for _, text in y_labels), default=0.0)
        left, right = room.left() + widest + 3 * _GAP, room.right() - _RIGHT
        x_labels = x.labelled(max(_FEWEST, int((right - left) / metrics.horizontalAdvance("0" * _TICK_WIDTH))))
        plot = QRectF(QPointF(left, top), QPointF(max(right, left + 1), max(bottom, top + 1)))
        return cls(plot, x, y, x_labels, y_labels)

    def across(self, values: Any) -> Any:
        """Return pixels from the widget's left of values on the x axis."""
        return self.plot.left() + self.plot.width() * self.x.axis.share(values)

    def down(self, values: Any) -> Any:
        """Return pixels from the widget's top of values on the y axis."""
        return self.plot.bottom() - self.plot.height() * self.y.axis.share(values)


def draw_frame(painter: QPainter, frame: Frame, colours: Colours, note: str = "") -> None:
    """Draw grid, axes and texts; `note` stands above the plot on the right."""
    plot, metrics = frame.plot, QFontMetricsF(painter.font())
    painter.setPen(colours.grid)
    for value, _ in frame.y_labels:
        y = float(frame.down(value))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
    painter.setPen(colours.quiet)
    painter.drawLine(plot.bottomLeft(), plot.bottomRight())
    for value, text in frame.y_labels:
        y = float(frame.down(value)) - metrics.height() / 2
        write(painter, QRectF(0, y, plot.left() - _GAP, metrics.height()), text, Qt.AlignmentFlag.AlignRight)
    for value, box, text in _x_boxes(frame, metrics):
        x = float(frame.across(value))
        painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + _GAP / 2))
        write(painter, box, text, Qt.AlignmentFlag.AlignHCenter)
    _titles(painter, frame, metrics, colours, note)


def _titles(painter: QPainter, frame: Frame, metrics: QFontMetricsF, colours: Colours, note: str) -> None:
    line, right = metrics.height(), frame.plot.right()
    above = QRectF(_GAP, frame.plot.top() - line - _GAP, right - _GAP, line)
    write(painter, above, note, Qt.AlignmentFlag.AlignRight)
    painter.setPen(colours.ink)
    left_over = above.width() - metrics.horizontalAdvance(note) - 2 * _GAP
    write(painter, QRectF(above.topLeft(), QPointF(_GAP + left_over, above.bottom())), frame.y.title)
    write(painter, row_below(frame, metrics), frame.x.title, Qt.AlignmentFlag.AlignHCenter)


def row_below(frame: Frame, metrics: QFontMetricsF) -> QRectF:
    """Return the place of the x axis' title."""
    top = frame.plot.bottom() + metrics.height() + 2 * _GAP
    return QRectF(_GAP, top, frame.plot.right() - _GAP, metrics.height())


def _x_boxes(frame: Frame, metrics: QFontMetricsF) -> Iterator[Tuple[float, QRectF, str]]:
    """Yield the places of the labels under the x axis that do not run into each other."""
    taken: List[QRectF] = []
    for value, text in frame.x_labels:
        width = metrics.horizontalAdvance(text) + 2 * _GAP
        x = min(float(frame.across(value)), frame.plot.right() + _RIGHT - width / 2)  # the last one is not cut off
        box = QRectF(x - width / 2, frame.plot.bottom() + _GAP, width, metrics.height())
        if not any(box.intersects(other) for other in taken):
            taken.append(box)
            yield value, box, text


def write(painter: QPainter, box: QRectF, text: str, where: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> None:
    """Write one line, cut short with an ellipsis where it is too long."""
    option = QTextOption(where)
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    short = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, box.width() + 0.5)
    painter.drawText(box, short, option)
