"""The choice of the scene: imagery and its bands, elevation, further inputs, facts."""

from __future__ import annotations

from typing import Dict, Mapping, Optional, Sequence, Tuple

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel, QgsRasterLayer
from qgis.gui import QgsCollapsibleGroupBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QFormLayout, QGroupBox, QLabel, QLineEdit, QToolButton, QWidget

from ..inference.request import SceneFacts
from .forms import load_form
from .health_line import HealthLine
from .texts import tr

EXTRA_NAMES = {
    "co_pol_ascending": "Co-pol, ascending",
    "co_pol_descending": "Co-pol, descending",
    "cross_pol_ascending": "Cross-pol, ascending",
    "cross_pol_descending": "Cross-pol, descending",
    "coherence_ascending": "Coherence, ascending",
    "coherence_descending": "Coherence, descending",
    "thermal": "Thermal",
    "slope": "Slope",
}


class SceneBox(QGroupBox):
    """Pickers of layers. Says that something was chosen, and shows what others found out about it.

    `meant_imagery` and `meant_elevation` are the ids that somebody chose: when a layer is deleted, its combo box goes
    on to a neighbour by itself, which nobody meant.
    """

    changed = pyqtSignal()
    imagery_changed = pyqtSignal()
    bands_pressed = pyqtSignal()
    hint_pressed = pyqtSignal(str)

    imageryCombo: QgsMapLayerComboBox  # noqa: N815 - names of the .ui file
    elevationCombo: QgsMapLayerComboBox  # noqa: N815
    bandsLabel: QLabel  # noqa: N815
    bandsButton: QToolButton  # noqa: N815
    hintLabel: QLabel  # noqa: N815
    moreGroup: QgsCollapsibleGroupBox  # noqa: N815
    moreLayout: QFormLayout  # noqa: N815
    dateEdit: QLineEdit  # noqa: N815
    sensorEdit: QLineEdit  # noqa: N815
    sceneIdEdit: QLineEdit  # noqa: N815
    analystEdit: QLineEdit  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("scene_box", self)
        self.health = HealthLine(self)
        self.layout().addWidget(self.health, self.layout().rowCount(), 0, 1, 3)
        self.meant_imagery = ""
        self.meant_elevation = ""
        self.picked_by_user = False
        self._extras: Dict[str, QgsMapLayerComboBox] = {}
        for combo in (self.imageryCombo, self.elevationCombo):
            combo.setFilters(QgsMapLayerProxyModel.RasterLayer)
            combo.setAllowEmptyLayer(True)
            combo.setLayer(None)
        self.set_hint("")
        self.moreGroup.setVisible(False)
        self._connect()

    def imagery_id(self) -> str:
        """Return the id of the imagery's layer, "" where none is chosen."""
        return _id(self.imageryCombo)

    def elevation_id(self) -> str:
        """Return the id of the elevation's layer, "" where none is chosen."""
        return _id(self.elevationCombo)

    def set_imagery(self, layer: Optional[QgsMapLayer]) -> None:
        """Choose the imagery."""
        self.meant_imagery = layer.id() if layer is not None else ""
        self.picked_by_user = False
        self.imageryCombo.setLayer(layer)

    def set_elevation(self, layer: Optional[QgsMapLayer]) -> None:
        """Choose the elevation."""
        self.meant_elevation = layer.id() if layer is not None else ""
        self.elevationCombo.setLayer(layer)

    def set_bands(self, text: str, tooltip: str = "") -> None:
        """Show which bands are assigned."""
        self.bandsLabel.setText(text)
        self.bandsLabel.setToolTip(tooltip)
        self.bandsButton.setEnabled(bool(self.imagery_id()))

    def set_hint(self, html: str) -> None:
        """Show a hint with links below the bands; "" puts it away."""
        self.hintLabel.setText(html)
        self.hintLabel.setVisible(bool(html))

    def show_extras(self, names: Sequence[str]) -> None:
        """Ask for these further bands (those a model needs beside optical bands and elevation)."""
        if list(names) == list(self._extras):
            return
        while self.moreLayout.rowCount():
            self.moreLayout.removeRow(0)
        self._extras = {name: self._extra_combo(name) for name in names}
        self.moreGroup.setVisible(bool(names))

    def extras(self) -> Mapping[str, Tuple[str, int]]:
        """Return layer id and band number of the further bands that are chosen."""
        return {name: (_id(combo), 1) for name, combo in self._extras.items() if _id(combo)}

    def facts(self) -> SceneFacts:
        """Return what was typed about the scene."""
        edits = (self.sceneIdEdit, self.dateEdit, self.sensorEdit, self.analystEdit)
        return SceneFacts(*(edit.text().strip() for edit in edits))

    def suggest_facts(self, facts: SceneFacts) -> None:
        """Replace date, sensor and scene id; the analyst stays."""
        self.sceneIdEdit.setText(facts.src_id)
        self.dateEdit.setText(facts.src_date)
        self.sensorEdit.setText(facts.sensor)

    def _extra_combo(self, name: str) -> QgsMapLayerComboBox:
        combo = QgsMapLayerComboBox(self.moreGroup)
        combo.setFilters(QgsMapLayerProxyModel.RasterLayer)
        combo.setAllowEmptyLayer(True)
        combo.setLayer(None)
        combo.layerChanged.connect(lambda *_: self.changed.emit())
        self.moreLayout.addRow(tr(EXTRA_NAMES.get(name, name)), combo)
        return combo

    def _imagery_picked(self) -> None:
        self.meant_imagery = self.imagery_id()
        self.picked_by_user = True

    def _elevation_picked(self) -> None:
        self.meant_elevation = self.elevation_id()

    def _connect(self) -> None:
        self.imageryCombo.layerChanged.connect(lambda *_: self.imagery_changed.emit())
        self.elevationCombo.layerChanged.connect(lambda *_: self.changed.emit())
        self.imageryCombo.activated.connect(lambda *_: self._imagery_picked())
        self.elevationCombo.activated.connect(lambda *_: self._elevation_picked())
        self.bandsButton.clicked.connect(self.bands_pressed)
        self.hintLabel.linkActivated.connect(self.hint_pressed)
        for edit in (self.dateEdit, self.sensorEdit, self.sceneIdEdit, self.analystEdit):
            edit.editingFinished.connect(self.changed)


def _id(combo: QgsMapLayerComboBox) -> str:
    layer = combo.currentLayer()
    return str(layer.id()) if isinstance(layer, QgsRasterLayer) else ""
