"""The plugin: wiring only. What initGui sets up, unload takes down."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.core import QgsApplication
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from .algorithms.provider import IceMarginProvider
from .tasks.log import LogTabHandler, install_handler, remove_handler
from .ui.dock import IceMarginDock
from .ui.map_panel import MapPanel
from .ui.map_presenter import MapPresenter
from .ui.texts import tr

ICON = Path(__file__).resolve().parent / "resources" / "icon.svg"
MENU = "&IceMargin"


class IceMarginPlugin:
    """What QGIS holds of the plugin."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        self._action: Optional[QAction] = None
        self._dock: Optional[IceMarginDock] = None
        self._presenter: Optional[MapPresenter] = None
        self._log_handler: Optional[LogTabHandler] = None
        self._provider: Optional[IceMarginProvider] = None

    def initProcessing(self) -> None:  # noqa: N802 - QGIS's name
        """Add the algorithms (QGIS calls this alone in `qgis_process`)."""
        self._provider = IceMarginProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self) -> None:  # noqa: N802 - QGIS's name
        """Add the dock and the action that shows it."""
        self._log_handler = install_handler()
        self.initProcessing()
        panel = MapPanel()
        self._dock = IceMarginDock(self._iface.mainWindow())
        self._dock.add_tab(panel, tr("Map"))
        self._presenter = MapPresenter(panel, self._iface)
        self._action = QAction(QIcon(str(ICON)), tr("Map glaciers"), self._iface.mainWindow())
        self._action.setObjectName("IceMarginAction")
        self._action.setToolTip(tr("Show or hide the IceMargin panel"))
        self._dock.setToggleVisibilityAction(self._action)
        self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._dock)
        self._iface.addPluginToRasterMenu(MENU, self._action)
        self._iface.addRasterToolBarIcon(self._action)

    def unload(self) -> None:
        """Undo all that initGui did, and stop what is running."""
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        if self._presenter is not None:
            self._presenter.stop()
            self._presenter = None
        if self._action is not None:
            self._iface.removePluginRasterMenu(MENU, self._action)
            self._iface.removeRasterToolBarIcon(self._action)
            self._action.deleteLater()
            self._action = None
        if self._dock is not None:
            self._iface.removeDockWidget(self._dock)
            self._dock.deleteLater()
            self._dock = None
        if self._log_handler is not None:
            remove_handler(self._log_handler)
            self._log_handler = None
