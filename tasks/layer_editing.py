"""What was found elsewhere goes into a layer of QGIS as one undo step. Main thread only; nothing is saved."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Dict, FrozenSet, Iterable, List, Mapping, Sequence, Set

from qgis.core import NULL, QgsFeature, QgsFeatureRequest, QgsField, QgsGeometry, QgsVectorLayer, QgsVectorLayerUtils
from qgis.PyQt.QtCore import QVariant

from ..inference.columns import INTEGER, REAL, TEXT, Field, FieldValue
from ..inference.errors import OutlinesError
from ..inference.layer_edits import LayerEdits
from ..inference.vector_layer import VectorLayer
from ..inventory.attributes_state import STALE, STATE
from .layer_sources import flat_wkb

KINDS = {TEXT: QVariant.String, INTEGER: QVariant.Int, REAL: QVariant.Double}
EDITED_AT = "edited_at"
SHAPEFILE, LONGEST_NAME = "ESRI Shapefile", 10
SHOWN = 3
Values = Mapping[str, FieldValue]


@dataclass(frozen=True)
class Applied:
    """How many outlines were changed, added and removed, and whose values were left because they had been edited."""

    changed: int
    added: int
    removed: int
    left: FrozenSet[int] = frozenset()

    @property
    def nothing(self) -> bool:
        """True where all was as it should be."""
        return not (self.changed or self.added or self.removed)


def apply_layer_edits(layer: QgsVectorLayer, before: VectorLayer, edits: LayerEdits, title: str) -> Applied:
    """Change a layer as one undo step named `title`; an edit session is opened if there is none, and left open.

    Args:
        layer: of polygons.
        before: the layer as it was read (`keys` filled): places are its.
        edits: what is to happen. New values of an outline that was edited meanwhile are left out.
        title: for people.

    Raises:
        OutlinesError: the layer cannot be edited, or an outline that is to change its shape was edited or removed
            since it was read; the layer is as it was.
    """
    _need_editing(layer, edits.fields)
    edits = _dated(layer, edits)
    missing = [one for one in edits.fields if layer.fields().lookupField(one.name) < 0]
    left = _edited_meanwhile(layer, before, range(len(before.keys)) if missing else {*edits.values, *_shaped(edits)})
    clash = sorted(left & _shaped(edits))
    if clash:
        names = ", ".join(_name(before, place) for place in clash[:SHOWN])
        raise OutlinesError(f"Outlines were edited meanwhile ({names}); nothing was changed, start it again.")
    layer.beginEditCommand(title)
    try:
        applied = _write(layer, before, edits, missing, left)
    except BaseException:
        layer.destroyEditCommand()
        raise
    if applied.nothing:
        layer.destroyEditCommand()
        return applied
    layer.endEditCommand()
    layer.triggerRepaint()
    return applied


def _need_editing(layer: QgsVectorLayer, fields: Sequence[Field]) -> None:
    """Open an edit session unless there is one. Raises OutlinesError."""
    long = [one.name for one in fields if len(one.name) > LONGEST_NAME and layer.fields().lookupField(one.name) < 0]
    if long and layer.dataProvider().storageType() == SHAPEFILE:
        raise OutlinesError(
            f"A shapefile cannot hold the field {long[0]}; save {layer.name()} as a GeoPackage, and use that."
        )
    if not layer.isEditable() and not layer.startEditing():
        raise OutlinesError(f"{layer.name()} cannot be edited; save a copy of it as a GeoPackage, and use that.")


def _dated(layer: QgsVectorLayer, edits: LayerEdits) -> LayerEdits:
    """Return the edits with the time, in outlines that change their shape; what was measured on these is stale."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    marks = {name: value for name, value in ((EDITED_AT, now), (STATE, STALE)) if layer.fields().lookupField(name) >= 0}
    values = {**edits.values, **{place: {**marks, **edits.values.get(place, {})} for place in edits.shapes}}
    return replace(edits, values=values, added=tuple((place, wkb, {**marks, **row}) for place, wkb, row in edits.added))


def _shaped(edits: LayerEdits) -> Set[int]:
    """Return the places whose shape matters to the edits."""
    return {*edits.shapes, *edits.removed, *(place for place, _, _ in edits.added)}


