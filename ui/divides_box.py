"""What divides come from: an earlier inventory, flowsheds of the elevation, or both."""

from __future__ import annotations

from typing import Mapping, Optional

from qgis.core import QgsMapLayerProxyModel, QgsVectorLayer
from qgis.gui import QgsCollapsibleGroupBox, QgsDoubleSpinBox, QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt.QtWidgets import QCheckBox, QLabel, QWidget

from .forms import on_change
from .layer_pick import LayerPick
from .texts import tr
from .work_box import WorkBox


class DividesBox(WorkBox):
    """Inputs, what will happen, and the button."""

    inheritCombo: QgsMapLayerComboBox  # noqa: N815 - names of the .ui file
    flowshedsCheck: QCheckBox  # noqa: N815
    iceCapsCheck: QCheckBox  # noqa: N815
    advancedGroup: QgsCollapsibleGroupBox  # noqa: N815
    idFieldCombo: QgsFieldComboBox  # noqa: N815
    minimumSpin: QgsDoubleSpinBox  # noqa: N815
    byHandLabel: QLabel  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__("divides_box", tr("Divide ice"), parent)
        self.inherit = LayerPick(self.inheritCombo, QgsMapLayerProxyModel.PolygonLayer, tr("nothing"))
        self.idFieldCombo.setAllowEmptyFieldName(True)
        self.inherit.changed.connect(self._inherit_changed)
        for widget in (self.flowshedsCheck, self.iceCapsCheck):
            on_change(widget, self.changed.emit)

    def saved_widgets(self) -> Mapping[str, QWidget]:
        """Return what is remembered for the user."""
        return {"minimum_km2": self.minimumSpin}

    def id_field(self) -> str:
        """Return the earlier inventory's field of ids, "" to find it."""
        return str(self.idFieldCombo.currentField())

    def _inherit_changed(self) -> None:
        layer = self.inherit.layer()
        self.idFieldCombo.setLayer(layer if isinstance(layer, QgsVectorLayer) else None)
        self.idFieldCombo.setField("")
        self.changed.emit()
