"""The review's keys: in the panel and on the map, and never where somebody types."""

from __future__ import annotations

from typing import Callable, List, Mapping, Optional

from qgis.gui import QgsMapCanvas, QgsMapToolAdvancedDigitizing
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtWidgets import QAbstractSpinBox, QLineEdit, QWidget

KEYS = {
    Qt.Key.Key_J: "next", Qt.Key.Key_K: "previous", Qt.Key.Key_A: "accept", Qt.Key.Key_E: "edit",
    Qt.Key.Key_R: "reject", Qt.Key.Key_T: "open", Qt.Key.Key_N: "note", Qt.Key.Key_U: "undo",
}  # fmt: skip
"""Plain letters, and what they do."""
OF_QGIS = (Qt.Key.Key_A, Qt.Key.Key_R)
"""What QGIS's digitizing tools use on the map: R chooses a range of vertices, A locks an angle."""


class ReviewKeys(QObject):
    """Watches widgets. Plain letters do what `actions` says while `active()`; fields for text keep their keys.

    Other tools have plain letters as shortcuts too (R digitises by streaming), so that the keys are claimed
    before these: Qt asks a focused widget by a ShortcutOverride. While one of QGIS's digitizing tools is active, it
    keeps its own letters on the map, and all of them with advanced digitizing switched on.
    """

    def __init__(
        self, actions: Mapping[Qt.Key, Callable[[], None]], active: Callable[[], bool], parent: Optional[QObject] = None
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._active = active
        self._watched: List[QWidget] = []

    def watch(self, widget: QWidget) -> None:
        """Watch a widget and what is in it."""
        for one in (widget, *widget.findChildren(QWidget)):
            if not isinstance(one, (QLineEdit, QAbstractSpinBox)):
                one.installEventFilter(self)
                self._watched.append(one)

    def stop(self) -> None:
        """Let go of all widgets."""
        for widget in self._watched:
            if not sip.isdeleted(widget):
                widget.removeEventFilter(self)
        self._watched.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        action = self._actions.get(event.key())
        if action is None or event.modifiers() != Qt.KeyboardModifier.NoModifier or not self._active():
            return False
        if isinstance(watched, QgsMapCanvas) and _is_the_tools(watched, event.key()):
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            action()
        return True


def _is_the_tools(canvas: QgsMapCanvas, key: Qt.Key) -> bool:
    tool = canvas.mapTool()
    return isinstance(tool, QgsMapToolAdvancedDigitizing) and (key in OF_QGIS or tool.cadDockWidget().cadEnabled())
