"""Areas that two layers have in common, and the ratios that follow; from vectors, never from pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from ..inference.progress import NoProgress, Progress
from .bulk import IntArray, components, in_threads, members, summed
from .matching import Links
from .outlines import Outlines, polygons_of

EMPTY = shapely.Polygon()


@dataclass(frozen=True, eq=False)
class Dissolved:
    """A layer as a set of ice: touching and overlapping outlines as one.

    Attributes:
        geometry: the pieces; no two share any area.
        piece: for each outline of the layer the piece it is part of.
    """

    geometry: Any
    piece: IntArray

    @property
    def alone(self) -> IntArray:
        """For each piece the outline that is all of it; -1 where there are several."""
        found = np.full(len(self.geometry), -1)
        found[self.piece] = np.arange(len(self.piece))
        found[np.bincount(self.piece, minlength=len(found)) > 1] = -1
        return found


def dissolved(geometry: Any) -> Dissolved:
    """Return outlines (n geometries) as a set of ice."""
    first, second = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    piece = components(len(geometry), first, second)
    count = int(piece.max()) + 1 if len(piece) else 0
    together = members(piece, count)
    return Dissolved(_joined(geometry, together), piece)


def _joined(geometry: Any, together: List[IntArray]) -> Any:
    joined = np.empty(len(together), dtype=object)
    for number, places in enumerate(together):
        # Where a line or point is left over, it has no area and is no ice.
        joined[number] = geometry[places[0]] if len(places) == 1 else polygons_of(shapely.union_all(geometry[places]))
    return joined


@dataclass(frozen=True, eq=False)
class Shared:
    """What two sets of ice have in common: pairs of their pieces (places in each) and the pairs' common geometry."""

    first: IntArray
    second: IntArray
    geometry: Any


def shared_ice(first: Dissolved, second: Dissolved, progress: Progress = NoProgress()) -> Shared:  # noqa: B008
    """Return what two sets of ice share; no two of its geometries share any area."""
    a, b = shapely.STRtree(second.geometry).query(first.geometry, predicate="intersects")
    return Shared(a, b, in_threads(shapely.intersection, first.geometry[a], second.geometry[b], progress=progress))


def total_area(ice: Dissolved) -> float:
    """Return the area of a set of ice in m2."""
    return float(shapely.area(ice.geometry).sum())


def counterparts(candidate: Outlines, reference: Outlines, links: Links, spacing: float) -> Any:
    """Return for each reference glacier the candidate's ice that stands for it: n geometries, empty where missed.

    A candidate that several glaciers share is cut along their borders; what lies outside all of them goes to the
    nearest one, told by their margins sampled every `spacing` metres. Several candidates of one glacier are joined.
    """
    parts: List[List[Any]] = [[] for _ in range(len(reference))]
    shared = links.references_of_candidate > 1
    for r, c in zip(links.reference[links.strong], links.candidate[links.strong]):
        if not shared[c]:
            parts[r].append(candidate.geometry[c])
    for c in np.flatnonzero(shared):
        owners = links.reference[links.strong & (links.candidate == c)]
        for r, part in zip(owners, allotted(candidate.geometry[c], reference.geometry[owners], spacing)):
            parts[r].append(part)
    found = np.empty(len(reference), dtype=object)
    for number, own in enumerate(parts):
        found[number] = EMPTY if not own else own[0] if len(own) == 1 else polygons_of(shapely.union_all(own))
    return found


def allotted(ice: Any, owners: Any, spacing: float) -> Any:
    """Return `ice` in one part for each of the owners (k geometries): what each covers and what lies nearest to it."""
    outside = shapely.difference(ice, shapely.union_all(owners))
    beyond = nearest_parts(outside, owners, spacing)
    parts = np.empty(len(owners), dtype=object)
    for number, own in enumerate(shapely.intersection(ice, owners)):
        parts[number] = polygons_of(shapely.union(own, beyond[number]))
    return parts


