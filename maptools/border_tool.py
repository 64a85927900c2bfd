"""Reshape a shared border on the canvas; with Shift held when the line ends, the other piece changes sides."""

from __future__ import annotations

from qgis.core import QgsGeometry, QgsVectorLayer
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeyEvent

from .border_edits import reshape_shared
from .editing_session import EditingSession
from .planned_edit import OutlineEdit
from .stroke_tool import StrokeTool


class BorderTool(StrokeTool):
    """Draw from a shared border back to it."""

    def __init__(self, canvas: QgsMapCanvas, session: EditingSession, title: str) -> None:
        super().__init__(canvas, session, title, self._reshape)
        self._other_side = False

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """End a line by the mouse."""
        self._other_side = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        super().canvasReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - QGIS's name
        """End a line by Enter."""
        self._other_side = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        super().keyPressEvent(event)

    def _reshape(self, layer: QgsVectorLayer, line: QgsGeometry) -> OutlineEdit:
        return reshape_shared(layer, line, self._other_side)
