"""Features of a layer as plain values: as the file has them, as the edit session shows them, and what differs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from qgis.core import (
    QgsDistanceArea,
    QgsFeature,
    QgsFeatureIterator,
    QgsFeatureRequest,
    QgsFields,
    QgsGeometry,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime, QVariant

from ..inference.columns import FieldValue
from ..inference.edit_steps import State

M2_IN_KM2 = 1e6
SAME_SHARE = 1e-6
"""Of the area: outlines that differ by less are one, as formats round their coordinates."""
_OWN = (QgsFields.FieldOrigin.OriginProvider, QgsFields.FieldOrigin.OriginEdit)


@dataclass(frozen=True, eq=False)
class Known:
    """A feature as it is at a moment."""

    geometry: QgsGeometry
    values: Mapping[str, FieldValue]

    def wkb(self) -> Optional[bytes]:
        return None if self.geometry.isNull() else bytes(self.geometry.asWkb())

    def state(self) -> State:
        """Return all of it."""
        return State(self.wkb(), self.values)


def current_features(layer: QgsVectorLayer, fids: Iterable[int]) -> Dict[int, Known]:
    """Return features as the edit session shows them; those that are not there are left out."""
    return _known(layer, layer.getFeatures(_request(fids)))


def all_features(layer: QgsVectorLayer) -> Dict[int, Known]:
    """Return all features as the edit session shows them; a filter of the layer counts."""
    return _known(layer, layer.getFeatures())


def stored_features(layer: QgsVectorLayer, fids: Iterable[int]) -> Dict[int, Known]:
    """Return features as they were saved last; new ones are left out."""
    saved = [fid for fid in fids if fid >= 0]
    return _known(layer, layer.dataProvider().getFeatures(_request(saved))) if saved else {}


def own_fields(layer: QgsVectorLayer) -> Dict[str, int]:
    """Return the places of the fields that belong to the layer itself; not the number, which the file gives."""
    fields, keys = layer.fields(), set(layer.primaryKeyAttributes())
    return {
        fields[place].name(): place
        for place in range(len(fields))
        if fields.fieldOrigin(place) in _OWN and place not in keys
    }


def difference(before: Optional[Known], after: Optional[Known]) -> Tuple[Optional[State], Optional[State]]:
    """Return what a change has to tell of both sides: all where a feature came or went, else what differs."""
    if before is None or after is None:
        return (None if before is None else before.state()), (None if after is None else after.state())
    names = [name for name in after.values if after.values[name] != before.values.get(name)]
    left, right = before.wkb(), after.wkb()
    moved = left != right
    return (
        State(left if moved else None, {name: before.values.get(name) for name in names}),
        State(right if moved else None, {name: after.values[name] for name in names}),
    )


def same_shape(geometry: QgsGeometry, wkb: Optional[bytes]) -> bool:
    """Tell whether an outline is the one that was recorded, but for the rounding of its file."""
    if wkb is None or geometry.isNull():
        return wkb is None and geometry.isNull()
    if bytes(geometry.asWkb()) == wkb:
        return True
    recorded = QgsGeometry()
    recorded.fromWkb(wkb)
    apart = geometry.symDifference(recorded).area()
    return bool(0 <= apart <= SAME_SHARE * max(geometry.area(), recorded.area()))


def same_value(value: FieldValue, recorded: FieldValue) -> bool:
    """Tell whether a field holds what was recorded; empty text is none, as some formats know no difference."""
    if isinstance(value, (int, float)) and isinstance(recorded, (int, float)):
        return math.isclose(value, recorded, rel_tol=1e-9)
    return (value or None) == (recorded or None)


def area_measure(layer: QgsVectorLayer) -> QgsDistanceArea:
    """Return what measures areas of the layer in m2 on the ellipsoid WGS84."""
    measure = QgsDistanceArea()
    measure.setSourceCrs(layer.crs(), QgsProject.instance().transformContext())
    measure.setEllipsoid("WGS84")
    return measure


def plain(value: Any) -> FieldValue:
    """Return a field's value as JSON can hold it."""
    if isinstance(value, (str, int)):
        return value
    if value is None or isinstance(value, float):
        return None if value is None or math.isnan(value) else value
    if isinstance(value, QVariant) and value.isNull():  # faster than comparing with NULL, ten thousand times
        return None
    if isinstance(value, (QDate, QDateTime, QTime)):
        return str(value.toString(Qt.DateFormat.ISODate))
    return str(value)


def _request(fids: Iterable[int]) -> QgsFeatureRequest:
    return QgsFeatureRequest().setFilterFids(list(fids))


def _known(layer: QgsVectorLayer, features: QgsFeatureIterator) -> Dict[int, Known]:
    places = own_fields(layer)
    return {feature.id(): Known(feature.geometry(), _values(feature, places)) for feature in features}


def _values(feature: QgsFeature, places: Mapping[str, int]) -> Dict[str, FieldValue]:
    row: List[Any] = feature.attributes()
    return {name: plain(row[place]) for name, place in places.items() if place < len(row)}