def nearest_parts(outside: Any, owners: Any, spacing: float) -> List[Any]:
    """Return for each owner the part of `outside` that lies nearest to it."""
    if shapely.is_empty(outside):
        return [EMPTY] * len(owners)
    xy, owner = shapely.get_coordinates(shapely.segmentize(shapely.boundary(owners), spacing), return_index=True)
    # Two owners' points that nearly coincide are beyond GEOS's Voronoi diagram.
    grid = spacing / 10
    xy, first = np.unique(np.round(xy / grid), axis=0, return_index=True)
    points, owner = shapely.points(xy * grid), owner[first]
    try:
        cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=outside))
    except shapely.errors.GEOSException:
        return _nearest_pieces(outside, owners)
    point, cell = shapely.STRtree(cells).query(points, predicate="intersects")
    near = np.full(len(cells), -1)
    near[cell] = owner[point]
    # Only cells that the ice outside reaches into matter.
    touched = np.unique(shapely.STRtree(cells).query(outside, predicate="intersects"))
    regions = [shapely.coverage_union_all(cells[touched[places]]) for places in members(near[touched], len(owners))]
    return list(shapely.intersection(outside, shapely.make_valid(regions)))


def _nearest_pieces(outside: Any, owners: Any) -> List[Any]:
    """Return the same by whole connected pieces: coarser, but always possible."""
    pieces = shapely.get_parts(outside)
    owner = shapely.STRtree(owners).nearest(shapely.point_on_surface(pieces))
    return [shapely.union_all(pieces[owner == number]) for number in range(len(owners))]


def ratios(common: Any, area: Any, area_ref: Any) -> Dict[str, Any]:
    """Return the scores and deviations (names of Metrics) of areas in m2: the common one and both whole ones.

    Where there is nothing to divide by, they are NaN. Scalars or arrays of one length.
    """
    common, area, area_ref = np.broadcast_arrays(*np.atleast_1d(common, area, area_ref))
    common = np.minimum(common, np.minimum(area, area_ref))  # rounding must not make a score of 1 + 1e-16
    deviation = 100 * _over(area - area_ref, area_ref)
    precision, recall = _over(common, area), _over(common, area_ref)
    return {
        "iou": _over(common, area + area_ref - common), "precision": precision, "recall": recall,
        "f1": _over(2 * common, area + area_ref), "area_km2": area / 1e6, "area_ref_km2": area_ref / 1e6,
        "area_deviation_percent": deviation, "area_deviation_absolute_percent": np.abs(deviation),
    }  # fmt: skip


def _over(part: DoubleArray, whole: DoubleArray) -> DoubleArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        share: DoubleArray = np.where(whole > 0, part / whole, np.nan)
    return share


def holes(candidate: Outlines, reference: Outlines) -> Dict[str, float]:
    """Return how the inner rings (nunataks) of two layers compare: numbers, km2, IoU.

    `found` counts the reference's holes of which at least half is a hole of the candidate too.
    """
    ours, theirs = islands(candidate.geometry), islands(reference.geometry)
    first, second = shapely.STRtree(ours).query(theirs, predicate="intersects")
    common = shapely.area(shapely.intersection(theirs[first], ours[second]))
    area, area_ref = shapely.area(ours).sum(), shapely.area(theirs).sum()
    share = summed(common, first, len(theirs)) / np.maximum(shapely.area(theirs), 1e-9)
    return {
        "n": len(ours), "n_ref": len(theirs), "found": int((share >= 0.5).sum()), "area_km2": float(area / 1e6),
        "area_ref_km2": float(area_ref / 1e6), "overlap_km2": float(common.sum() / 1e6),
        "iou": float(ratios(common.sum(), area, area_ref)["iou"][0]),
    }  # fmt: skip


def islands(geometry: Any) -> Any:
    """Return the holes of polygons, as polygons."""
    parts = shapely.get_parts(geometry)
    parts = parts[shapely.get_num_interior_rings(parts) > 0]
    rings = [ring for part in parts for ring in part.interiors]
    return shapely.polygons(rings) if rings else np.zeros(0, dtype=object)
