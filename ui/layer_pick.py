"""A combo box of layers that tells what somebody meant from what it chose by itself."""

from __future__ import annotations

from typing import Any, Collection, Optional

from qgis.core import QgsMapLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import QObject, pyqtSignal


class LayerPick(QObject):
    """Holds a combo box. When its layer is deleted, the box goes on to a neighbour: `let_go` empties it instead.

    `picked_by_user` is true once the user has chosen, until another choice is set.
    """

    changed = pyqtSignal()

    def __init__(self, combo: QgsMapLayerComboBox, filters: Any, empty: str = "", others: Collection[str] = ()) -> None:
        super().__init__(combo)
        self.combo = combo
        self.picked_by_user = False
        self._meant = ""
        combo.setFilters(filters)
        combo.setAllowEmptyLayer(True, empty)
        combo.setAdditionalItems(list(others))
        combo.setLayer(None)
        combo.activated.connect(lambda *_: self._picked())
        combo.layerChanged.connect(lambda *_: self.changed.emit())
        combo.currentIndexChanged.connect(lambda *_: self.changed.emit())

    def layer(self) -> Optional[QgsMapLayer]:
        """Return the layer chosen."""
        return self.combo.currentLayer()

    def id(self) -> str:
        """Return the id of the layer chosen, "" for none."""
        layer = self.layer()
        return str(layer.id()) if layer is not None else ""

    def other(self) -> str:
        """Return which of the `others` is chosen, "" for none of them."""
        text = self.combo.currentText()
        return str(text) if self.layer() is None and text in self.combo.additionalItems() else ""

    def set(self, layer: Optional[QgsMapLayer]) -> None:
        """Choose a layer, or none."""
        self._meant = layer.id() if layer is not None else ""
        self.picked_by_user = False
        self.combo.setLayer(layer)
        if layer is None:
            self.combo.setCurrentIndex(0)  # QGIS looks for an entry without a text, and chooses none

    def let_go(self, ids: Collection[str]) -> None:
        """Choose nothing if the layer that was meant is among those deleted."""
        if self._meant in ids:
            self.set(None)

    def _picked(self) -> None:
        self._meant = self.id()
        self.picked_by_user = True
