"""The plugin: wiring only. What initGui sets up, unload takes down."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Tuple

from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from .algorithms.provider import IceMarginProvider
from .tasks.log import LogTabHandler, install_handler, remove_handler
from .ui.change_presenter import ChangePresenter
from .ui.compare_panel import ComparePanel
from .ui.compare_presenter import ComparePresenter
from .ui.dock import IceMarginDock
from .ui.edit_log_watch import EditLogWatch
from .ui.editing_bar import EditingBar
from .ui.inventory_panel import InventoryPanel
from .ui.inventory_presenter import InventoryPresenter
from .ui.map_panel import MapPanel
from .ui.map_presenter import MapPresenter
from .ui.result_presenter import ResultPresenter
from .ui.review_panel import ReviewPanel
from .ui.review_presenter import ReviewPresenter
from .ui.review_texts import review_title
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
        self._review: Optional[ReviewPresenter] = None
        self._inventory: Optional[InventoryPresenter] = None
        self._comparing: Tuple[ResultPresenter, ...] = ()
        self._log_handler: Optional[LogTabHandler] = None
        self._provider: Optional[IceMarginProvider] = None
        self._editing: Optional[EditingBar] = None
        self._edit_logs: Optional[EditLogWatch] = None

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
        self._add_review(self._dock, self._presenter)
        self._add_inventory(self._dock, self._presenter)
        self._add_comparison(self._dock, self._presenter)
        self._action = QAction(QIcon(str(ICON)), tr("Map glaciers"), self._iface.mainWindow())
        self._action.setObjectName("IceMarginAction")
        self._action.setToolTip(tr("Show or hide the IceMargin panel"))
        self._dock.setToggleVisibilityAction(self._action)
        self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._dock)
        self._iface.addPluginToRasterMenu(MENU, self._action)
        self._iface.addRasterToolBarIcon(self._action)
        self._editing = EditingBar(self._iface)
        self._add_edit_log(self._editing)

    def _add_review(self, dock: IceMarginDock, mapping: MapPresenter) -> None:
        panel = ReviewPanel()
        dock.add_tab(panel, tr("Review"))
        review = ReviewPresenter(panel, self._iface, mapping.request, panel)
        review.left_changed.connect(lambda left: dock.set_title(panel, review_title(left)))
        review.taken.connect(lambda: dock.show_panel(panel))
        mapping.review_wanted.connect(review.review)
        self._review = review

    def _add_inventory(self, dock: IceMarginDock, mapping: MapPresenter) -> None:
        panel = InventoryPanel()
        dock.add_tab(panel, tr("Inventory"))
        inventory = InventoryPresenter(panel, self._iface, parent=panel)
        inventory.setup_wanted.connect(mapping.tools.show_runtime)
        mapping.tools.runtime_ready.connect(inventory.look_later)
        review = self._review
        if review is not None:
            review.left_changed.connect(lambda left: inventory.show_left(review.desk.layer.layer_id, left))
        self._inventory = inventory

    def _add_comparison(self, dock: IceMarginDock, mapping: MapPresenter) -> None:
        panel = ComparePanel()
        dock.add_tab(panel, tr("Compare"))
        change = ChangePresenter(panel, self._iface, parent=panel)
        self._comparing = (ComparePresenter(panel, self._iface, parent=panel), change)
        for presenter in self._comparing:
            presenter.setup_wanted.connect(mapping.tools.show_runtime)
            mapping.tools.runtime_ready.connect(presenter.look_later)

    def _add_edit_log(self, editing: EditingBar) -> None:
        watch = EditLogWatch(self._iface)
        editing.session.started.connect(watch.follow)
        if self._inventory is not None:
            log = self._inventory.log
            watch.show_wanted.connect(lambda layer_id: log.show(QgsProject.instance().mapLayer(layer_id)))
        if self._review is not None:
            self._review.desk.layer.written.connect(watch.wrote)
        self._edit_logs = watch

    def unload(self) -> None:
        """Undo all that initGui did, and stop what is running."""
        if self._edit_logs is not None:
            self._edit_logs.stop()
            self._edit_logs = None
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        if self._editing is not None:
            self._editing.stop()
            self._editing = None
        for presenter in self._comparing:
            presenter.stop()
        self._comparing = ()
        if self._inventory is not None:
            self._inventory.stop()
            self._inventory = None
        if self._review is not None:
            self._review.stop()
            self._review = None
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
