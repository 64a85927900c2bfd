"""Cutting outlines by a line, and merging them. No canvas: a layer and a line in, an edit out."""

from __future__ import annotations

from typing import List, Tuple

from qgis.core import QgsGeometry, QgsVectorLayer

from ..inference.errors import OutlinesError
from .faces import pieces_of, put_together, reaching, reassembled, take_apart
from .lookup import outlines_at, with_neighbours
from .planned_edit import OutlineEdit
from .texts import tr

DEBRIS = {"reason": "debris", "status": "to review"}
"""What a debris tongue that was split off is marked with."""


def cut_by(layer: QgsVectorLayer, line: QgsGeometry) -> OutlineEdit:
    """Return the edit that cuts every outline that a line crosses; the largest piece stays the feature it was.

    Raises OutlinesError where nothing is cut, or the outlines overlap.
    """
    line = reaching(line)
    outlines = with_neighbours(layer, outlines_at(layer, line))
    faces = take_apart(outlines, [line])
    geometries = reassembled(outlines, faces, [face.owner for face in faces])
    pieces: List[Tuple[int, QgsGeometry]] = []
    for fid, geometry in outlines.items():
        kept, cut_off = pieces_of(geometry, [face for face in faces if face.owner == fid])
        if cut_off:
            geometries[fid] = put_together(face.geometry for face in kept)
            pieces += [(fid, face.geometry) for face in cut_off]
    if not pieces:
        raise OutlinesError(tr("The line cuts nothing; begin it outside of the glacier and end it on the other side."))
    return OutlineEdit(geometries, tuple(pieces))


def split_off_debris(layer: QgsVectorLayer, line: QgsGeometry) -> OutlineEdit:
    """Return the edit that cuts one outline and marks the smaller pieces as a debris tongue to be reviewed."""
    edit = cut_by(layer, line)
    if len({parent for parent, _ in edit.pieces}) > 1:
        raise OutlinesError(tr("The line crosses several glaciers; draw it across one tongue only."))
    return OutlineEdit(edit.geometries, edit.pieces, piece_values=DEBRIS)


def merge_along(layer: QgsVectorLayer, line: QgsGeometry) -> OutlineEdit:
    """Return the edit that merges the outlines that a line meets into the one it begins in.

    Raises OutlinesError where it begins in none, meets only one, or they share no border.
    """
    outlines = outlines_at(layer, line)
    start = QgsGeometry.fromPointXY(line.asPolyline()[0])
    first = next((fid for fid, geometry in outlines.items() if geometry.contains(start)), None)
    if first is None or len(outlines) < 2:
        raise OutlinesError(tr("Draw from one glacier into the neighbour that is to be merged with it."))
    whole = put_together(outlines.values())
    if _count_parts(whole) > 1 + sum(_count_parts(one) - 1 for one in outlines.values()):
        raise OutlinesError(tr("These glaciers share no border; merge neighbours only."))
    return OutlineEdit({first: whole}, removed=frozenset(set(outlines) - {first}))


def _count_parts(geometry: QgsGeometry) -> int:
    return len(geometry.asGeometryCollection())
