"""Wires the Inventory tab: which outlines, how they are, check, divides, attributes, the edit log, the hand-in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Optional

from qgis.core import QgsProject, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..tasks.inventory_work import find_attributes, find_divides
from ..tasks.runs import Run
from ..tasks.runtime_setting import runtime_python
from . import map_settings
from .attributes_work import AttributesWork
from .check_presenter import CheckPresenter
from .checked_items import offer_items
from .compare_guess import guess_inventory, guess_pair, other_results, outline_layers
from .divides_work import DividesWork
from .edit_log_presenter import EditLogPresenter
from .export_presenter import ExportPresenter
from .health_watch import HealthWatch
from .inventory_panel import InventoryPanel
from .inventory_state import inventory_state
from .later import later
from .layer_work import LayerWork
from .project_layers import guess_elevation, rasters
from .review_layers import guess_outlines, run_folder

GROUP = "inventory"


class InventoryPresenter(QObject):
    """Owns what stands behind the panel. `stop` undoes everything; `setup_wanted`: the runtime is to be set up."""

    setup_wanted = pyqtSignal()

    def __init__(
        self,
        panel: InventoryPanel,
        iface: QgisInterface,
        measure: Run = find_attributes,
        divide: Run = find_divides,
        parent: Optional[QObject] = None,
    ) -> None:
        super().__init__(parent)
        self.panel = panel
        self._iface = iface
        self.watch = HealthWatch(self)
        self.divides = DividesWork(panel, iface, self.layer, divide, self)
        self.attributes = AttributesWork(panel, iface, self.layer, measure, self)
        self.check = CheckPresenter(panel.check, iface, self.layer, self)
        self.log = EditLogPresenter(iface, self)
        self.hand_in = ExportPresenter(iface, self)
        self._left = ("", 0)
        self._later = later(self.look, self)
        self._shown: LayerWork = self.attributes
        self._scroll = later(self._scroll_to_result, self)
        map_settings.restore_widgets(GROUP, panel.divides.saved_widgets())
        map_settings.restore_widgets(GROUP, panel.attributes.saved_widgets())
        self._connect()
        self.look()

    def stop(self) -> None:
        """Keep the settings, cancel what runs, let go of the project and its layers."""
        map_settings.save_widgets(GROUP, self.panel.divides.saved_widgets())
        map_settings.save_widgets(GROUP, self.panel.attributes.saved_widgets())
        project = QgsProject.instance()
        project.layersRemoved.disconnect(self._layers_removed)
        project.layersAdded.disconnect(self.look_later)
        project.cleared.disconnect(self._project_cleared)
        project.readProject.disconnect(self._project_read)
        self._later.stop()
        self._scroll.stop()
        for part in (self.check, self.divides, self.attributes, self.watch, self.log, self.hand_in):
            part.stop()

    def layer(self) -> Optional[QgsVectorLayer]:
        """Return the outlines that are chosen."""
        layer = self.panel.outlines.layer()
        return layer if isinstance(layer, QgsVectorLayer) else None

    def look(self) -> None:
        """Take up the layers that there are now, and say how things are."""
        self._offer()
        layer = self.layer()
        if (layer.id() if layer is not None else "") != self.watch.layer_id:
            self._open(layer)
        self._show_health()
        for part in (self.check, self.divides, self.attributes):
            part.look()

    def look_later(self, *_: Any) -> None:
        """Look once the current event is dealt with."""
        self._later.start()

    def show_left(self, layer_id: str, left: int) -> None:
        """Take how many glaciers of a layer the Review tab has left."""
        self._left = (layer_id, left)
        self._show_health()

    def select_stale(self) -> None:
        """Select what is stale in the layer, and show it."""
        layer, health = self.layer(), self.watch.health
        if layer is None or health is None:
            return
        layer.selectByIds(list(health.stale))
        self._iface.setActiveLayer(layer)
        self._iface.mapCanvas().zoomToSelected(layer)

    def _hand_in(self) -> None:
        layer = self.layer()
        if layer is not None:
            self.hand_in.show(layer)

    def _connect(self) -> None:
        panel, project = self.panel, QgsProject.instance()
        panel.changed.connect(self.look_later)
        panel.shown.connect(self.look_later)
        panel.staleButton.clicked.connect(self.select_stale)
        panel.logButton.clicked.connect(lambda *_: self.log.show(self.layer()))
        panel.handInButton.clicked.connect(lambda *_: self._hand_in())
        for wanted in (panel.setupButton.clicked, self.check.setup_wanted, self.hand_in.setup_wanted):
            wanted.connect(lambda *_: self.setup_wanted.emit())
        self.check.faults_changed.connect(self._show_health)
        self.watch.found.connect(self._show_health)
        for work in (self.divides, self.attributes):
            work.setup_wanted.connect(self.setup_wanted)
            work.applied.connect(lambda work=work: self._applied(work))
        project.layersRemoved.connect(self._layers_removed)
        project.layersAdded.connect(self.look_later)
        project.cleared.connect(self._project_cleared)
        project.readProject.connect(self._project_read)

    def _offer(self) -> None:
        """Offer the project's layers, and guess what nobody has chosen."""
        project, panel = QgsProject.instance(), self.panel
        layers, hidden = outline_layers(project), other_results(project)
        for pick in (panel.outlines, panel.divides.inherit, panel.attributes.debris):
            pick.combo.setExceptedLayerList(hidden)
        offer_items(panel.attributes.regionsCombo, [(layer.name(), layer.id()) for layer in layers])
        if not panel.outlines.picked_by_user:
            guess = guess_outlines(project) or guess_pair(layers)[0] or next(iter(layers), None)
            if guess is not panel.outlines.layer():
                panel.outlines.set(guess)
        if panel.elevation.layer() is None and not panel.elevation.picked_by_user:
            panel.elevation.set(guess_elevation(rasters(project)))
        inherit = panel.divides.inherit
        if not inherit.picked_by_user and inherit.layer() in (None, panel.outlines.layer()):
            inherit.set(guess_inventory(layers, self.layer()))

    def _open(self, layer: Optional[QgsVectorLayer]) -> None:
        """Take another layer: what came out and what was guessed belongs to the one before."""
        panel = self.panel
        self.watch.set_layer(layer)
        folder: Optional[Path] = run_folder(layer) if layer is not None else None
        panel.attributes.offer_own_confidence(folder is not None)
        for work in (self.divides, self.attributes):
            work.clear()

    def _show_health(self) -> None:
        left = self._left[1] if self._left[0] == self.watch.layer_id else None
        health = self.watch.health
        level, text = inventory_state(self.layer(), health, self.check.fault_count, left)
        self.panel.show_health(level, text, len(health.stale) if health is not None else 0, not runtime_python())
        for button in (self.panel.logButton, self.panel.handInButton):
            button.setEnabled(self.layer() is not None)
        dem = self.panel.elevation.layer()
        self.panel.attributes.demNameEdit.setPlaceholderText(dem.name() if dem is not None else "")

    def _applied(self, work: LayerWork) -> None:
        """Show what came out; a map that comes later does not take the place of a layer that was worked on."""
        self.panel.outlines.picked_by_user = True
        choice = {name: pick.id() for name, pick in self.panel.picks().items()}
        map_settings.save_project_choice(QgsProject.instance(), choice, GROUP)
        self._shown = work
        self._scroll.start()

    def _scroll_to_result(self) -> None:
        self.panel.scrollArea.ensureWidgetVisible(self._shown.box.result)

    def _layers_removed(self, ids: List[str]) -> None:
        for pick in self.panel.picks().values():
            pick.let_go(ids)
        self.look_later()

    def _project_read(self) -> None:
        """Choose what was kept with the project; what is gone is guessed."""
        project = QgsProject.instance()
        choice = map_settings.project_choice(project, GROUP)
        for name, pick in self.panel.picks().items():
            layer = project.mapLayer(str(choice.get(name, "")))
            if layer is not None:
                pick.set(layer)
                pick.picked_by_user = True
        self.look_later()

    def _project_cleared(self) -> None:
        """What was chosen, and what runs, goes with the project."""
        for pick in self.panel.picks().values():
            pick.set(None)
        for work in (self.divides, self.attributes):
            work.runs.cancel()
        self.look_later()
