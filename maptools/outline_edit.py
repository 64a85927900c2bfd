"""One change to a layer of outlines: what it would be, whether it may be, and doing it as one undo step."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Dict, FrozenSet, Iterator, List, Mapping, Sequence, Set, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorLayerUtils,
    QgsWkbTypes,
)

from ..inference.errors import OutlinesError
from ..inference.positions import position_id
from .texts import tr

EDITED = "edited"
OVERLAP_SHARE = 1e-9
"""Of the smaller of two outlines: what they have in common below this is rounding."""


@dataclass(frozen=True)
class OutlineEdit:
    """What is to happen to outlines.

    Attributes:
        geometries: new geometry by feature id; an empty one removes the outline.
        pieces: outlines to be added: of which feature they are a part (its attributes are copied), and where.
        removed: features that go.
        piece_values: attributes of the pieces by field's name, where they differ.
    """

    geometries: Mapping[int, QgsGeometry]
    pieces: Tuple[Tuple[int, QgsGeometry], ...] = ()
    removed: FrozenSet[int] = frozenset()
    piece_values: Mapping[str, str] = field(default_factory=dict)


def outlines_around(layer: QgsVectorLayer, place: QgsGeometry) -> Dict[int, QgsGeometry]:
    """Return the outlines whose bounding boxes meet a place: in one of their holes it may be."""
    return _outlines_in(layer, place.boundingBox())


def outlines_at(layer: QgsVectorLayer, place: QgsGeometry) -> Dict[int, QgsGeometry]:
    """Return the outlines that meet a place."""
    return {fid: one for fid, one in outlines_around(layer, place).items() if one.intersects(place)}


def with_neighbours(layer: QgsVectorLayer, outlines: Mapping[int, QgsGeometry]) -> Dict[int, QgsGeometry]:
    """Return outlines and all that touch them."""
    found = dict(outlines)
    for geometry in outlines.values():
        found.update(outlines_at(layer, geometry))
    return found


def apply_edit(layer: QgsVectorLayer, edit: OutlineEdit, title: str, analyst: str = "") -> None:
    """Change the layer as one undo step named `title`, signed by who did it where that is known. Nothing is saved.

    Raises:
        OutlinesError: nothing would change, an outline would be broken or lie over another one, or the layer refuses;
            the layer is as it was.
    """
    edit = _settled(layer, edit)
    if not (edit.geometries or edit.pieces or edit.removed):
        raise OutlinesError(tr("Nothing would change there."))
    layer.beginEditCommand(title)
    try:
        _write(layer, edit, analyst)
        require_sound(layer, [*edit.geometries.values(), *(geometry for _, geometry in edit.pieces)])
    except BaseException:
        layer.destroyEditCommand()
        raise
    layer.endEditCommand()
    layer.triggerRepaint()


def _settled(layer: QgsVectorLayer, edit: OutlineEdit) -> OutlineEdit:
    """Return the edit with geometries as the layer can hold them: in a layer of Polygons every part is an outline."""
    geometries: Dict[int, QgsGeometry] = {}
    pieces: List[Tuple[int, QgsGeometry]] = []
    removed = set(edit.removed)
    for fid, geometry in edit.geometries.items():
        parts = _storable(layer, geometry)
        if not parts:
            removed.add(fid)
            continue
        geometries[fid] = parts[0]
        pieces += [(fid, part) for part in parts[1:]]
    for fid, geometry in edit.pieces:
        pieces += [(fid, part) for part in _storable(layer, geometry)]
    return OutlineEdit(geometries, tuple(pieces), frozenset(removed), edit.piece_values)


def _storable(layer: QgsVectorLayer, geometry: QgsGeometry) -> List[QgsGeometry]:
    """Return geometries of the layer's kind, the largest first; nothing but polygons."""
    polygon = QgsWkbTypes.GeometryType.PolygonGeometry
    parts = [part for part in geometry.asGeometryCollection() if part.type() == polygon]
    if len(parts) > 1 and QgsWkbTypes.isMultiType(layer.wkbType()):
        parts = [QgsGeometry.collectGeometry(parts)]
    parts.sort(key=lambda part: -part.area())
    return [coerced for part in parts for coerced in part.coerceToType(layer.wkbType())]


