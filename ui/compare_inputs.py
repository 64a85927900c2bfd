"""What is compared with what: layers of the project, and under Advanced what is seldom changed."""

from __future__ import annotations

from typing import Any, Collection, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel, QgsProject, QgsVectorLayer
from qgis.gui import (
    QgsCheckableComboBox,
    QgsCollapsibleGroupBox,
    QgsDoubleSpinBox,
    QgsFieldComboBox,
    QgsFileWidget,
    QgsMapLayerComboBox,
)
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from .checked_items import offer_items
from .forms import load_form, on_change, read_value, write_value
from .layer_pick import LayerPick
from .texts import tr

POLYGONS, RASTERS = QgsMapLayerProxyModel.PolygonLayer, QgsMapLayerProxyModel.RasterLayer


class CompareInputs(QWidget):
    """Pickers. `changed` when another comparison may be meant."""

    changed = pyqtSignal()

    candidateCombo: QgsMapLayerComboBox  # noqa: N815 - names of the .ui file
    referenceCombo: QgsMapLayerComboBox  # noqa: N815
    expertsCombo: QgsCheckableComboBox  # noqa: N815
    extentCombo: QgsMapLayerComboBox  # noqa: N815
    advancedGroup: QgsCollapsibleGroupBox  # noqa: N815
    pixelSpin: QgsDoubleSpinBox  # noqa: N815
    idFieldCombo: QgsFieldComboBox  # noqa: N815
    strataCombo: QgsCheckableComboBox  # noqa: N815
    debrisCombo: QgsMapLayerComboBox  # noqa: N815
    elevationCombo: QgsMapLayerComboBox  # noqa: N815
    confidenceCombo: QgsMapLayerComboBox  # noqa: N815
    imageryCombo: QgsMapLayerComboBox  # noqa: N815
    calibrationFile: QgsFileWidget  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("compare_inputs", self)
        self.view_text = tr("What the map shows")
        self.candidate = LayerPick(self.candidateCombo, POLYGONS)
        self.reference = LayerPick(self.referenceCombo, POLYGONS)
        self.extent = LayerPick(self.extentCombo, POLYGONS, tr("Everywhere"), [self.view_text])
        self.debris = LayerPick(self.debrisCombo, POLYGONS, tr("not known"))
        self.elevation = LayerPick(self.elevationCombo, RASTERS, tr("none"))
        self.confidence = LayerPick(self.confidenceCombo, RASTERS, tr("none"))
        self.imagery = LayerPick(self.imageryCombo, RASTERS, tr("none"))
        self.expertsCombo.setDefaultText(tr("none: published ranges"))
        self.strataCombo.setDefaultText(tr("size only"))
        self.idFieldCombo.setAllowEmptyFieldName(True)
        self.calibrationFile.setFilter(tr("JSON of icemargin evaluate (*.json);;All files (*)"))
        for pick in self.picks().values():
            pick.changed.connect(self.changed)
        self.reference.changed.connect(self._reference_changed)
        for widget in (self.expertsCombo, self.pixelSpin, self.idFieldCombo):
            on_change(widget, self.changed.emit)

    def picks(self) -> Dict[str, LayerPick]:
        """Return the choices of layers by name."""
        names = ("candidate", "reference", "extent", "debris", "elevation", "confidence", "imagery")
        return {name: getattr(self, name) for name in names}

    def saved_widgets(self) -> Dict[str, QWidget]:
        """Return the widgets whose values are remembered per user, by name."""
        return {"pixel": self.pixelSpin}

    def offer_experts(self, layers: Sequence[Tuple[str, str]]) -> None:
        """Offer layers (name, id) as repeat digitisations; those ticked stay so."""
        offer_items(self.expertsCombo, layers)

    def hide_layers(self, layers: Sequence[QgsMapLayer]) -> None:
        """Offer all layers but these."""
        for pick in self.picks().values():
            pick.combo.setExceptedLayerList(list(layers))

    def expert_ids(self) -> List[str]:
        """Return the ids of the layers ticked as repeat digitisations."""
        return [key for key in read_value(self.expertsCombo).split("\n") if key]

    def strata(self) -> Tuple[str, ...]:
        """Return the fields of the reference to group by."""
        return tuple(name for name in read_value(self.strataCombo).split("\n") if name)

    def id_field(self) -> str:
        """Return the reference's field of ids, "" to find it."""
        return str(self.idFieldCombo.currentField())

    def in_view(self) -> bool:
        """Return True if only what the map shows is meant."""
        return self.extent.other() == self.view_text

    def choice(self) -> Dict[str, Any]:
        """Return what is chosen, as it is kept with a project."""
        picks = {name: pick.id() for name, pick in self.picks().items()}
        return {**picks, "experts": self.expert_ids(), "in_view": self.in_view()}

    def take(self, choice: Mapping[str, Any], project: QgsProject) -> None:
        """Choose what was kept with a project; layers that are gone stay unchosen."""
        for name, pick in self.picks().items():
            layer = project.mapLayer(str(choice.get(name, "")))
            pick.set(layer)
            pick.picked_by_user = layer is not None
        write_value(self.expertsCombo, "\n".join(str(key) for key in choice.get("experts", ())))
        if choice.get("in_view"):
            self.extentCombo.setCurrentIndex(self.extentCombo.findText(self.view_text))

    def let_go(self, ids: Collection[str]) -> None:
        """Forget deleted layers."""
        for pick in self.picks().values():
            pick.let_go(ids)

    def _reference_changed(self) -> None:
        layer = self.reference.layer()
        vector = layer if isinstance(layer, QgsVectorLayer) else None
        self.idFieldCombo.setLayer(vector)
        self.idFieldCombo.setField("")
        names = vector.fields().names() if vector is not None else []
        offer_items(self.strataCombo, [(name, name) for name in names])
