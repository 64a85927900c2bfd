"""Pieces that are too small for an inventory: an edit leaves none behind, and says what became of them.

A piece that an edit splits off and that is smaller than MINIMUM_KM2 stays with its glacier where it touches it, else it
goes to the neighbour with the longest border to it. One that touches none is left out. Outlines that were small stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Optional, Tuple

from qgis.core import QgsGeometry, QgsVectorLayer

from .faces import longest_contact, put_together
from .ground import MINIMUM_KM2, area_km2
from .lookup import outlines_at
from .planned_edit import OutlineEdit, Piece
from .texts import tr


@dataclass
class _Body:
    """Ice while it is settled: a feature's (`fid`), or a piece's of the edit; `may_go`: if it is too small."""

    geometry: QgsGeometry
    fid: Optional[int] = None
    parent: Optional[int] = None
    may_go: bool = False
    changed: bool = True

    @property
    def glacier(self) -> Optional[int]:
        """The feature that it was a part of before; None: of none."""
        return self.parent if self.fid is None else self.fid


def without_small_pieces(layer: QgsVectorLayer, edit: OutlineEdit) -> OutlineEdit:
    """Return the edit in which small pieces went to their neighbours, with notes of what became of them."""

    def is_small(body: _Body) -> bool:
        return body.may_go and area_km2(body.geometry, layer.crs()) < MINIMUM_KM2

    bodies = [*_outlines(layer, edit), *(_Body(one, parent=parent, may_go=True) for parent, one in edit.pieces)]
    small = [body for body in bodies if is_small(body)]
    if not small:
        return edit
    bodies += _neighbours(layer, edit, small)
    joined, lost = 0, []
    while small:
        least = min(small, key=lambda body: body.geometry.area())
        bodies.remove(least)
        to = _taker(least, bodies)
        if to is None:
            lost.append(area_km2(least.geometry, layer.crs()))
        else:
            bodies[to].geometry, bodies[to].changed = put_together([bodies[to].geometry, least.geometry]), True
            joined += 1
        small = [body for body in bodies if is_small(body)]
    return _edit_of(edit, bodies, _notes(joined, lost))


def _taker(piece: _Body, bodies: List[_Body]) -> Optional[int]:
    """Return the place of the body that a piece goes to, None: it touches none."""
    around = {place: body.geometry for place, body in enumerate(bodies)}
    own = {place: one for place, one in around.items() if bodies[place].glacier == piece.glacier}
    to = longest_contact(piece.geometry, own)
    return longest_contact(piece.geometry, around) if to is None else to


def _outlines(layer: QgsVectorLayer, edit: OutlineEdit) -> Iterator[_Body]:
    """Yield what an edit makes of each feature, pieces that it splits off by themselves."""
    for fid, geometry in edit.geometries.items():
        kept, split_off = _split(layer.getGeometry(fid), geometry)
        yield _Body(kept, fid=fid)
        yield from (_Body(piece, parent=fid, may_go=True) for piece in split_off)


def _split(before: QgsGeometry, after: QgsGeometry) -> Tuple[QgsGeometry, List[QgsGeometry]]:
    """Return an outline, and its parts that were one with a larger one before."""
    parts = sorted(after.asGeometryCollection(), key=lambda part: -part.area())
    if len(parts) < 2:
        return after, []
    split_off: List[QgsGeometry] = []
    for old in before.asGeometryCollection():
        inside = [part for part in parts if old.intersects(part) and old.intersection(part).area() > 0]
        split_off += [part for part in inside[1:] if part not in split_off]
    kept = [part for part in parts if part not in split_off]
    return QgsGeometry.collectGeometry(kept) if len(kept) > 1 else kept[0], split_off


def _neighbours(layer: QgsVectorLayer, edit: OutlineEdit, small: List[_Body]) -> List[_Body]:
    found = {fid: one for body in small for fid, one in outlines_at(layer, body.geometry).items()}
    return [
        _Body(one, fid=fid, changed=False)
        for fid, one in found.items()
        if fid not in edit.geometries and fid not in edit.removed
    ]


def _edit_of(edit: OutlineEdit, bodies: List[_Body], notes: Tuple[str, ...]) -> OutlineEdit:
    geometries = {body.fid: body.geometry for body in bodies if body.fid is not None and body.changed}
    pieces: Tuple[Piece, ...] = tuple((body.parent, body.geometry) for body in bodies if body.fid is None)
    return OutlineEdit(geometries, pieces, edit.removed, edit.piece_values, edit.notes + notes)


def _notes(joined: int, lost: List[float]) -> Tuple[str, ...]:
    notes = []
    if joined:
        notes.append(tr("Pieces smaller than {} km2 stayed with their glacier, or went to a neighbour: {}.").format(
            MINIMUM_KM2, joined))  # fmt: skip
    if lost:
        notes.append(tr("Ice smaller than {} km2 that touches no outline was left out: {} ({:.4f} km2).").format(
            MINIMUM_KM2, len(lost), sum(lost)))  # fmt: skip
    return tuple(notes)
