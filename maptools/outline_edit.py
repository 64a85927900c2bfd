"""One change to a layer of outlines: what it would be, whether it may be, and doing it as one undo step."""

from __future__ import annotations

from typing import Dict, List, Sequence

from qgis.core import QgsGeometry, QgsVectorLayer, QgsWkbTypes

from ..inference.errors import OutlinesError
from .edit_marks import edit_marks
from .faces import prepared
from .lookup import outlines_in
from .new_outlines import new_features
from .planned_edit import OutlineEdit, Piece
from .small_pieces import without_small_pieces
from .texts import tr

OVERLAP_SHARE = 1e-9
"""Of the smaller of two outlines: what they have in common below this is rounding."""


def apply_edit(layer: QgsVectorLayer, edit: OutlineEdit, title: str, analyst: str = "") -> str:
    """Change the layer as one undo step named `title`, signed by who did it where that is known. Nothing is saved.

    Returns what to tell, "" where all was done as drawn: pieces below the minimum area do not stay by themselves.

    Raises:
        OutlinesError: nothing would change, an outline would be broken or lie over another one, or the layer refuses;
            the layer is as it was.
    """
    edit = _settled(layer, without_small_pieces(layer, edit))
    words = " ".join(edit.notes)
    if not _is_change(layer, edit):
        raise OutlinesError(words or tr("Nothing would change there."))
    layer.beginEditCommand(title)
    try:
        _write(layer, edit, analyst)
        require_sound(layer, [*edit.geometries.values(), *(geometry for _, geometry in edit.pieces)])
    except BaseException:
        layer.destroyEditCommand()
        raise
    layer.endEditCommand()
    layer.triggerRepaint()
    return words


def _is_change(layer: QgsVectorLayer, edit: OutlineEdit) -> bool:
    """Tell whether anything changes; what went back to where it came from leaves only points on borders."""
    if edit.pieces or edit.removed or not edit.notes:
        return bool(edit.pieces or edit.removed or edit.geometries)
    return not all(layer.getGeometry(fid).isGeosEqual(geometry) for fid, geometry in edit.geometries.items())


def _settled(layer: QgsVectorLayer, edit: OutlineEdit) -> OutlineEdit:
    """Return the edit with geometries as the layer can hold them: in a layer of Polygons every part is an outline."""
    geometries: Dict[int, QgsGeometry] = {}
    pieces: List[Piece] = []
    removed = set(edit.removed)
    for fid, geometry in edit.geometries.items():
        parts = _storable(layer, geometry)
        if not parts:
            removed.add(fid)
            continue
        geometries[fid] = parts[0]
        pieces += [(fid, part) for part in parts[1:]]
    for parent, geometry in edit.pieces:
        pieces += [(parent, part) for part in _storable(layer, geometry)]
    return OutlineEdit(geometries, tuple(pieces), frozenset(removed), edit.piece_values, edit.notes)


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
    marks = edit_marks(analyst)
    names = layer.fields().names()
    for fid in edit.geometries:
        layer.changeAttributeValues(fid, {names.index(name): marks[name] for name in marks if name in names})
    features = list(new_features(layer, edit.pieces, {**marks, **edit.piece_values}))
    done = done and all(layer.addFeature(feature) for feature in features)
    done = done and (not edit.removed or layer.deleteFeatures(list(edit.removed)))
    if not done:
        raise OutlinesError(tr("The layer {} refuses the change; is it read-only?").format(layer.name()))


def require_sound(layer: QgsVectorLayer, changed: Sequence[QgsGeometry]) -> None:
    """Raise OutlinesError where a changed outline of the layer is not valid or lies over another."""
    for geometry in changed:
        if not geometry.isGeosValid():
            raise OutlinesError(tr("An outline would cross itself; draw it differently."))
        found = list(outlines_in(layer, geometry.boundingBox()).values())
        others = [one for one in found if not one.equals(geometry)]
        engine = prepared(geometry)
        near = [one for one in others if engine.intersects(one.constGet())]  # much quicker than to relate
        near = [one for one in near if engine.relatePattern(one.constGet(), "2********")]
        if len(found) > len(others) + 1 or any(_overlap(geometry, one) for one in near):
            raise OutlinesError(tr("An outline would lie over its neighbour; draw it differently."))


def _overlap(one: QgsGeometry, other: QgsGeometry) -> bool:
    common = one.intersection(other).area()
    return bool(common > OVERLAP_SHARE * min(one.area(), other.area()))
