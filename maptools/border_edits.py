"""Drawing borders anew: one that two glaciers share, and the margin. No canvas: a layer and a line in, an edit out."""

from __future__ import annotations

from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from qgis.core import QgsGeometry, QgsVectorLayer

from ..inference.errors import OutlinesError
from .faces import Face, Outlines, area_of, border_of, owner_beside, pieces_of, reaching, reassembled, take_apart
from .lookup import outlines_at, with_neighbours
from .planned_edit import OutlineEdit
from .texts import tr


def reshape_shared(layer: QgsVectorLayer, line: QgsGeometry, other_side: bool = False) -> OutlineEdit:
    """Return the edit after which a border that glaciers share runs along a line: what it cuts off changes sides.

    That is the piece that lies between the line and the shared border only; of two such pieces (one glacier lies within
    the other), or of none, the smaller. With `other_side` it is the other piece.

    Raises OutlinesError where the line does not begin and end on such a border.
    """
    line = reaching(line)
    met = outlines_at(layer, line)
    outlines = with_neighbours(layer, met)
    faces = take_apart(outlines, [line])
    owners: List[Optional[int]] = [face.owner for face in faces]
    for fid, face in _changing_sides(met, faces, other_side):
        others = [one.owner if one.owner in met and one.owner != fid else None for one in faces]
        to = owner_beside(face.geometry, faces, others)
        owners[faces.index(face)] = fid if to is None else to
    if owners == [face.owner for face in faces]:
        raise OutlinesError(tr("Begin and end the line on the border that two glaciers share."))
    return OutlineEdit(reassembled(outlines, faces, owners))


def redraw_margin(layer: QgsVectorLayer, line: QgsGeometry) -> OutlineEdit:
    """Return the edit after which the margin runs along a line from where this leaves it to where it comes back.

    Raises OutlinesError where the line does not begin and end at the margin.
    """
    line = reaching(line)
    met = outlines_at(layer, line)
    outlines, faces, enclosed = _with_enclosed(layer, with_neighbours(layer, met), line)
    owners: List[Optional[int]] = [face.owner for face in faces]
    for _, face in _cut_off(met, faces):
        owners[faces.index(face)] = None
    before = list(owners)
    for face in enclosed:
        owners[faces.index(face)] = owner_beside(face.geometry, faces, before)
    if owners == [face.owner for face in faces]:
        raise OutlinesError(tr("Begin and end the line at the glacier's margin."))
    return OutlineEdit(reassembled(outlines, faces, owners))


def _with_enclosed(
    layer: QgsVectorLayer, outlines: Dict[int, QgsGeometry], line: QgsGeometry
) -> Tuple[Dict[int, QgsGeometry], List[Face], List[Face]]:
    """Return outlines, all faces, and those that a line encloses with the margin, where other outlines may lie too."""
    while True:
        faces = take_apart(outlines, [line])
        enclosed = list(_enclosed(outlines, faces, line))
        found = {fid: one for face in enclosed for fid, one in outlines_at(layer, face.geometry).items()}
        if found.keys() <= outlines.keys():
            return outlines, faces, enclosed
        outlines = {**outlines, **found}


def _changing_sides(outlines: Outlines, faces: Sequence[Face], other_side: bool) -> Iterator[Tuple[int, Face]]:
    """Yield the faces that a line between glaciers cuts off, and whose they were."""
    sign = -1 if other_side else 1

    def rank(face: Face) -> float:
        return sign * _weight(face, faces, outlines)

    for fid, geometry in outlines.items():
        for face in pieces_of(geometry, [face for face in faces if face.owner == fid], rank)[1]:
            yield fid, face


def _weight(face: Face, faces: Sequence[Face], outlines: Outlines) -> float:
    """Return a face's area, and more than any other's where a part of its border is not shared with the outlines."""
    around = [border_of(one.geometry) for one in faces if one is not face and one.owner in outlines]
    own = border_of(face.geometry)
    outer = own.difference(QgsGeometry.unaryUnion(around)).length() > own.length() * 1e-6
    return area_of(face) + (sum(area_of(one) for one in faces) if outer else 0.0)


def _cut_off(outlines: Outlines, faces: Sequence[Face]) -> Iterator[Tuple[int, Face]]:
    """Yield the faces that are not the largest of their part, and whose they are."""
    for fid, geometry in outlines.items():
        for face in pieces_of(geometry, [face for face in faces if face.owner == fid])[1]:
            yield fid, face


def _enclosed(outlines: Outlines, faces: Sequence[Face], line: QgsGeometry) -> Iterator[Face]:
    """Yield the ice-free faces between a line and the margin; of a hole that it goes through, all but the largest."""
    free = [f for f in faces if f.owner is None and border_of(f.geometry).intersection(line).length() > 0]
    holes = [hole.geometry for hole in take_apart(outlines, []) if hole.owner is None]
    for hole in holes:
        within = [face for face in free if hole.contains(face.inside)]
        if within:
            free.remove(max(within, key=lambda face: face.geometry.area()))
    yield from free
