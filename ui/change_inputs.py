"""Which layers show which day, and under Advanced what a change may need besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Collection, Dict, List, Optional, Sequence, Tuple

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel
from qgis.gui import QgsCollapsibleGroupBox, QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from .forms import load_form, on_change
from .layer_pick import LayerPick
from .texts import tr

LAYER, DAY, PIXEL = 0, 1, 2
POLYGONS, LINES = QgsMapLayerProxyModel.PolygonLayer, QgsMapLayerProxyModel.LineLayer
DAY_CHARACTERS, PIXEL_CHARACTERS = 11, 6
FEWEST_ROWS, MOST_ROWS = 3, 6
USUAL_PIXEL_M = 10.0


@dataclass(frozen=True)
class DatedLayer:
    """A layer on offer: the day that its name tells ("" for none), and the field that may tell it."""

    name: str
    id: str
    day: str = ""
    field: str = ""


@dataclass(frozen=True)
class DatedChoice:
    """A ticked layer, its day as it was typed ("": by the layer's fields) and its pixel in metres."""

    name: str
    id: str
    day: str
    pixel_m: float


class ChangeInputs(QWidget):
    """A list of layers to tick. `changed` when another change may be meant."""

    changed = pyqtSignal()

    layersTree: QTreeWidget  # noqa: N815 - names of the .ui file
    advancedGroup: QgsCollapsibleGroupBox  # noqa: N815
    extentCombo: QgsMapLayerComboBox  # noqa: N815
    debrisCombo: QgsMapLayerComboBox  # noqa: N815
    centrelinesCombo: QgsMapLayerComboBox  # noqa: N815
    idFieldCombo: QgsFieldComboBox  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("change_inputs", self)
        self.layersTree.setHeaderLabels([tr("Layer"), tr("Day"), tr("Pixel")])
        self.extent = LayerPick(self.extentCombo, POLYGONS, tr("Everywhere"))
        self.debris = LayerPick(self.debrisCombo, POLYGONS, tr("not known"))
        self.centrelines = LayerPick(self.centrelinesCombo, LINES, tr("none: no retreat"))
        self.idFieldCombo.setAllowEmptyFieldName(True)
        self._offered: Dict[str, DatedLayer] = {}
        self.layersTree.itemChanged.connect(lambda *_: self.changed.emit())
        for pick in self.picks().values():
            pick.changed.connect(self.changed)
        on_change(self.idFieldCombo, self.changed.emit)
        self._size_tree()

    def picks(self) -> Dict[str, LayerPick]:
        """Return the choices of layers by name."""
        return {"extent": self.extent, "debris": self.debris, "centrelines": self.centrelines}

    def offer(self, layers: Sequence[DatedLayer]) -> None:
        """Offer layers; what was ticked and typed for those that were there already stays."""
        before = {_key(item): item for item in self._items()}
        state = {key: (item.checkState(LAYER), self._day(item), self._pixel(item)) for key, item in before.items()}
        if [layer.id for layer in layers] == list(before) and layers == list(self._offered.values()):
            return  # somebody may be typing just now
        self._offered = {layer.id: layer for layer in layers}
        self.layersTree.blockSignals(True)
        self.layersTree.clear()
        for layer in layers:
            self._add(layer, *state.get(layer.id, (Qt.CheckState.Unchecked, layer.day, USUAL_PIXEL_M)))
        self.layersTree.blockSignals(False)
        self._size_tree()
        self.changed.emit()

    def chosen(self) -> List[DatedChoice]:
        """Return the ticked layers, in the order of the list."""
        return [
            DatedChoice(item.text(LAYER), _key(item), self._day(item), self._pixel(item))
            for item in self._items()
            if item.checkState(LAYER) == Qt.CheckState.Checked
        ]

    def tells_day(self, layer_id: str) -> bool:
        """Return True if a layer has a field that may tell its day."""
        return bool(self._offered[layer_id].field)

    def set_chosen(self, choices: Sequence[Tuple[str, str, float]]) -> None:
        """Tick layers by id, with their day and pixel; others are not ticked."""
        wanted = {key: (day, pixel) for key, day, pixel in choices}
        for item in self._items():
            key = _key(item)
            item.setCheckState(LAYER, Qt.CheckState.Checked if key in wanted else Qt.CheckState.Unchecked)
            if key in wanted:
                self._edit(item).setText(wanted[key][0])
                self._spin(item).setValue(wanted[key][1])

    def id_field(self) -> str:
        """Return the earliest layer's field of ids, "" to find it."""
        return str(self.idFieldCombo.currentField())

    def hide_layers(self, layers: Sequence[QgsMapLayer]) -> None:
        """Offer all layers but these under Advanced."""
        for pick in self.picks().values():
            pick.combo.setExceptedLayerList(list(layers))

    def let_go(self, ids: Collection[str]) -> None:
        """Forget deleted layers."""
        for pick in self.picks().values():
            pick.let_go(ids)

    def _add(self, layer: DatedLayer, ticked: Qt.CheckState, day: str, pixel: float) -> None:
        item = QTreeWidgetItem(self.layersTree, [layer.name])
        item.setData(LAYER, Qt.ItemDataRole.UserRole, layer.id)
        item.setToolTip(LAYER, layer.name)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(LAYER, ticked)
        edit = QLineEdit(day, self.layersTree)
        edit.setPlaceholderText(layer.field or "YYYY-MM-DD")
        edit.setToolTip(tr("Like 2010-08-20; empty: the middle day of the outlines' own dates"))
        spin = QDoubleSpinBox(self.layersTree)
        spin.setRange(0.1, 1000.0)
        spin.setDecimals(1)
        spin.setSuffix(" m")
        spin.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        spin.setValue(pixel)
        spin.setToolTip(tr("Pixel of the imagery: margins are known to half of it"))
        self.layersTree.setItemWidget(item, DAY, edit)
        self.layersTree.setItemWidget(item, PIXEL, spin)
        for widget in (edit, spin):
            on_change(widget, self.changed.emit)

    def _items(self) -> List[QTreeWidgetItem]:
        return [self.layersTree.topLevelItem(row) for row in range(self.layersTree.topLevelItemCount())]

    def _edit(self, item: QTreeWidgetItem) -> QLineEdit:
        return self.layersTree.itemWidget(item, DAY)

    def _spin(self, item: QTreeWidgetItem) -> QDoubleSpinBox:
        return self.layersTree.itemWidget(item, PIXEL)

    def _day(self, item: QTreeWidgetItem) -> str:
        return str(self._edit(item).text().strip())

    def _pixel(self, item: QTreeWidgetItem) -> float:
        return float(self._spin(item).value())

    def _size_tree(self) -> None:
        """Make room for three to six rows; the name takes what the other columns leave."""
        tree, header = self.layersTree, self.layersTree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(LAYER, header.ResizeMode.Stretch)
        width = tree.fontMetrics().averageCharWidth()
        for column, characters in ((DAY, DAY_CHARACTERS), (PIXEL, PIXEL_CHARACTERS)):
            header.setSectionResizeMode(column, header.ResizeMode.Fixed)
            header.resizeSection(column, width * characters + 16)
        rows = min(max(tree.topLevelItemCount(), FEWEST_ROWS), MOST_ROWS)
        row_height = max(tree.sizeHintForRow(0), tree.fontMetrics().height() + 10)
        tree.setFixedHeight(header.sizeHint().height() + rows * row_height + 2 * tree.frameWidth() + 2)


def _key(item: QTreeWidgetItem) -> str:
    """Return the id of a row's layer."""
    return str(item.data(LAYER, Qt.ItemDataRole.UserRole))
