"""Filling and taking out areas. No canvas: a layer and an area in, an edit out."""

from __future__ import annotations

from typing import List, Sequence

from qgis.core import QgsGeometry, QgsVectorLayer

from ..inference.errors import OutlinesError
from .faces import Face, border_of, owner_beside, prepared, put_together, reassembled, take_apart
from .lookup import outlines_around, outlines_at, with_neighbours
from .planned_edit import OutlineEdit, Piece
from .texts import tr

BEYOND = 1e-3
"""Of an area's width."""


def fill_at(layer: QgsVectorLayer, point: QgsGeometry) -> OutlineEdit:
    """Return the edit that fills the ice-free ground around a point that one or several outlines enclose.

    It goes to the outline with the longest border to it. Raises OutlinesError where nothing is enclosed there.
    """
    outlines = outlines_around(layer, point)
    faces = take_apart(outlines, []) if outlines else []
    here = next((n for n, face in enumerate(faces) if face.owner is None and face.geometry.contains(point)), None)
    if here is None:
        raise OutlinesError(tr("No nunatak here: click into a hole to fill it, or draw around rock to take it out."))
    owners = [face.owner for face in faces]
    owners[here] = owner_beside(faces[here].geometry, faces, owners)
    return OutlineEdit(reassembled(outlines, faces, owners))


def take_out(layer: QgsVectorLayer, area: QgsGeometry) -> OutlineEdit:
    """Return the edit that takes an area out of all outlines. Raises OutlinesError where none is there."""
    found = outlines_at(layer, area)
    if not found:
        raise OutlinesError(tr("No glacier there; draw around rock within one."))
    return replace_within(layer, area, QgsGeometry())


def replace_within(layer: QgsVectorLayer, area: QgsGeometry, ice: QgsGeometry) -> OutlineEdit:
    """Return the edit after which, within an area, there is ice where `ice` says so.

    Divides stay. New ice goes to the outline with the longest border to it; where it touches none, it is a new outline.

    Args:
        area: a polygon; outside of it nothing changes.
        ice: a polygon (null: no ice), which may go beyond the area.
    """
    # A little beyond the area, so that its border and that of the ice surely cross.
    around = area.buffer(area.boundingBox().width() * BEYOND, 4)
    outlines = with_neighbours(layer, outlines_at(layer, around))
    margin = [] if ice.isNull() else [border_of(ice).intersection(around)]
    faces = take_apart(outlines, [border_of(area), *margin])
    inside, is_ice = _lying_in(area, faces), _lying_in(ice, faces)
    owners = [face.owner if icy or not within else None for face, within, icy in zip(faces, inside, is_ice)]
    new = [n for n, face in enumerate(faces) if inside[n] and is_ice[n] and face.owner is None]
    kept = list(owners)
    pieces: List[Piece] = []
    for body in put_together(faces[n].geometry for n in new).asGeometryCollection() if new else []:
        owner = owner_beside(body, faces, kept)
        if owner is None:
            pieces.append((None, body))
        for n in new:
            owners[n] = owner if body.contains(faces[n].inside) else owners[n]
    return OutlineEdit(reassembled(outlines, faces, owners), tuple(pieces))


def _lying_in(area: QgsGeometry, faces: Sequence[Face]) -> List[bool]:
    """Return of each face whether it lies in an area, which may be null."""
    if area.isNull():
        return [False] * len(faces)
    engine = prepared(area)
    return [bool(engine.contains(face.inside.constGet())) for face in faces]
