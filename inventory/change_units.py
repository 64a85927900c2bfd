"""A common set of glaciers and common divides: which glacier of the first date the ice of a later date belongs to.

The first date's outlines are the units. A later layer is first taken as one set of ice (its own divides do not count),
in pieces that do not touch. A piece that touches no unit is new ice. Any other piece is cut by the units: what lies in
a unit is that unit's, what lies outside all of them goes to the nearest of the units that the piece touches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Tuple

import numpy as np
import shapely

from ..inference.progress import NoProgress, Progress, stop_if_cancelled
from .bulk import IntArray, members
from .outlines import polygons_of
from .overlap import EMPTY, Dissolved, allotted


@dataclass(frozen=True, eq=False)
class UnitIce:
    """The ice of one date by unit.

    Attributes:
        pieces: k geometries: the ice as one set, without what is new; no two touch.
        part: m geometries: where a piece is cut by the units.
        unit, piece: for each part its unit and the piece it was cut from; m places each.
        new: for each place in the layer's pieces whether it touches no unit.
    """

    pieces: Any
    part: Any
    unit: IntArray
    piece: IntArray
    new: IntArray

    def of_units(self, count: int) -> Any:
        """Return the ice of each of `count` units: geometries, empty where it is gone."""
        found = np.empty(count, dtype=object)
        for number, places in enumerate(members(self.unit, count)):
            own = self.part[places]
            found[number] = EMPTY if not len(own) else own[0] if len(own) == 1 else polygons_of(shapely.union_all(own))
        return found


def own_ice(units: Any, ice: Dissolved) -> UnitIce:
    """Return the ice of the first date itself, where each unit is one part."""
    nothing_new = np.zeros(len(ice.geometry), bool)
    return UnitIce(ice.geometry, units, np.arange(len(units)), ice.piece, nothing_new)


def ice_by_unit(
    units: Any,
    ice: Dissolved,
    spacing_m: float,
    progress: Progress = NoProgress(),  # noqa: B008
) -> UnitIce:
    """Return the ice of a later date by unit (n geometries).

    Which unit is nearest is told by the units' margins sampled every `spacing_m` metres.
    """
    piece, unit = shapely.STRtree(units).query(ice.geometry, predicate="intersects")
    found: List[Tuple[Any, int, int]] = []
    owners = members(piece, len(ice.geometry))
    for number, places in enumerate(owners):
        for owner, part in _cut(ice.geometry[number], units, unit[places], spacing_m):
            found.append((part, owner, number))
        progress.report((number + 1) / len(owners), "Cutting ice by the first date's glaciers")
        stop_if_cancelled(progress)
    new = np.array([not len(places) for places in owners], bool)
    place = np.cumsum(~new) - 1
    parts = np.array([None, *(part for part, _, _ in found)], dtype=object)[1:]
    whose = np.array([owner for _, owner, _ in found], dtype=np.int64)
    return UnitIce(ice.geometry[~new], parts, whose, place[[number for _, _, number in found]].astype(np.int64), new)


def _cut(ice: Any, units: Any, owners: IntArray, spacing_m: float) -> List[Tuple[int, Any]]:
    """Return the parts of a piece that have an area, each with its unit."""
    if len(owners) == 1:
        return [(int(owners[0]), ice)]
    if len(owners) and shapely.difference(ice, shapely.union_all(units[owners])).area > 0:
        parts = allotted(ice, units[owners], spacing_m)
    else:
        parts = [polygons_of(part) for part in shapely.intersection(ice, units[owners])]
    return [(int(owner), part) for owner, part in zip(owners, parts) if part.area > 0]
