"""The features of outlines that an edit adds: pieces with the values of their parent, new ice with none but its own."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Set

from qgis.core import (
    NULL,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)

from ..inference.outline_fields import OUTLINE_FIELDS
from ..inference.positions import position_id
from ..inventory.rgi_fields import OFFICIAL
from .planned_edit import Piece

ID = "im_id"


def new_features(layer: QgsVectorLayer, pieces: Sequence[Piece], values: Mapping[str, str]) -> Iterator[QgsFeature]:
    """Yield a feature for each piece, with an id of its own; `values` (by field's name) go before the parent's."""
    names: List[str] = layer.fields().names()
    keys = set(layer.primaryKeyAttributes())
    ids = Ids(layer)
    for parent, geometry in pieces:
        given = {**_first_values(layer, parent), **values, ID: ids.give(geometry)}
        attributes = {names.index(name): value for name, value in given.items() if name in names}
        attributes = {place: value for place, value in attributes.items() if place not in keys}
        yield QgsVectorLayerUtils.createFeature(layer, geometry, attributes)


def _first_values(layer: QgsVectorLayer, parent: Optional[int]) -> Dict[str, Any]:
    """Return the values to begin with: ids that inventories gave to a parent are not those of its pieces."""
    if parent is None:
        return {field.name: field.missing for field in OUTLINE_FIELDS if field.missing is not None}
    copied = dict(zip(layer.fields().names(), layer.getFeature(parent).attributes()))
    return {**copied, **{name: NULL for name in OFFICIAL if name in copied}}


class Ids:
    """Gives new outlines an id from their position that no other one of the layer has."""

    def __init__(self, layer: QgsVectorLayer) -> None:
        self._layer = layer
        self._given: Set[str] = set()
        degrees = QgsCoordinateReferenceSystem("EPSG:4326")
        self._to_degrees = QgsCoordinateTransform(layer.crs(), degrees, QgsProject.instance())

    def give(self, geometry: QgsGeometry) -> str:
        """Return the id of a new outline."""
        where = self._to_degrees.transform(geometry.pointOnSurface().asPoint())
        base = position_id(where.x(), where.y())
        taken = self._given | self._like(base)
        found, count = base, 1
        while found in taken:
            count += 1
            found = f"{base}-{count}"
        self._given.add(found)
        return found

    def _like(self, base: str) -> Set[str]:
        """Return the layer's ids that begin like one. To ask the file is quicker than to read all ids."""
        place = self._layer.fields().indexOf(ID)
        if place < 0:
            return set()
        request = QgsFeatureRequest().setFilterExpression(f"\"{ID}\" LIKE '{base}%'").setSubsetOfAttributes([place])
        request.setFlags(QgsFeatureRequest.Flag.NoGeometry)
        return {str(feature[place]) for feature in self._layer.getFeatures(request)}
