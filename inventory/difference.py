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
    candidate: Outlines, reference: Outlines, progress: Progress = NoProgress()  # noqa: B008
) -> Difference:  # fmt: skip
    """Return where the candidate differs from the reference, both in one plane. Raises Cancelled."""
    r, c = shapely.STRtree(candidate.geometry).query(reference.geometry, predicate="intersects")
    pairs = reference.geometry[r], candidate.geometry[c]
    both = in_threads(shapely.intersection, *pairs, progress=PartOfProgress(progress, 0.0, 0.5))
    common = _joined(both, r, len(reference))
    lost = _without(reference.geometry, common)
    gained = _without(candidate.geometry, _joined(both, c, len(candidate)))
    progress.report(0.7, "Finding what differs")
    by_glacier, by_none = _owned(gained, reference.geometry)
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


def _owned(gained: Any, glaciers: Any) -> Tuple[Any, List[Any]]:
    """Return what each glacier gained, and what none did: a connected piece goes where its common border is longest."""
    pieces, outline = shapely.get_parts(gained, return_index=True)
    near, glacier = shapely.STRtree(glaciers).query(pieces, predicate="dwithin", distance=TOUCH_M)

    def border(piece: Any, other: Any) -> Any:
        return shapely.length(shapely.intersection(shapely.boundary(other), shapely.buffer(piece, TOUCH_M)))

    length = in_threads(border, pieces[near], glaciers[glacier])
    owner = np.full(len(pieces), -1)
    order = np.argsort(length, kind="stable")
    owner[near[order]] = glacier[order]  # the longest comes last and stays
    by_glacier = _joined(pieces, owner, len(glaciers))
    alone = np.where(owner < 0, outline, -1)
    return by_glacier, [one for one in _joined(pieces, alone, len(gained)) if one.area > 0]
