"""Candidate and reference seen at once: swiped over one map, or in two maps side by side."""

from __future__ import annotations

from typing import Dict, List, Optional

from qgis.core import QgsMapLayer, QgsProject
from qgis.gui import QgisInterface, QgsMapTool
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QDockWidget

from ..maptools.swipe import SwipeTool
from .linked_view import LinkedView
from .texts import tr


class TwoViews(QObject):
    """Shows layer ids, never held as layers. `changed` when one of the views was switched on or off."""

    changed = pyqtSignal()

    def __init__(self, iface: QgisInterface, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._window = iface.mainWindow()
        self._canvas = iface.mapCanvas()
        self._ids = ("", "")
        self._tool = SwipeTool(self._canvas)
        self._widths: Dict[str, int] = {}
        self._half = 0
        self._before: Optional[QgsMapTool] = None
        self._canvas.mapToolSet.connect(self._tool_set)
        self._view: Optional[LinkedView] = None
        # A dock has a size of its own only once it was laid out.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._share_room)

    @property
    def swiping(self) -> bool:
        """True while the swipe tool is the map's."""
        return bool(self._canvas.mapTool() is self._tool)

    @property
    def beside(self) -> bool:
        """True while the second map is open."""
        return self._view is not None

    def set_layers(self, candidate: str, reference: str) -> None:
        """Take other layers, by id."""
        if (candidate, reference) != self._ids:
            self._ids = (candidate, reference)
            self._show_layers()

    def _show_layers(self) -> None:
        first, second = (self._layers(layer_id) for layer_id in self._ids)
        self._tool.set_layers(first, second)
        if self._view is not None:
            self._view.set_layers(second, first)
            self._view.setWindowTitle(_title(second))
        if not (first and second):
            self.swipe(False)

    def swipe(self, on: bool) -> None:
        """Take up the swipe tool, or go back to the tool before it."""
        if on and not self.swiping:
            self._before = self._canvas.mapTool()
            self._canvas.setMapTool(self._tool)
        elif not on and self.swiping:
            before, self._before = self._before, None
            if before is not None and not sip.isdeleted(before):
                self._canvas.setMapTool(before)
            else:
                self._canvas.unsetMapTool(self._tool)

    def show_beside(self, on: bool) -> None:
        """Open the second map, or close it."""
        if on and self._view is None:
            self._view = LinkedView(self._canvas, self._window)
            self._view.closed.connect(self._close)
            self._place(self._view)
            self._show_layers()
            self.changed.emit()
        elif not on:
            self._close()

    def stop(self) -> None:
        """Put the tool down and close the second map."""
        self.swipe(False)
        self._close()
        self._canvas.mapToolSet.disconnect(self._tool_set)
        self._tool.deleteLater()

    def _place(self, view: LinkedView) -> None:
        """Put the second map left of the first (QgisInterface could not put it beside other docks)."""
        docks = [dock for dock in self._window.findChildren(QDockWidget) if dock.isVisible() and not dock.isFloating()]
        self._widths = {dock.objectName(): dock.width() for dock in docks}
        self._half = self._canvas.width() // 2
        self._window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, view, Qt.Orientation.Horizontal)
        self._later.start()

    def _share_room(self) -> None:
        """Give each map half of the room; the other docks keep their widths."""
        if self._view is None:
            return
        docks = [dock for dock in self._window.findChildren(QDockWidget) if dock.objectName() in self._widths]
        widths = [self._widths[dock.objectName()] for dock in docks]
        self._window.resizeDocks([*docks, self._view], [*widths, self._half], Qt.Orientation.Horizontal)

    def _close(self) -> None:
        view, self._view = self._view, None
        if view is None:
            return
        view.closed.disconnect(self._close)
        view.stop()
        self._window.removeDockWidget(view)
        view.deleteLater()
        self.changed.emit()

    def _tool_set(self, new: Optional[QgsMapTool], old: Optional[QgsMapTool]) -> None:
        if self._tool in (new, old):
            self.changed.emit()

    def _layers(self, layer_id: str) -> List[QgsMapLayer]:
        layer = QgsProject.instance().mapLayer(layer_id)
        return [layer] if layer is not None else []


def _title(layers: List[QgsMapLayer]) -> str:
    return str(layers[0].name()) if layers else tr("Second map")
