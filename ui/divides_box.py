"""What divides come from: an earlier inventory, flowsheds of the elevation, or both."""

from __future__ import annotations

from typing import Mapping, Optional

from qgis.core import QgsMapLayerProxyModel, QgsVectorLayer
from qgis.gui import QgsCollapsibleGroupBox, QgsDoubleSpinBox, QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from .forms import load_form, on_change
from .health_line import HealthLine
from .layer_pick import LayerPick
from .run_box import RunBox
from .texts import tr


class DividesBox(QWidget):
    """Inputs, what will happen, and the button. `changed` when something else may be meant."""

    changed = pyqtSignal()

    inheritCombo: QgsMapLayerComboBox  # noqa: N815 - names of the .ui file
    flowshedsCheck: QCheckBox  # noqa: N815
    iceCapsCheck: QCheckBox  # noqa: N815
    advancedGroup: QgsCollapsibleGroupBox  # noqa: N815
    idFieldCombo: QgsFieldComboBox  # noqa: N815
    minimumSpin: QgsDoubleSpinBox  # noqa: N815
    planLabel: QLabel  # noqa: N815
    runLayout: QVBoxLayout  # noqa: N815
    byHandLabel: QLabel  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("divides_box", self)
        self.inherit = LayerPick(self.inheritCombo, QgsMapLayerProxyModel.PolygonLayer, tr("nothing"))
        self.idFieldCombo.setAllowEmptyFieldName(True)
        self.run = RunBox(self)
        self.run.set_button_text(tr("Divide ice"))
        self.run.set_estimate("")
        self.result = HealthLine(self)
        self.runLayout.addWidget(self.run)
        self.runLayout.addWidget(self.result)
        self.inherit.changed.connect(self._inherit_changed)
        for widget in (self.flowshedsCheck, self.iceCapsCheck):
            on_change(widget, self.changed.emit)

    def saved_widgets(self) -> Mapping[str, QWidget]:
        """Return what is remembered for the user."""
        return {"minimum_km2": self.minimumSpin}

    def show_state(self, text: str, possible: bool) -> None:
        """Say what will happen, or what is missing; allow the button."""
        self.planLabel.setText(text)
        self.run.set_possible(possible)

    def id_field(self) -> str:
        """Return the earlier inventory's field of ids, "" to find it."""
        return str(self.idFieldCombo.currentField())

    def _inherit_changed(self) -> None:
        layer = self.inherit.layer()
        self.idFieldCombo.setLayer(layer if isinstance(layer, QgsVectorLayer) else None)
        self.idFieldCombo.setField("")
        self.changed.emit()
