"""The Inventory tab: outlines and elevation, how things are, what is done with them, and what leaves the tab."""

from __future__ import annotations

from typing import Dict, Optional

from qgis.core import QgsMapLayerProxyModel
from qgis.gui import QgsCollapsibleGroupBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from .attributes_box import AttributesBox
from .check_box import CheckBox
from .divides_box import DividesBox
from .forms import load_form
from .health_line import HealthLine
from .layer_pick import LayerPick
from .texts import tr


class InventoryPanel(QWidget):
    """Holds the parts. `shown` when the tab comes to the front; `changed` when other layers are chosen."""

    shown = pyqtSignal()
    changed = pyqtSignal()

    outlinesCombo: QgsMapLayerComboBox  # noqa: N815 - names of the .ui file
    elevationCombo: QgsMapLayerComboBox  # noqa: N815
    scrollArea: QScrollArea  # noqa: N815
    healthLayout: QVBoxLayout  # noqa: N815
    staleButton: QPushButton  # noqa: N815
    setupButton: QPushButton  # noqa: N815
    checkGroup: QgsCollapsibleGroupBox  # noqa: N815
    checkLayout: QVBoxLayout  # noqa: N815
    dividesGroup: QgsCollapsibleGroupBox  # noqa: N815
    dividesLayout: QVBoxLayout  # noqa: N815
    attributesGroup: QgsCollapsibleGroupBox  # noqa: N815
    attributesLayout: QVBoxLayout  # noqa: N815
    logButton: QPushButton  # noqa: N815
    handInButton: QPushButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("inventory_panel", self)
        self.outlines = LayerPick(self.outlinesCombo, QgsMapLayerProxyModel.PolygonLayer)
        self.elevation = LayerPick(self.elevationCombo, QgsMapLayerProxyModel.RasterLayer, tr("none"))
        self.health = HealthLine(self)
        self.healthLayout.addWidget(self.health)
        self.check = CheckBox(self)
        self.checkLayout.addWidget(self.check)
        self.divides, self.attributes = DividesBox(self), AttributesBox(self)
        self.dividesLayout.addWidget(self.divides)
        self.attributesLayout.addWidget(self.attributes)
        for part in (self.outlines, self.elevation, self.divides, self.attributes):
            part.changed.connect(self.changed)

    def picks(self) -> Dict[str, LayerPick]:
        """Return the choices of layers by name."""
        return {
            "outlines": self.outlines, "elevation": self.elevation, "inherit": self.divides.inherit,
            "confidence": self.attributes.confidence, "debris": self.attributes.debris,
        }  # fmt: skip

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.shown.emit()

    def show_health(self, level: str, text: str, stale: int, setup: bool) -> None:
        """Say how things are; offer to select what is stale, and to set the runtime up."""
        self.health.show_health(level, text)
        self.staleButton.setVisible(stale > 0)
        self.setupButton.setVisible(setup)