def _write(layer: QgsVectorLayer, edit: OutlineEdit, analyst: str) -> None:
    done = all(layer.changeGeometry(fid, geometry) for fid, geometry in edit.geometries.items())
    marks = _marks(layer, analyst)
    for fid in edit.geometries:
        layer.changeAttributeValues(fid, marks)
    features = list(_new_features(layer, edit, marks))
    done = done and all(layer.addFeature(feature) for feature in features)
    done = done and (not edit.removed or layer.deleteFeatures(list(edit.removed)))
    if not done:
        raise OutlinesError(tr("The layer {} refuses the change; is it read-only?").format(layer.name()))


def _marks(layer: QgsVectorLayer, analyst: str) -> Dict[int, str]:
    """Return the values that tell an outline was edited, by field's place."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    values = {"status": EDITED, "edited_at": now, **({"analyst": analyst} if analyst else {})}
    return {layer.fields().indexOf(name): value for name, value in values.items() if name in layer.fields().names()}


def _new_features(layer: QgsVectorLayer, edit: OutlineEdit, marks: Mapping[int, str]) -> Iterator[QgsFeature]:
    names = layer.fields().names()
    keys = set(layer.primaryKeyAttributes())
    ids = _Ids(layer)
    for parent, geometry in edit.pieces:
        values = dict(enumerate(layer.getFeature(parent).attributes()))
        values.update(marks)
        values.update({names.index(name): value for name, value in edit.piece_values.items() if name in names})
        if "im_id" in names:
            values[names.index("im_id")] = ids.give(geometry)
        values = {place: value for place, value in values.items() if place not in keys}
        yield QgsVectorLayerUtils.createFeature(layer, geometry, values)


class _Ids:
    """Gives new outlines an id from their position that no other one of the layer has."""

    def __init__(self, layer: QgsVectorLayer) -> None:
        place = layer.fields().indexOf("im_id")
        self._taken: Set[str] = {str(value) for value in layer.uniqueValues(place)} if place >= 0 else set()
        degrees = QgsCoordinateReferenceSystem("EPSG:4326")
        self._to_degrees = QgsCoordinateTransform(layer.crs(), degrees, QgsProject.instance())

    def give(self, geometry: QgsGeometry) -> str:
        where = self._to_degrees.transform(geometry.pointOnSurface().asPoint())
        base = position_id(where.x(), where.y())
        found, count = base, 1
        while found in self._taken:
            count += 1
            found = f"{base}-{count}"
        self._taken.add(found)
        return found


def require_sound(layer: QgsVectorLayer, changed: Sequence[QgsGeometry]) -> None:
    """Raise OutlinesError where a changed outline of the layer is not valid or lies over another."""
    for geometry in changed:
        if not geometry.isGeosValid():
            raise OutlinesError(tr("An outline would cross itself; draw it differently."))
        engine = QgsGeometry.createGeometryEngine(geometry.constGet())
        engine.prepareGeometry()
        others = [one for one in _outlines_in(layer, geometry.boundingBox()).values() if not one.equals(geometry)]
        if any(engine.relatePattern(one.constGet(), "2********") and _overlap(geometry, one) for one in others):
            raise OutlinesError(tr("An outline would lie over its neighbour; draw it differently."))


def _overlap(one: QgsGeometry, other: QgsGeometry) -> bool:
    common = one.intersection(other).area()
    return bool(common > OVERLAP_SHARE * min(one.area(), other.area()))


def _outlines_in(layer: QgsVectorLayer, box: QgsRectangle) -> Dict[int, QgsGeometry]:
    request = QgsFeatureRequest(box.buffered(1e-6)).setNoAttributes()  # an empty box would be no filter
    return {feature.id(): feature.geometry() for feature in layer.getFeatures(request) if feature.hasGeometry()}
