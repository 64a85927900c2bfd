"""The tool bar "IceMargin editing": a session of editing outlines, and its tools."""

from __future__ import annotations

from typing import Dict, List, Optional

from qgis.core import Qgis, QgsApplication, QgsMapLayer, QgsProject, QgsVectorLayer
from qgis.gui import QgisInterface, QgsMapTool
from qgis.PyQt.QtCore import QObject, Qt
from qgis.PyQt.QtWidgets import QAction, QToolBar

from ..inference.errors import OutlinesError
from ..maptools.edit_tool import EditTool
from ..maptools.editing_session import EditingSession
from ..tasks.result_layers import RESULT_PROPERTY
from .analyst import analyst
from .editing_tools import ToolEntry, tool_entries
from .texts import tr

OBJECT_NAME = "IceMarginEditingBar"
MESSAGE_SECONDS = 8


class EditingBar(QObject):
    """Fills the tool bar; what it adds to QGIS, stop() takes away."""

    def __init__(self, iface: QgisInterface, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._iface = iface
        self._canvas = iface.mapCanvas()
        self.session = EditingSession(QgsProject.instance(), self, analyst)
        self.session.ended.connect(self._session_ended)
        self._tools: List[EditTool] = []
        self.actions: Dict[str, QAction] = {}
        self.bar = QToolBar(tr("IceMargin editing"), iface.mainWindow())
        self.bar.setObjectName(OBJECT_NAME)
        self._add_toggle()
        for entry in tool_entries(self._canvas, self.session):
            self._add_tool(entry)
        iface.mainWindow().addToolBar(self.bar)
        self._canvas.mapToolSet.connect(self._tool_set)

    def stop(self) -> None:
        """End the session, restore the user's settings, and take the tool bar away."""
        self.session.stop()
        self._canvas.mapToolSet.disconnect(self._tool_set)
        for action in self.actions.values():
            self._canvas.removeAction(action)
        for tool in self._tools:
            self._canvas.unsetMapTool(tool)
            tool.deleteLater()
        self._iface.mainWindow().removeToolBar(self.bar)
        self.bar.deleteLater()

    def edit(self, layer: Optional[QgsMapLayer]) -> None:
        """Begin a session with a layer, as if it had been chosen and the button pressed."""
        try:
            self.session.start(layer)
        except OutlinesError as error:
            self._tell(str(error))
        self._show_state()

    def _add_toggle(self) -> None:
        action = QAction(QgsApplication.getThemeIcon("/mActionToggleEditing.svg"), tr("Edit outlines"), self.bar)
        action.setToolTip(tr("Edit outlines: snapping and shared borders are on until this is switched off"))
        action.setCheckable(True)
        action.triggered.connect(self._toggled)
        self.bar.addAction(action)
        self.bar.addSeparator()
        self.actions["toggle"] = action

    def _add_tool(self, entry: ToolEntry) -> None:
        action = QAction(QgsApplication.getThemeIcon(entry.icon), entry.tool.title, self.bar)
        action.setShortcut(entry.shortcut)
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys = action.shortcut().toString()
        action.setToolTip(f"<b>{entry.tool.title}</b> ({keys})<br>{entry.hint}")
        action.setStatusTip(entry.hint)
        action.setCheckable(True)
        action.setEnabled(False)
        entry.tool.setAction(action)
        entry.tool.told.connect(self._tell)
        entry.tool.hint.connect(self._iface.statusBarIface().showMessage)
        action.triggered.connect(lambda *_: self._canvas.setMapTool(entry.tool))
        self.bar.addAction(action)
        self._canvas.addAction(action)  # its shortcut works on the map, and not while somebody types
        self._tools.append(entry.tool)
        self.actions[entry.name] = action

    def _toggled(self, wanted: bool) -> None:
        if wanted:
            self.edit(self._layer_to_edit())
        else:
            self.session.stop()

    def _layer_to_edit(self) -> Optional[QgsMapLayer]:
        """Return the current layer if it is one of vectors, else the outlines of the newest result."""
        current = self._canvas.currentLayer()
        if isinstance(current, QgsVectorLayer):
            return current
        layers = QgsProject.instance().layerTreeRoot().layerOrder()
        return next((one for one in layers if one.customProperty(RESULT_PROPERTY) == "outlines"), current)

    def _session_ended(self, words: str) -> None:
        if words:
            self._tell(words)
        for tool in self._tools:
            self._canvas.unsetMapTool(tool)
        self._show_state()

    def _show_state(self) -> None:
        active = self.session.is_active
        self.actions["toggle"].setChecked(active)
        for name, action in self.actions.items():
            action.setEnabled(active or name == "toggle")

    def _tool_set(self, tool: Optional[QgsMapTool], _: Optional[QgsMapTool]) -> None:
        """Show how to use a tool of ours while it is active."""
        if isinstance(tool, EditTool):
            self._iface.statusBarIface().showMessage(tool.action().statusTip())
        else:
            self._iface.statusBarIface().clearMessage()

    def _tell(self, words: str) -> None:
        self._iface.messageBar().pushMessage("IceMargin", words, Qgis.MessageLevel.Warning, MESSAGE_SECONDS)
