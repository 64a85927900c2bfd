"""The choice of the extent: view, layer, selected polygons, drawn rectangle."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QLabel, QPushButton, QRadioButton, QWidget

from .forms import load_form
from .texts import tr

VIEW, LAYER, SELECTION, DRAW = "view", "layer", "selection", "draw"


class ExtentBox(QWidget):
    """Four choices, each with the one row it needs. Says what was chosen; geometry is found elsewhere."""

    changed = pyqtSignal()
    draw_toggled = pyqtSignal(bool)

    viewRadio: QRadioButton  # noqa: N815 - names of the .ui file
    layerRadio: QRadioButton  # noqa: N815
    selectionRadio: QRadioButton  # noqa: N815
    drawRadio: QRadioButton  # noqa: N815
    layerCombo: QgsMapLayerComboBox  # noqa: N815
    selectionRow: QWidget  # noqa: N815
    polygonCombo: QgsMapLayerComboBox  # noqa: N815
    selectionLabel: QLabel  # noqa: N815
    drawRow: QWidget  # noqa: N815
    drawButton: QPushButton  # noqa: N815
    drawLabel: QLabel  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("extent_box", self)
        self.layerCombo.setFilters(QgsMapLayerProxyModel.RasterLayer | QgsMapLayerProxyModel.PolygonLayer)
        self.polygonCombo.setFilters(QgsMapLayerProxyModel.PolygonLayer)
        self._radios = {
            VIEW: self.viewRadio,
            LAYER: self.layerRadio,
            SELECTION: self.selectionRadio,
            DRAW: self.drawRadio,
        }
        for radio in self._radios.values():
            radio.toggled.connect(self._toggled)
        self.layerCombo.layerChanged.connect(self._layer_changed)
        self.polygonCombo.layerChanged.connect(self._layer_changed)
        self.drawButton.toggled.connect(self.draw_toggled)
        self._show_rows()

    def choice(self) -> str:
        """Return VIEW, LAYER, SELECTION or DRAW."""
        return next(name for name, radio in self._radios.items() if radio.isChecked())

    def set_choice(self, name: str) -> None:
        """Choose; an unknown name changes nothing."""
        if name in self._radios:
            self._radios[name].setChecked(True)

    def layer(self) -> Optional[QgsMapLayer]:
        """Return the layer whose extent, or whose selected polygons, are meant; None for the others."""
        combo = {LAYER: self.layerCombo, SELECTION: self.polygonCombo}.get(self.choice())
        return combo.currentLayer() if combo is not None else None

    def button_text(self) -> str:
        """Return what the main button does with this choice."""
        return {
            VIEW: tr("Map glaciers in view extent"),
            LAYER: tr("Map glaciers in layer extent"),
            SELECTION: tr("Map glaciers in selected polygons"),
            DRAW: tr("Map glaciers in drawn rectangle"),
        }[self.choice()]

    def set_selected(self, count: int) -> None:
        """Show how many polygons are selected."""
        self.selectionLabel.setText(tr("{} selected").format(count if count else tr("none")))

    def set_drawing(self, drawing: bool) -> None:
        """Show whether the drawing tool is active."""
        self.drawButton.setChecked(drawing)

    def set_drawn(self, text: str) -> None:
        """Show the size of the rectangle."""
        self.drawLabel.setText(text or tr("nothing drawn yet"))

    def _toggled(self, on: bool) -> None:
        if on:
            self._show_rows()
            self.set_drawing(self.choice() == DRAW)
            self.changed.emit()

    def _layer_changed(self) -> None:
        if self.choice() in (LAYER, SELECTION):
            self.changed.emit()

    def _show_rows(self) -> None:
        choice = self.choice()
        self.layerCombo.setVisible(choice == LAYER)
        self.selectionRow.setVisible(choice == SELECTION)
        self.drawRow.setVisible(choice == DRAW)
