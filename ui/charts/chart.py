"""What all charts share: marks that are selected by mouse and keyboard, tool tips, the text of an empty chart."""

from __future__ import annotations

import html
from typing import Any, Iterable, List, Optional, Sequence, Set

from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTextOption,
)
from qgis.PyQt.QtWidgets import QApplication, QRubberBand, QToolTip, QWidget

from ..texts import tr
from .colours import Colours
from .frame import Frame, Scale, draw_frame
from .hits import nearest, touched

_ADDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_MARGIN = 12
_REACH = 8.0
"""Pixels from a mark at which the mouse is still on it."""


class Chart(QWidget):
    """Marks with keys. `selected(keys)` when the user selects, never when set_selected() is called.

    A click selects the mark under it, a drag those in the rectangle; with Ctrl or Shift they are added to what is
    selected. A click beside all marks, or Escape, clears. Arrow keys, Home and End go from mark to mark, Space
    selects. A kind of chart tells where its marks are (`_places`) and draws them.
    """

    selected = pyqtSignal(list)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._chosen: Set[str] = set()
        self._current = -1
        self._pressed: Optional[QPoint] = None
        self._band: Optional[QRubberBand] = None
        self._empty_text = tr("Nothing to show yet.")
        self._note = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    # What a kind of chart tells of itself -----------------------------------------------------------------------

    def _scales(self) -> Sequence[Scale]:
        """Return the scales of x and y, nothing where there is nothing to show."""
        return ()

    def _count(self) -> int:
        """Return how many marks there are, in the order in which the arrow keys visit them."""
        return 0

    def _keys(self, mark: int) -> Sequence[str]:
        """Return the keys of a mark."""
        raise NotImplementedError

    def _tip(self, mark: int) -> Sequence[str]:
        """Return the lines of a mark's tool tip."""
        raise NotImplementedError

    def _places(self, frame: Frame) -> Any:
        """Return left, top, right and bottom of all marks in pixels, as an array of n x 4."""
        raise NotImplementedError

    def _draw(self, painter: QPainter, frame: Frame, colours: Colours) -> None:
        """Draw the marks."""
        raise NotImplementedError

    # What a panel calls -----------------------------------------------------------------------------------------

    def set_selected(self, keys: Sequence[str]) -> None:
        """Show marks of these keys as selected; nothing is emitted. Keys that the chart lacks are kept."""
        self._chosen = set(keys)
        self.update()

    def selection(self) -> List[str]:
        """Return the keys selected: those of marks in their order, then those that the chart lacks."""
        own = [key for key in self._keys_of(range(self._count())) if key in self._chosen]
        return own + sorted(self._chosen.difference(own))

    def set_empty_text(self, text: str) -> None:
        """Say what is shown in the place of a chart without values."""
        self._empty_text = text
        self.update()

    def clear(self) -> None:
        """Forget all values; the empty text is shown."""
        raise NotImplementedError

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size at which all texts are read in a narrow dock."""
        line = self.fontMetrics().height()
        return QSize(20 * line, 13 * line)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size below which nothing could be told from each other."""
        line = self.fontMetrics().height()
        return QSize(10 * line, 8 * line)

    # Drawing ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw everything anew."""
        colours = Colours.of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), colours.paper)
        frame = self._frame()
        if frame is None:
            painter.setPen(colours.quiet)
            room = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
            painter.drawText(room, self._empty_text, QTextOption(Qt.AlignmentFlag.AlignCenter))
        else:
            draw_frame(painter, frame, colours, self._note)
            self._draw(painter, frame, colours)
            self._draw_current(painter, frame, colours)
        painter.end()

    def _draw_current(self, painter: QPainter, frame: Frame, colours: Colours) -> None:
        """Draw a ring around the mark that the keyboard is at."""
        if self.hasFocus() and 0 <= self._current < self._count():
            left, top, right, bottom = (float(side) for side in self._places(frame)[self._current])
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colours.ink, 1, Qt.PenStyle.DotLine))
            painter.drawRect(QRectF(QPointF(left, top), QPointF(right, bottom)).adjusted(-3, -3, 3, 3))

    def _frame(self) -> Optional[Frame]:
        scales = self._scales()
        return Frame.inside(QRectF(self.rect()), QFontMetricsF(self.font()), *scales) if scales else None

    def _has_new_data(self, left_out: int) -> None:
        """Show what a kind of chart was given, and how much of it cannot be shown; what is selected stays so."""
        self._current = -1
        self._note = tr("{} not shown").format(left_out) if left_out else ""
        self.update()

    # Mouse ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin a click or a rectangle."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the rectangle; without a button, show by the cursor what can be clicked."""
        if self._pressed is None:
            over = self._mark_at(event.pos()) >= 0
            self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
            return
        moved = (event.pos() - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if self._band is None and moved:
            self._band = QRubberBand(QRubberBand.Shape.Rectangle, self)
            self._band.show()
        if self._band is not None:
            self._band.setGeometry(QRect(self._pressed, event.pos()).normalized())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Select the mark under the mouse or the marks in the rectangle."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        adding = bool(event.modifiers() & _ADDING)
        if self._band is None:
            self._current = self._mark_at(event.pos())
            self._select([self._current] if self._current >= 0 else [], adding)
        else:
            self._select(self._marks_in(self._band.geometry()), adding, toggling=False)
        self._end_drag()

    def _end_drag(self) -> None:
        self._pressed = None
        if self._band is not None:
            self._band.hide()
            self._band.deleteLater()
            self._band = None

    def _mark_at(self, pos: QPoint) -> int:
        """Return the mark under the mouse, -1 without."""
        frame = self._frame()
        return nearest(self._places(frame), pos.x(), pos.y(), _REACH) if frame is not None else -1

    def _marks_in(self, box: QRect) -> List[int]:
        frame = self._frame()
        if frame is None:
            return []
        return touched(self._places(frame), (box.left(), box.top(), box.right(), box.bottom()))

    # Keyboard ---------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go from mark to mark and select."""
        last = self._count() - 1
        steps = {
            Qt.Key.Key_Left: max(self._current - 1, 0),
            Qt.Key.Key_Right: min(self._current + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if last >= 0 and event.key() in steps:
            self._go_to(steps[event.key()])
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current >= 0:
            self._select([self._current], bool(event.modifiers() & _ADDING))
        elif event.key() == Qt.Key.Key_Escape and self._pressed is not None:
            self._end_drag()
        elif event.key() == Qt.Key.Key_Escape and self._chosen:
            self._select([], adding=False)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show where the keyboard is."""
        super().focusInEvent(event)
        self.update()

    def _go_to(self, mark: int) -> None:
        """Move the ring, and tell what is there (to a screen reader, too)."""
        self._current = mark
        self.setAccessibleDescription("; ".join(self._tip(mark)))
        self.update()
        frame = self._frame()
        if frame is not None and self.isVisible():
            left, _, right, bottom = self._places(frame)[mark]
            place = self.mapToGlobal(QPoint(round((left + right) / 2), round(bottom)))
            QToolTip.showText(place, _as_tip(self._tip(mark)), self)

    # Selection and tool tips ------------------------------------------------------------------------------------

    def _select(self, marks: Sequence[int], adding: bool, toggling: bool = True) -> None:
        """Select marks as the user asked, and tell it. Adding a mark that is selected whole takes it away."""
        keys = set(self._keys_of(marks))
        if adding and toggling and keys and keys <= self._chosen:
            keys = self._chosen - keys
        elif adding:
            keys |= self._chosen
        self.set_selected(list(keys))
        self.selected.emit(self.selection())

    def _keys_of(self, marks: Iterable[int]) -> List[str]:
        return list(dict.fromkeys(key for mark in marks for key in self._keys(mark)))

    def event(self, event: QEvent) -> bool:
        """Show the tool tip of the mark under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            mark = self._mark_at(event.pos())
            QToolTip.showText(event.globalPos(), _as_tip(self._tip(mark)) if mark >= 0 else "", self)
            return True
        return bool(super().event(event))


def _as_tip(lines: Sequence[str]) -> str:
    """Return lines as a tool tip that shows them as they are: names may hold anything."""
    return "<p style='white-space:pre'>" + "\n".join(html.escape(line) for line in lines) + "</p>"
