"""Pieces of complexes to glaciers: slivers merged, and the earlier inventory's ids each given to one glacier."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from .bulk import IntArray, members
from .cutting import merged
from .divide_parts import INHERITED, Divided, Earlier, Groups
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
    geometry = np.concatenate([one.geometry for one in found]) if found else np.zeros(0, dtype=object)
    number = np.repeat(np.arange(len(found)), [len(one.label) for one in found])
    label = np.concatenate([one.label for one in found]) if found else np.zeros(0, np.int64)
    flat = planes.flat(geometry)
    area = shapely.area(flat)
    heir = _heirs(flat, np.where(_inherited(found)[number], label, -1), earlier)
    kept = heir & (area >= settings.minimum_m2)
    group = _without_slivers(flat, number, kept, settings)
    first = _first_of(group, kept, area)
    glaciers = merged(geometry, group)
    ids, parents = _ids(first, heir, np.where(_inherited(found)[number], label, -1), earlier)
    gone = _gone(ids, outlines, earlier)
    size = shapely.area(planes.flat(glaciers))
    return Divided(
        glaciers, size / 1e6, ids, parents, tuple(found[n].divides for n in number[first]),
        np.array([found[n].ice_cap for n in number[first]], bool), number[first],
        shapely.STRtree(outlines.geometry).nearest(shapely.point_on_surface(glaciers)),
        gone, (*doubts, *_doubts(parents, gone, int((size < settings.minimum_m2).sum()))),
    )  # fmt: skip


def _inherited(found: Sequence[Groups]) -> BoolArray:
    return np.array([one.divides == INHERITED for one in found], bool)


def _heirs(flat: Any, owner: IntArray, earlier: Optional[Earlier]) -> BoolArray:
    """Return which pieces have most of their earlier glacier's ground (owner: its place, -1 for none)."""
    heir: BoolArray = np.zeros(len(flat), bool)
    mine = np.flatnonzero(owner >= 0)
    if earlier is None or not len(mine):
        return heir
    common = shapely.area(shapely.intersection(flat[mine], earlier.flat[owner[mine]]))
    order = np.lexsort((-common, owner[mine]))
    best = order[np.unique(owner[mine][order], return_index=True)[1]]
    heir[mine[best]] = True
    return heir


def _without_slivers(flat: Any, number: IntArray, kept: BoolArray, settings: DivideSettings) -> IntArray:
    """Return which glacier each piece is part of, complex by complex."""
    group: IntArray = np.zeros(len(flat), np.int64)
    count = 0
    for places in members(number, int(number.max()) + 1 if len(number) else 0):
        group[places] = count + without_slivers(flat[places], settings.slivers, kept[places])
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
    names = [earlier.own.ids[owner[n]] if earlier is not None and owner[n] >= 0 else "" for n in first]
    ids = tuple(name if heir[n] else "" for n, name in zip(first, names))
    return ids, tuple("" if heir[n] else name for n, name in zip(first, names))


def _gone(ids: Sequence[str], outlines: Outlines, earlier: Optional[Earlier]) -> Tuple[str, ...]:
    """Return the earlier glaciers in the outlines' box whose id nobody has."""
    if earlier is None:
        return ()
    box = shapely.box(*shapely.total_bounds(outlines.geometry))
    near = np.flatnonzero(shapely.intersects(box, shapely.point_on_surface(earlier.own.geometry)))
    return tuple(earlier.own.ids[n] for n in near if earlier.own.ids[n] not in set(ids))


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
