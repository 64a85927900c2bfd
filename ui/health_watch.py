"""Follows a layer and looks at it again, in the background, whenever it has changed."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..tasks.inventory_health import InventoryHealth, inventory_health
from ..tasks.layer_sources import source_of_layer
from ..tasks.runs import Runs

PAUSE_MS = 500
"""So long nothing must change: then somebody has finished an edit."""


class HealthWatch(QObject):
    """Holds a layer's id, never the layer. `found` when `health` is new, or None for another layer."""

    found = pyqtSignal()

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.health: Optional[InventoryHealth] = None
        self.layer_id = ""
        self.runs = Runs(lambda source, _, progress: inventory_health(source, progress), self)
        self._again = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._look)
        self.runs.done.connect(lambda _, health: self._done(health))
        self.runs.failed.connect(lambda *_: self._done(None))

    def stop(self) -> None:
        """Let go of the layer."""
        self.set_layer(None)
        self.runs.stop()

    def set_layer(self, layer: Optional[QgsVectorLayer]) -> None:
        """Follow another layer, or none."""
        if (layer.id() if layer is not None else "") == self.layer_id:
            return
        before = QgsProject.instance().mapLayer(self.layer_id)
        if isinstance(before, QgsVectorLayer):
            for signal, slot in self._signals(before):
                signal.disconnect(slot)
        self.layer_id = layer.id() if layer is not None else ""
        self.health = None
        self._timer.stop()
        if layer is not None:
            for signal, slot in self._signals(layer):
                signal.connect(slot)
            self._look()
        self.found.emit()

    def look_later(self, *_: Any) -> None:
        """Look once nothing changes any more."""
        self._timer.start()

    def _signals(self, layer: QgsVectorLayer) -> List[Tuple[Any, Any]]:
        stack = layer.undoStack()
        return [(one, self.look_later) for one in (stack.indexChanged, layer.dataChanged, layer.subsetStringChanged)]

    def _look(self) -> None:
        layer = QgsProject.instance().mapLayer(self.layer_id)
        if self.runs.is_running:
            self._again = True
        elif isinstance(layer, QgsVectorLayer):
            self.runs.start(f"IceMargin: {layer.name()}", source_of_layer(layer), "")

    def _done(self, health: Optional[InventoryHealth]) -> None:
        if self._again:
            self._again = False
            self._look()
            return
        self.health = health
        self.found.emit()
