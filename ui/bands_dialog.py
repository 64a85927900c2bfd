"""The band table: which band of which layer is which, the range of its values, and how they become reflectance."""

from __future__ import annotations

from typing import Dict, Mapping, Optional

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel, QgsProject
from qgis.gui import QgsMapLayerComboBox, QgsRasterBandComboBox
from qgis.PyQt.QtCore import QLocale, QSignalBlocker, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from ..inference.request import OPTICAL_BANDS
from ..scenes.presets import BAND_NUMBERS
from ..tasks.value_ranges import BandRange
from .forms import load_form
from .optical_bands import UNITS, LayerBand, OpticalBands, highest_reflectance, needs_units
from .texts import tr

BAND_TEXTS = dict(zip(OPTICAL_BANDS, ("Blue", "Green", "Red", "Near infrared", "SWIR 1", "SWIR 2")))
OWN = "own"


class BandRow:
    """One band's three widgets in the table."""

    def __init__(self, name: str, parent: QWidget) -> None:
        self.name = name
        self.title = QLabel(tr(BAND_TEXTS[name]), parent)
        self.layer = QgsMapLayerComboBox(parent)
        self.layer.setFilters(QgsMapLayerProxyModel.RasterLayer)
        self.layer.setAllowEmptyLayer(True)
        self.layer.setMinimumContentsLength(14)
        self.number = QgsRasterBandComboBox(parent)
        self.number.setMinimumContentsLength(14)
        self.range = QLabel("", parent)
        self.layer.layerChanged.connect(self.number.setLayer)

    def place(self) -> Optional[LayerBand]:
        """Return layer id and band number, None where the band is not assigned."""
        layer = self.layer.currentLayer()
        number = self.number.currentBand()
        return (layer.id(), number) if layer is not None and number > 0 else None

    def set_place(self, layer: Optional[QgsMapLayer], number: int) -> None:
        """Assign a band of a layer; None takes the assignment away."""
        self.layer.setLayer(layer)
        self.number.setLayer(layer)
        if layer is not None:
            self.number.setBand(number)


class BandsDialog(QDialog):
    """Edits an OpticalBands. What needs the rasters is asked for by signals."""

    guess_pressed = pyqtSignal()
    preset_chosen = pyqtSignal(str)
    places_changed = pyqtSignal()

    presetCombo: QComboBox  # noqa: N815 - names of the .ui file
    guessButton: QPushButton  # noqa: N815
    tableLayout: QGridLayout  # noqa: N815
    tableWidget: QWidget  # noqa: N815
    unitsCombo: QComboBox  # noqa: N815
    scaleEdit: QLineEdit  # noqa: N815
    offsetEdit: QLineEdit  # noqa: N815
    valuesLabel: QLabel  # noqa: N815
    buttons: QDialogButtonBox

    def __init__(
        self, bands: OpticalBands, ranges: Mapping[LayerBand, BandRange], parent: Optional[QWidget] = None
    ) -> None:
        super().__init__(parent)
        load_form("bands_dialog", self)
        self._preset = bands.preset
        self._ranges: Dict[LayerBand, BandRange] = dict(ranges)
        self._rows = [BandRow(name, self.tableWidget) for name in OPTICAL_BANDS]
        for line, row in enumerate(self._rows, start=1):
            for column, widget in enumerate((row.title, row.layer, row.number, row.range)):
                self.tableLayout.addWidget(widget, line, column)
        for units in UNITS:
            self.unitsCombo.addItem(tr(units.text), units.key)
        self.unitsCombo.addItem(tr("Own scale and offset"), OWN)
        self.presetCombo.addItem(tr("Other, or as guessed"), "")
        for sensor in BAND_NUMBERS:
            self.presetCombo.addItem(sensor, sensor)
        self.set_bands(bands)
        self._connect()
        self._show_values()

    def bands(self) -> OpticalBands:
        """Return what the table says; what the user has seen is sure."""
        places = {row.name: row.place() for row in self._rows}
        assigned = {name: place for name, place in places.items() if place is not None}
        return OpticalBands(assigned, _number(self.scaleEdit), _number(self.offsetEdit), self._preset, True)

    def set_bands(self, bands: OpticalBands) -> None:
        """Fill the table."""
        self._preset = bands.preset
        project = QgsProject.instance()
        for row in self._rows:
            layer_id, number = bands.places.get(row.name, ("", 0))
            row.set_place(project.mapLayer(layer_id), number)
        self._set_scale(bands.scale, bands.offset)
        with QSignalBlocker(self.presetCombo):
            self.presetCombo.setCurrentIndex(max(self.presetCombo.findData(bands.preset), 0))

    def set_ranges(self, ranges: Mapping[LayerBand, BandRange]) -> None:
        """Show further ranges as they are found out."""
        self._ranges.update(ranges)
        self._show_values()

    def _connect(self) -> None:
        for row in self._rows:
            row.layer.layerChanged.connect(lambda *_: self._places_changed())
            row.number.bandChanged.connect(lambda *_: self._places_changed())
        self.guessButton.clicked.connect(self.guess_pressed)
        self.presetCombo.activated.connect(lambda *_: self._preset_chosen())
        self.unitsCombo.currentIndexChanged.connect(lambda *_: self._units_chosen())
        for edit in (self.scaleEdit, self.offsetEdit):
            edit.textEdited.connect(lambda *_: self._scale_typed())
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _preset_chosen(self) -> None:
        self._preset = str(self.presetCombo.currentData())
        if self._preset:
            self.preset_chosen.emit(self._preset)

    def _places_changed(self) -> None:
        self._show_values()
        self.places_changed.emit()

    def _units_chosen(self) -> None:
        units = next((units for units in UNITS if units.key == self.unitsCombo.currentData()), None)
        if units is not None:
            self._set_scale(units.scale, units.offset)
        self._show_values()

    def _scale_typed(self) -> None:
        self._show_units(_number(self.scaleEdit), _number(self.offsetEdit))
        self._show_values()

    def _set_scale(self, scale: Optional[float], offset: Optional[float]) -> None:
        for edit, value in ((self.scaleEdit, scale), (self.offsetEdit, offset)):
            edit.setText("" if value is None else f"{value:g}")
        self._show_units(scale, offset)

    def _show_units(self, scale: Optional[float], offset: Optional[float]) -> None:
        key = next((units.key for units in UNITS if (units.scale, units.offset) == (scale, offset)), OWN)
        with QSignalBlocker(self.unitsCombo):
            self.unitsCombo.setCurrentIndex(self.unitsCombo.findData(key))

    def _show_values(self) -> None:
        for row in self._rows:
            place = row.place()
            found = self._ranges.get(place) if place is not None else None
            row.range.setText("" if found is None else f"{found.low:,.4g} - {found.high:,.4g}")
        bands = self.bands()
        highest = highest_reflectance(bands, self._ranges)
        text = "" if highest is None else tr("The brightest value becomes {:.3g}.").format(highest)
        if needs_units(bands, self._ranges):
            text += " " + tr("Reflectance lies between 0 and about 1: say what the values are.")
        self.valuesLabel.setText(text)


def _number(edit: QLineEdit) -> Optional[float]:
    """Return the number typed (by the user's locale or with a point), None for nothing or no number."""
    text = edit.text().strip()
    value, good = QLocale().toDouble(text)
    try:
        return float(text) if text else None
    except ValueError:
        return float(value) if good else None
