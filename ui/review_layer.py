"""The review's state in a layer's fields: read at once, written one decision at a time.

A decision is written to the file at once, so that it survives whatever happens to QGIS. While the layer is being edited
it is one undo step of that edit session instead: writing past the session would keep a decision on an outline that is
then discarded, and committing would save drawing that is not finished.
"""

from __future__ import annotations

import math
from operator import itemgetter
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from qgis.core import (
    NULL,
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsProject,
    QgsVectorDataProvider,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QObject, QVariant, pyqtSignal

from ..inference.errors import OutputError
from ..inventory.id_fields import id_field_of
from ..inventory.review import Glacier, known_status
from ..maptools.feature_states import M2_IN_KM2, area_measure
from .texts import tr

NEEDED = ("status", "reason", "note", "analyst", "edited_at")
CHECKED_BY = "checked_by"
AREA, UNCERTAIN = "area_km2", "unc_area_km2"


class ReviewLayer(QObject):
    """Holds a layer's id, never the layer. `changed(key)`: somebody changed a glacier's fields; `reset`: read again.

    `written(layer id, key, values before, step)`: a decision went into the file at once, past any edit session.
    """

    changed = pyqtSignal(int)
    written = pyqtSignal(str, int, object, str)
    reset = pyqtSignal()

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.layer_id = ""
        self._writing = False

    def set_layer(self, layer: Optional[QgsVectorLayer]) -> None:
        """Follow another layer, or none."""
        before = self.layer()
        if before is not None:
            for signal, slot in self._signals(before):
                signal.disconnect(slot)
        self.layer_id = layer.id() if layer is not None else ""
        if layer is not None:
            for signal, slot in self._signals(layer):
                signal.connect(slot)

    def layer(self) -> Optional[QgsVectorLayer]:
        """Return the layer, None if it has left the project."""
        layer = QgsProject.instance().mapLayer(self.layer_id)
        return layer if isinstance(layer, QgsVectorLayer) else None

    def missing(self, names: Sequence[str]) -> List[str]:
        """Return the fields that the layer has not."""
        layer = self.layer()
        return [] if layer is None else [name for name in names if layer.fields().indexOf(name) < 0]

    def why_not(self) -> str:
        """Return why nothing can be written into the layer, "" where it can."""
        layer = self.layer()
        if layer is None:
            return tr("The layer is no longer in the project.")
        able = layer.dataProvider().capabilities() & QgsVectorDataProvider.Capability.ChangeAttributeValues
        if layer.readOnly() or not able:
            return tr("{} is read-only: export it to a GeoPackage, and review that.").format(layer.name())
        return ""

    def start_editing(self) -> None:
        """Open an edit session unless there is one. Raises OutputError."""
        layer = self.layer()
        if layer is None or self.why_not():
            raise OutputError(self.why_not())
        if not layer.isEditable() and not layer.startEditing():
            raise OutputError(tr("{} cannot be edited.").format(layer.name()))

    def add_fields(self, names: Sequence[str]) -> None:
        """Add fields of text that the layer has not. Raises OutputError."""
        layer, missing = self.layer(), self.missing(names)
        if layer is None or not missing:
            return
        if layer.isEditable():
            raise OutputError(
                tr("Save or discard the edits of {} first; then fields can be added.").format(layer.name())
            )
        added = layer.dataProvider().addAttributes([QgsField(name, QVariant.String) for name in missing])
        layer.updateFields()
        if not added or self.missing(missing):
            raise OutputError(tr("{} takes no new fields: export it to a GeoPackage.").format(layer.name()))

    def glaciers(self) -> Iterator[Glacier]:
        """Yield all outlines, edits that are not saved and the layer's filter included."""
        layer = self.layer()
        if layer is None:
            return
        request = QgsFeatureRequest()
        if layer.fields().indexOf(AREA) >= 0:
            request.setFlags(QgsFeatureRequest.Flag.NoGeometry)
        yield from self._read(layer, request)

    def glacier(self, key: int) -> Optional[Glacier]:
        """Return one outline as it is now, None where it is gone."""
        layer = self.layer()
        return None if layer is None else next(self._read(layer, QgsFeatureRequest(key)), None)

    def write(self, key: int, values: Mapping[str, str], step: str) -> Dict[str, str]:
        """Write fields, and return what they held before; fields that the layer has not are left out.

        `step` names the undo step where the layer is being edited. Raises OutputError.
        """
        layer = self.layer()
        if layer is None or self.why_not():
            raise OutputError(self.why_not())
        feature = next(layer.getFeatures(QgsFeatureRequest(key)), None)
        if feature is None:
            raise OutputError(tr("The outline is no longer in {}.").format(layer.name()))
        known = {layer.fields().indexOf(name): value for name, value in values.items()}
        known.pop(-1, None)
        before = {layer.fields()[place].name(): _text(feature[place]) for place in known}
        at_once = not layer.isEditable()
        self._writing = True
        try:
            self._put(layer, key, known, step)
        finally:
            self._writing = False
        if at_once:
            self.written.emit(self.layer_id, key, before, step)
        self.changed.emit(key)
        return before

    def _put(self, layer: QgsVectorLayer, key: int, values: Mapping[int, str], step: str) -> None:
        if layer.isEditable():
            layer.beginEditCommand(step)
            for place, value in values.items():
                layer.changeAttributeValue(key, place, value)
            layer.endEditCommand()
            return
        if not layer.dataProvider().changeAttributeValues({key: dict(values)}):
            raise OutputError(tr("{} cannot be written; is the file open elsewhere?").format(layer.name()))
        for place, value in values.items():
            # The provider tells nobody: attribute tables and forms that are open would show what was before.
            layer.attributeValueChanged.emit(key, place, value)

    def _read(self, layer: QgsVectorLayer, request: QgsFeatureRequest) -> Iterator[Glacier]:
        names = layer.fields().names()
        columns = (id_field_of(names), AREA, UNCERTAIN, "status", "reason", "note", "analyst", CHECKED_BY)
        places = [names.index(name) if name in names else -1 for name in columns]
        request.setSubsetOfAttributes([place for place in places if place >= 0])
        pick = itemgetter(*places)
        measure = area_measure(layer)
        for feature in layer.getFeatures(request):
            # Converting values is what takes the time: all at once, with a last one for fields that are not there.
            name, area, uncertain, status, *texts = pick([*feature.attributes(), None])
            km2 = _number(area)
            if math.isnan(km2):
                km2 = measure.measureArea(_with_geometry(layer, feature).geometry()) / M2_IN_KM2
            name = _text(name) if places[0] >= 0 else str(feature.id())
            yield Glacier(feature.id(), name, km2, _number(uncertain), known_status(_text(status)), *map(_text, texts))

    def _signals(self, layer: QgsVectorLayer) -> Tuple[Tuple[Any, Any], ...]:
        again = (layer.featureAdded, layer.featureDeleted, layer.afterRollBack, layer.afterCommitChanges,
                 layer.subsetStringChanged, layer.readOnlyChanged, layer.updatedFields)  # fmt: skip
        return ((layer.attributeValueChanged, self._value_changed), *((signal, self._reset) for signal in again))

    def _value_changed(self, key: int, place: int, _: Any) -> None:
        layer = self.layer()
        if layer is not None and not self._writing and layer.fields()[place].name() in (*NEEDED, CHECKED_BY):
            self.changed.emit(key)

    def _reset(self, *_: Any) -> None:
        self.reset.emit()


def _with_geometry(layer: QgsVectorLayer, feature: QgsFeature) -> QgsFeature:
    return feature if feature.hasGeometry() else layer.getFeature(feature.id())


def _text(value: Any) -> str:
    if isinstance(value, str):  # asked first: comparing with NULL takes longer, ten thousand times
        return value.strip()
    return "" if value is None or value == NULL else str(value).strip()


def _number(value: Any) -> float:
    if isinstance(value, float):
        return value
    try:
        return float(_text(value))
    except ValueError:
        return math.nan
