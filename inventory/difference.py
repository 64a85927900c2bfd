"""Where two layers differ, as geometry: what the candidate gained, what it lost, what both have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Tuple

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from ..inference.progress import NoProgress, PartOfProgress, Progress
from ..inference.vector_layer import VectorLayer
from .bulk import IntArray, in_threads, members
from .outlines import Outlines, polygons_of
from .overlap import allotted

GAINED, LOST, COMMON = "gained", "lost", "common"
FIELDS = ("kind", "area_km2", "glacier")
LEAST_M2 = 1.0
"""Smaller pieces of what differs are rounding of coordinates."""
TOUCH_M = 0.5
"""Gained ice is a glacier's where it lies this near to it."""


@dataclass(frozen=True, eq=False)
class Difference:
    """Polygons and MultiPolygons (n, in `crs`) with their kind; `glacier` is the reference's id, "" where it is none's.

    A glacier has one geometry a kind at most; what no glacier gained has one for each candidate outline. Where outlines
    of one layer overlap each other, so do geometries of one kind.
    """

    geometry: Any
    kind: Tuple[str, ...]
    glacier: Tuple[str, ...]
    crs: str

    @property
    def area_km2(self) -> DoubleArray:
        areas: DoubleArray = shapely.area(self.geometry) / 1e6
        return areas

    def to_layer(self) -> VectorLayer:
        """Return it as multipolygons with the fields kind, area_km2 and glacier (None where it is none's)."""
        multi = [one if one.geom_type == "MultiPolygon" else shapely.MultiPolygon([one]) for one in self.geometry]
        areas = self.area_km2.tolist()
        rows = [
            {"kind": kind, "area_km2": area, "glacier": name or None}
            for kind, area, name in zip(self.kind, areas, self.glacier)
        ]
        return VectorLayer("", "difference", self.crs, tuple(shapely.to_wkb(multi)), tuple(rows), FIELDS)


def difference(
    candidate: Outlines, reference: Outlines, spacing: float = 20.0, progress: Progress = NoProgress()  # noqa: B008
) -> Difference:  # fmt: skip
    """Return where the candidate differs from the reference, both in one plane.

    Margins are sampled every `spacing` metres to tell which of several glaciers gained. Raises Cancelled.
    """
    r, c = shapely.STRtree(candidate.geometry).query(reference.geometry, predicate="intersects")
    pairs = reference.geometry[r], candidate.geometry[c]
    both = in_threads(shapely.intersection, *pairs, progress=PartOfProgress(progress, 0.0, 0.5))
    common = _joined(both, r, len(reference))
    lost = _without(reference.geometry, common)
    gained = _without(candidate.geometry, _joined(both, c, len(candidate)))
    progress.report(0.7, "Finding what differs")
    by_glacier, by_none = _owned(gained, reference.geometry, spacing)
    kinds = ((COMMON, common), (LOST, lost), (GAINED, by_glacier))
    rows = [(kind, name, one) for kind, found in kinds for name, one in zip(reference.ids, found) if one.area > 0]
    rows += [(GAINED, "", one) for one in by_none]
    progress.report(1.0, "Finding what differs")
    geometry = np.array([None, *(one for _, _, one in rows)], dtype=object)[1:]
    return Difference(geometry, tuple(row[0] for row in rows), tuple(row[1] for row in rows), reference.crs)


def _joined(pieces: Any, whose: IntArray, count: int) -> Any:
    """Return the polygonal union of each owner's pieces, `count` of them, maybe empty."""
    found = np.empty(count, dtype=object)
    for owner, places in enumerate(members(whose, count)):
        found[owner] = polygons_of(pieces[places[0]] if len(places) == 1 else shapely.union_all(pieces[places]))
    return found


def _without(whole: Any, part: Any) -> Any:
    """Return what is left of each of `whole`, without crumbs."""
    rest = in_threads(shapely.difference, whole, part)
    return np.array([None, *map(_without_crumbs, rest)], dtype=object)[1:]


def _without_crumbs(geometry: Any) -> Any:
    parts = shapely.get_parts(geometry)
    kept = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) >= LEAST_M2)]
    return polygons_of(shapely.multipolygons(kept))


def _owned(gained: Any, glaciers: Any, spacing: float) -> Tuple[Any, List[Any]]:
    """Return what each glacier gained, and what none did; a piece that touches several is shared out by nearness."""
    pieces, outline = shapely.get_parts(gained, return_index=True)
    near, glacier = shapely.STRtree(glaciers).query(pieces, predicate="dwithin", distance=TOUCH_M)
    touched = members(near, len(pieces))
    parts: List[Any] = []
    owners: List[int] = []
    for piece, places in zip(pieces, touched):
        own = glacier[places]
        parts += [piece] if len(own) == 1 else list(_shared_out(piece, glaciers[own], spacing)) if len(own) else []
        owners += own.tolist()
    by_glacier = _joined(np.array([None, *parts], dtype=object)[1:], np.array(owners, np.int64), len(glaciers))
    alone = np.where([len(places) == 0 for places in touched], outline, -1)
    return by_glacier, [one for one in _joined(pieces, alone, len(gained)) if one.area > 0]


def _shared_out(piece: Any, owners: Any, spacing: float) -> Any:
    """Return a part of the piece for each owner; owners matter no farther away than the piece is wide."""
    left, bottom, right, top = shapely.bounds(piece)
    width = np.hypot(right - left, top - bottom) + 2 * TOUCH_M
    around = shapely.box(left - width, bottom - width, right + width, top + width)
    return allotted(piece, [polygons_of(owner) for owner in shapely.intersection(owners, around)], spacing)
