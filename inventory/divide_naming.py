"""Pieces of complexes to glaciers: slivers merged, and the earlier inventory's ids each given to one glacier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from .bulk import IntArray, members
from .cutting import merged
from .divide_parts import FLOWSHEDS, INHERITED, WHOLE, Divided, Earlier, Groups
from .divide_plans import DivideSettings
from .outlines import Outlines
from .planes import Planes
from .slivers import without_slivers

SHOWN = 5


def named(
    outlines: Outlines,
    found: Sequence[Groups],
    planes: Planes,
    earlier: Optional[Earlier],
    settings: DivideSettings,
    doubts: Sequence[str],
) -> Divided:
    """Return the glaciers of complexes.

    An earlier glacier's id goes to the piece that has most of its ground. Such a piece is no sliver, unless it is
    smaller than the minimum area. Its other pieces become glaciers of their own, or are slivers.
    """
    pieces = _Pieces.of(found, planes)
    heir = _heirs(pieces, earlier)
    kept = heir & (pieces.area_m2 >= settings.minimum_m2)
    group = _without_slivers(pieces, kept, settings)
    first = _first_of(group, kept, pieces.area_m2)
    complex_ = pieces.complex[first]
    glaciers, divides = _glaciers(found, merged(pieces.geometry, group), complex_)
    ids, parents = _ids(first, heir, pieces.owner, earlier)
    gone = _gone(ids, outlines, earlier, pieces.owner)
    area_m2 = shapely.area(planes.flat(glaciers))
    return Divided(
        glaciers, area_m2 / 1e6, ids, parents, divides, np.array([found[n].ice_cap for n in complex_], bool), complex_,
        shapely.STRtree(outlines.geometry).nearest(shapely.point_on_surface(glaciers)), gone,
        (*doubts, *_doubts(parents, gone, int((area_m2 < settings.minimum_m2).sum()))),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Pieces:
    """The pieces of all complexes.

    Attributes:
        geometry, flat: n Polygons in the outlines' own CRS, and in the plane.
        complex: number of the complex.
        owner: the place of the earlier glacier, -1 for none.
    """

    geometry: Any
    flat: Any
    complex: IntArray
    owner: IntArray

    @classmethod
    def of(cls, found: Sequence[Groups], planes: Planes) -> _Pieces:
        geometry = np.concatenate([one.geometry for one in found])
        number = np.repeat(np.arange(len(found)), [len(one.label) for one in found])
        inherited = np.array([one.divides == INHERITED for one in found], bool)
        owner = np.where(inherited[number], np.concatenate([one.label for one in found]), -1)
        return cls(geometry, planes.flat(geometry), number, owner)

    @property
    def area_m2(self) -> DoubleArray:
        areas: DoubleArray = shapely.area(self.flat)
        return areas


def _glaciers(found: Sequence[Groups], geometry: Any, complex_: IntArray) -> Tuple[Any, Tuple[str, ...]]:
    """Return the glaciers, a complex that is one without the points of lines that cut nothing, and their divides."""
    alone = np.bincount(complex_)[complex_] == 1
    geometry[alone] = [found[n].ice for n in complex_[alone]]
    kinds = [found[n].divides for n in complex_]
    return geometry, tuple(WHOLE if one and kind == FLOWSHEDS else kind for one, kind in zip(alone, kinds))


def _heirs(pieces: _Pieces, earlier: Optional[Earlier]) -> BoolArray:
    """Return which pieces have most of their earlier glacier's ground."""
    heir: BoolArray = np.zeros(len(pieces.geometry), bool)
    if earlier is None:
        return heir
    mine = np.flatnonzero(pieces.owner >= 0)
    owner = pieces.owner[mine]
    common = shapely.area(shapely.intersection(pieces.flat[mine], earlier.flat[owner]))
    order = np.lexsort((-common, owner))
    heir[mine[order[np.unique(owner[order], return_index=True)[1]]]] = True
    return heir


def _without_slivers(pieces: _Pieces, kept: BoolArray, settings: DivideSettings) -> IntArray:
    """Return which glacier each piece is part of, complex by complex."""
    group: IntArray = np.zeros(len(kept), np.int64)
    count = 0
    for places in members(pieces.complex, int(pieces.complex.max()) + 1):
        group[places] = count + without_slivers(pieces.flat[places], settings.slivers, kept[places])
        count = int(group[places].max()) + 1
    return group


def _first_of(group: IntArray, kept: BoolArray, area: DoubleArray) -> IntArray:
    """Return for each glacier the piece that gives it its name: a kept one, else the largest."""
    order = np.lexsort((-area, ~kept, group))
    found: IntArray = order[np.unique(group[order], return_index=True)[1]]
    return found


def _ids(
    first: IntArray, heir: BoolArray, owner: IntArray, earlier: Optional[Earlier]
) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
    """Return each glacier's id, and that of the earlier glacier that it is a part of."""
    names = [earlier.own.ids[owner[n]] if earlier is not None and owner[n] >= 0 else "" for n in first]
    ids = tuple(name if heir[n] else "" for n, name in zip(first, names))
    return ids, tuple("" if heir[n] else name for n, name in zip(first, names))


def _gone(
    ids: Sequence[str], outlines: Outlines, earlier: Optional[Earlier], owner: IntArray
) -> Tuple[str, ...]:
    """Return the ids that nobody has of earlier glaciers that lie in the outlines' box, or are the owner of a piece."""
    if earlier is None:
        return ()
    box = shapely.box(*shapely.total_bounds(outlines.geometry))
    near = shapely.intersects(box, shapely.point_on_surface(earlier.own.geometry))
    near[owner[owner >= 0]] = True
    taken = set(ids)
    return tuple(name for name, here in zip(earlier.own.ids, near) if here and name not in taken)


def _doubts(parents: Sequence[str], gone: Sequence[str], small: int) -> List[str]:
    doubts = []
    broken = sorted(set(parents) - {""})
    if broken:
        doubts.append(f"Earlier glaciers in several parts, of which only one keeps the id: {_listed(broken)}.")
    if gone:
        doubts.append(f"Earlier glaciers that have no ice any more, or too little: {_listed(gone)}.")
    if small:
        doubts.append(f"{small} pieces without neighbours are smaller than the minimum area; they were left in.")
    return doubts


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
