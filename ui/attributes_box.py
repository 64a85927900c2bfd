"""What attributes, and how well areas are known, are found from."""

from __future__ import annotations

from typing import List, Mapping, Optional

from qgis.core import QgsMapLayerProxyModel
from qgis.gui import QgsCheckableComboBox, QgsCollapsibleGroupBox, QgsDoubleSpinBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from .forms import load_form, read_value
from .health_line import HealthLine
from .layer_pick import LayerPick
from .run_box import RunBox
from .texts import tr


class AttributesBox(QWidget):
    """Inputs, what will happen, and the button. `changed` when something else may be meant."""

    changed = pyqtSignal()

    confidenceCombo: QgsMapLayerComboBox  # noqa: N815 - names of the .ui file
    advancedGroup: QgsCollapsibleGroupBox  # noqa: N815
    demNameEdit: QLineEdit  # noqa: N815
    debrisCombo: QgsMapLayerComboBox  # noqa: N815
    regionsCombo: QgsCheckableComboBox  # noqa: N815
    pixelSpin: QgsDoubleSpinBox  # noqa: N815
    blockSpin: QgsDoubleSpinBox  # noqa: N815
    againCheck: QCheckBox  # noqa: N815
    planLabel: QLabel  # noqa: N815
    runLayout: QVBoxLayout  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("attributes_box", self)
        self.own_text = tr("The map's own")
        self.confidence = LayerPick(self.confidenceCombo, QgsMapLayerProxyModel.RasterLayer, tr("none: buffer method"))
        self.debris = LayerPick(self.debrisCombo, QgsMapLayerProxyModel.PolygonLayer, tr("not known"))
        self.regionsCombo.setDefaultText(tr("rough table"))
        self.run = RunBox(self)
        self.run.set_button_text(tr("Update attributes"))
        self.run.set_estimate("")
        self.result = HealthLine(self)
        self.runLayout.addWidget(self.run)
        self.runLayout.addWidget(self.result)
        self.confidence.changed.connect(self.changed)

    def saved_widgets(self) -> Mapping[str, QWidget]:
        """Return what is remembered for the user."""
        return {"pixel_m": self.pixelSpin, "block_m": self.blockSpin}

    def show_state(self, text: str, possible: bool) -> None:
        """Say what will happen, or what is missing; allow the button."""
        self.planLabel.setText(text)
        self.run.set_possible(possible)

    def offer_own_confidence(self, there: bool) -> None:
        """Offer the confidence that the map was written with, and choose it; without one choose none."""
        self.confidence.set(None)
        self.confidenceCombo.setAdditionalItems([self.own_text] if there else [])
        if there:
            self.confidenceCombo.setCurrentIndex(self.confidenceCombo.findText(self.own_text))

    def own_confidence(self) -> bool:
        """Return whether the map's own confidence is chosen."""
        return self.confidence.other() == self.own_text

    def region_ids(self) -> List[str]:
        """Return the ids of the layers ticked as regions."""
        return [key for key in read_value(self.regionsCombo).split("\n") if key]
