"""Which features of a layer were edited since one asked last. Main thread only."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Set, Tuple

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

PAUSE_MS = 300
"""How long nothing is edited before one is told."""


class LayerWatch(QObject):
    """Holds a layer's id, never the layer.

    `touched`: features were edited, and nothing was for a moment; undo, redo, saving and discarding are edits too.
    `renewed`: the layer is another one now: its filter, its fields, its CRS. `opened`: an edit session began.
    """

    touched = pyqtSignal()
    renewed = pyqtSignal()
    opened = pyqtSignal()

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.layer_id = ""
        self._keys: Set[int] = set()
        self._is_other = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._tell)

    @property
    def has_keys(self) -> bool:
        """True if features were edited."""
        return bool(self._keys)

    @property
    def is_waiting(self) -> bool:
        """True while something was edited that was not told yet."""
        return self.has_keys or self._pause.isActive()

    def layer(self) -> Optional[QgsVectorLayer]:
        """Return the layer, None if it has left the project."""
        layer = QgsProject.instance().mapLayer(self.layer_id)
        return layer if isinstance(layer, QgsVectorLayer) else None

    def follow(self, layer: Optional[QgsVectorLayer]) -> None:
        """Follow another layer, or none."""
        before = self.layer()
        if before is not None:
            for signal, slot in self._signals(before):
                signal.disconnect(slot)
        self.take()
        self.layer_id = layer.id() if layer is not None else ""
        if layer is not None:
            for signal, slot in self._signals(layer):
                signal.connect(slot)

    def take(self) -> Set[int]:
        """Return the features that were edited since this was asked last."""
        self._pause.stop()
        keys, self._keys, self._is_other = self._keys, set(), False
        return keys

    def _edited(self, key: int, *_: Any) -> None:
        self._keys.add(key)
        self._pause.start()

    def _saved(self, _: str, geometries: Mapping[int, Any]) -> None:
        """Some formats keep geometries otherwise than they were drawn: as parts, or rounded."""
        self._keys.update(geometries)
        self._pause.start()

    def _tell(self) -> None:
        layer = self.layer()
        if layer is not None and layer.isEditCommandActive():
            self._pause.start()
        elif self._is_other:
            self.renewed.emit()
        elif self._keys:
            self.touched.emit()

    def _renewed(self, *_: Any) -> None:
        self._is_other = True
        self._pause.start()

    def _opened(self) -> None:
        self.opened.emit()

    def _signals(self, layer: QgsVectorLayer) -> List[Tuple[Any, Any]]:
        # A feature that is saved gets another id: QGIS tells that one was deleted, and one added.
        edits = (layer.geometryChanged, layer.featureAdded, layer.featureDeleted, layer.attributeValueChanged)
        others = (layer.subsetStringChanged, layer.updatedFields, layer.crsChanged)
        more = [(layer.editingStarted, self._opened), (layer.committedGeometriesChanges, self._saved)]
        return [*more, *((signal, self._edited) for signal in edits), *((signal, self._renewed) for signal in others)]