def _edited_meanwhile(layer: QgsVectorLayer, before: VectorLayer, places: Any) -> Set[int]:
    """Return which of the places are gone, or have another shape than before."""
    wanted = {before.keys[place]: place for place in places}
    request = QgsFeatureRequest().setFilterFids(list(wanted)).setNoAttributes()
    found = {wanted[one.id()]: flat_wkb(one.geometry()) for one in layer.getFeatures(request)}
    return {place for place in wanted.values() if found.get(place, b"gone") != before.wkb[place]}


def _write(
    layer: QgsVectorLayer, before: VectorLayer, edits: LayerEdits, missing: Sequence[Field], left: Set[int]
) -> Applied:
    done = all(layer.addAttribute(QgsField(one.name, KINDS[one.kind])) for one in missing)
    unknown: Dict[str, FieldValue] = {one.name: one.missing for one in missing}
    new = _new_features(layer, before, edits, unknown)
    rows = {
        before.keys[place]: {**unknown, **({} if place in left else edits.values.get(place, {}))}
        for place in (range(len(before.keys)) if missing else edits.values)
        if place not in edits.removed
    }
    keys = _set_values(layer, rows)
    changed = {*edits.shapes, *(place for place, key in enumerate(before.keys) if key in keys)}
    for place, wkb in edits.shapes.items():
        done = done and layer.changeGeometry(before.keys[place], _geometry(layer, wkb))
    done = done and all(layer.addFeature(feature) for feature in new)
    gone = [before.keys[place] for place in edits.removed]
    if not (done and (not gone or layer.deleteFeatures(gone))):
        raise _refused(layer)
    return Applied(len(changed), len(new), len(gone), frozenset(left))


def _set_values(layer: QgsVectorLayer, rows: Mapping[int, Values]) -> Set[int]:
    """Write those values (by key and field) that are new; return the keys where there were any. Raises OutlinesError.

    QGIS would ask the file for every single value when the step is undone, were it not told what stood there.
    """
    places = {name: layer.fields().lookupField(name) for row in rows.values() for name in row}
    changed: Set[int] = set()
    for key, known in _attributes(layer, rows).items():
        wanted = {places[name]: _plain(value) for name, value in rows[key].items()}
        values = {at: value for at, value in wanted.items() if 0 <= at < len(known) and not _same(known[at], value)}
        before = {at: NULL if known[at] is None else known[at] for at in values}
        if values and not layer.changeAttributeValues(key, values, before):
            raise _refused(layer)
        changed.update([key] if values else [])
    return changed


def _attributes(layer: QgsVectorLayer, keys: Iterable[int]) -> Dict[int, List[Any]]:
    """Return the values of features that are there."""
    request = QgsFeatureRequest().setFilterFids(list(keys)).setFlags(QgsFeatureRequest.Flag.NoGeometry)
    return {feature.id(): feature.attributes() for feature in layer.getFeatures(request)}


def _refused(layer: QgsVectorLayer) -> OutlinesError:
    return OutlinesError(f"The layer {layer.name()} refuses the change; is it read-only?")


def _new_features(layer: QgsVectorLayer, before: VectorLayer, edits: LayerEdits, unknown: Values) -> List[QgsFeature]:
    keys = set(layer.primaryKeyAttributes())
    found: List[QgsFeature] = []
    for place, wkb, row in edits.added:
        values = dict(enumerate(layer.getFeature(before.keys[place]).attributes()))
        for name, value in {**unknown, **row}.items():
            values[layer.fields().lookupField(name)] = _plain(value)
        values = {place: value for place, value in values.items() if place >= 0 and place not in keys}
        found.append(QgsVectorLayerUtils.createFeature(layer, _geometry(layer, wkb), values))
    return found


def _geometry(layer: QgsVectorLayer, wkb: bytes) -> QgsGeometry:
    """Return a geometry as the layer can hold it. Raises OutlinesError."""
    geometry = QgsGeometry()
    geometry.fromWkb(wkb)
    parts = geometry.coerceToType(layer.wkbType())
    if len(parts) != 1:
        raise OutlinesError(f"The layer {layer.name()} cannot hold an outline in {len(parts)} parts.")
    return parts[0]


def _plain(value: FieldValue) -> Any:
    return NULL if value is None or (isinstance(value, float) and math.isnan(value)) else value


def _same(known: Any, value: Any) -> bool:
    return (known == NULL) == (value == NULL) and bool(known == value)


def _name(before: VectorLayer, place: int) -> str:
    return str(before.rows[place].get("im_id") or f"feature {before.keys[place]}")
