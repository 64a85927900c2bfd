"""Filling and taking out areas. No canvas: a layer and an area in, an edit out."""

from __future__ import annotations

from typing import Dict, Mapping, Optional, Sequence

from qgis.core import QgsGeometry, QgsVectorLayer

from ..inference.errors import OutlinesError
from .faces import Face, Outlines, border_of, longest_contact, put_together, reassembled, take_apart
from .outline_edit import OutlineEdit, outlines_around, outlines_at, with_neighbours
from .texts import tr


def fill_at(layer: QgsVectorLayer, point: QgsGeometry) -> OutlineEdit:
    """Return the edit that fills the ice-free ground around a point that one or several outlines enclose.

    It goes to the outline with the longest border to it. Raises OutlinesError where nothing is enclosed there.
    """
    outlines = with_neighbours(layer, outlines_around(layer, point))
    faces = take_apart(outlines, [])
    here = next((n for n, face in enumerate(faces) if face.owner is None and face.geometry.contains(point)), None)
    if here is None:
        raise OutlinesError(tr("No nunatak here: click into a hole to fill it, or draw around rock to take it out."))
    owners = [face.owner for face in faces]
    owners[here] = longest_contact(faces[here].geometry, outlines)
    return OutlineEdit(reassembled(outlines, faces, owners))


def take_out(layer: QgsVectorLayer, area: QgsGeometry) -> OutlineEdit:
    """Return the edit that takes an area out of all outlines. Raises OutlinesError where none is there."""
    found = outlines_at(layer, area)
    if not found:
        raise OutlinesError(tr("No glacier there; draw around rock within one."))
    return replace_within(layer, area, QgsGeometry(), [])


def replace_within(
    layer: QgsVectorLayer, area: QgsGeometry, ice: QgsGeometry, ice_lines: Sequence[QgsGeometry]
) -> OutlineEdit:
    """Return the edit after which, within an area, there is ice where `ice` says so.

    Divides stay. New ice goes to the outline with the longest border to it; where it touches none it is left out.

    Args:
        area: a polygon; outside of it nothing changes.
        ice: a polygon (null: no ice), which may go beyond the area.
        ice_lines: its border, at least as far as the area reaches.
    """
    outlines = with_neighbours(layer, outlines_at(layer, area))
    faces = take_apart(outlines, [border_of(area), *ice_lines])
    inside = [area.contains(face.inside) for face in faces]
    is_ice = [not ice.isNull() and ice.contains(face.inside) for face in faces]
    owners = [face.owner if icy or not within else None for face, within, icy in zip(faces, inside, is_ice)]
    new = [n for n, face in enumerate(faces) if inside[n] and is_ice[n] and face.owner is None]
    kept = reassembled(outlines, faces, owners)
    for n, owner in _owners_of_new(faces, new, {**outlines, **kept}).items():
        owners[n] = owner
    return OutlineEdit(reassembled(outlines, faces, owners))


def _owners_of_new(faces: Sequence[Face], new: Sequence[int], outlines: Outlines) -> Mapping[int, Optional[int]]:
    """Return for each face of new ice the outline that it is added to."""
    if not new:
        return {}
    owners: Dict[int, Optional[int]] = {}
    for body in put_together(faces[n].geometry for n in new).asGeometryCollection():
        owner = longest_contact(body, outlines)
        owners.update({n: owner for n in new if body.contains(faces[n].inside)})
    return owners
