"""What attributes, and how well areas are known, are found from."""

from __future__ import annotations

from typing import List, Mapping, Optional

from qgis.core import QgsMapLayerProxyModel
from qgis.gui import QgsCheckableComboBox, QgsCollapsibleGroupBox, QgsDoubleSpinBox, QgsMapLayerComboBox
from qgis.PyQt.QtWidgets import QCheckBox, QLineEdit, QWidget

from .forms import read_value
from .layer_pick import LayerPick
from .texts import tr
from .work_box import WorkBox


class AttributesBox(WorkBox):
    """Inputs, what will happen, and the button."""

    confidenceCombo: QgsMapLayerComboBox  # noqa: N815 - names of the .ui file
    advancedGroup: QgsCollapsibleGroupBox  # noqa: N815
    demNameEdit: QLineEdit  # noqa: N815
    debrisCombo: QgsMapLayerComboBox  # noqa: N815
    regionsCombo: QgsCheckableComboBox  # noqa: N815
    pixelSpin: QgsDoubleSpinBox  # noqa: N815
    blockSpin: QgsDoubleSpinBox  # noqa: N815
    againCheck: QCheckBox  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__("attributes_box", tr("Update attributes"), parent)
        self.own_text = tr("The map's own")
        self.confidence = LayerPick(self.confidenceCombo, QgsMapLayerProxyModel.RasterLayer, tr("none: buffer method"))
        self.debris = LayerPick(self.debrisCombo, QgsMapLayerProxyModel.PolygonLayer, tr("not known"))
        self.regionsCombo.setDefaultText(tr("rough table"))
        self.confidence.changed.connect(self.changed)

    def saved_widgets(self) -> Mapping[str, QWidget]:
        """Return what is remembered for the user."""
        return {"pixel_m": self.pixelSpin, "block_m": self.blockSpin}

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
