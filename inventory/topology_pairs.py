"""Faults between neighbours: overlaps, outlines drawn twice, gaps along divides."""

from __future__ import annotations

from typing import Any, Iterable, List, Sequence, Set, Tuple

import numpy as np
import shapely

from ..inference.progress import NoProgress, Progress, stop_if_cancelled
from .outlines import polygons_of
from .topology_faults import CheckSettings, LayerFault
from .topology_index import LayerIndex

ROUNDING_M, ROUNDING_M2 = 0.001, 0.01
"""What is narrower or smaller than this comes of rounding coordinates."""
GRID_M = 1e-6
"""Overlays on a grid do not fail where borders nearly coincide."""
TWICE = 0.99
"""Outlines that share this much of their union are the same glacier drawn twice."""
LONG = 10.0
"""An open gap is this many times longer than the widest sliver; shorter ones are where two margins part."""

Pair = Tuple[int, int]


def pairs_of(index: LayerIndex, places: Iterable[int], distance_m: float) -> List[Pair]:
    """Return the pairs of outlines, one of them among `places`, whose boxes lie within a distance; each once."""
    found: Set[Pair] = set()
    for place in places:
        found.update((min(place, other), max(place, other)) for other in index.near(place, distance_m))
    return sorted(found)


def pair_faults(
    index: LayerIndex, pairs: Sequence[Pair], settings: CheckSettings, progress: Progress = NoProgress()  # noqa: B008
) -> List[LayerFault]:
    """Return the faults between the outlines of each pair. Raises Cancelled."""
    found: List[LayerFault] = []
    for number, pair in enumerate(pairs):
        if not number % 100:
            stop_if_cancelled(progress)
            progress.report(number / len(pairs), "Checking neighbours")
        a, b = index.sound[pair[0]], index.sound[pair[1]]
        shapely.prepare(a)
        if not shapely.dwithin(a, b, settings.sliver_m / index.metres[pair[0]].min()):
            continue
        if shapely.intersects(a, b) and not shapely.touches(a, b):
            found += _overlap(index, pair, settings)
        found += [_gap(index, pair, gap) for gap in gaps_between(index, pair, settings)]
    return found


def overlap_of(index: LayerIndex, pair: Pair) -> Any:
    """Return the common ground of two outlines; empty where it is rounding."""
    common = polygons_of(shapely.intersection(index.sound[pair[0]], index.sound[pair[1]]))
    flat = index.in_metres(common, pair[0])
    if flat.area <= ROUNDING_M2 or width_m(flat) <= ROUNDING_M:
        return shapely.Polygon()
    return common


def width_m(flat: Any) -> float:
    """Return the mean width of a narrow polygon (in metres): its area over half of its perimeter."""
    return float(2 * flat.area / flat.length) if flat.length else 0.0


def _overlap(index: LayerIndex, pair: Pair, settings: CheckSettings) -> List[LayerFault]:
    common = overlap_of(index, pair)
    if common.is_empty:
        return []
    flat = index.in_metres(common, pair[0])
    areas = index.area_m2([index.sound[place] for place in pair], np.array(pair))
    names = tuple(index.ids[place] for place in pair)
    share = flat.area / (areas.sum() - flat.area)
    if share > TWICE:
        what = f"are one glacier drawn twice ({100 * share:.3g} % in common)"
        return [LayerFault("duplicate_outline", what, names, pair, common.bounds, flat.area, "m2")]
    narrow = width_m(flat) < settings.sliver_m
    repair = "the common strip goes to the larger one" if narrow else ""
    what = f"overlap by {_rounded(flat.area)} m2, {width_m(flat):.3g} m wide on average"
    return [LayerFault("overlap", what, names, pair, common.bounds, flat.area, "m2", repair)]


def gaps_between(index: LayerIndex, pair: Pair, settings: CheckSettings) -> List[Any]:
    """Return the ground of no glacier between two outlines that is narrower than a sliver (layer's CRS).

    Such ground is what closing (Minkowski sum and difference with half a sliver's width) adds to the two. It counts
    where it is enclosed by them, or long.
    """
    a, b = _near_parts(index, pair, settings.sliver_m)
    if a.is_empty or b.is_empty or not _stray_vertices(a, b, settings.sliver_m):
        return []
    both = shapely.union(a, b, grid_size=GRID_M)
    closed = _closed(both, settings.sliver_m / 2)
    found = []
    for gap in shapely.get_parts(polygons_of(shapely.difference(closed, both, grid_size=GRID_M))):
        if gap.area > ROUNDING_M2 and _counts(gap, a, b, settings.sliver_m):
            found += _free(index, pair, gap)
    return found


def _closed(ground: Any, half: float) -> Any:
    """Return a polygon without openings narrower than twice `half`."""
    wide = shapely.buffer(ground, half, join_style="mitre")
    # Mitres may cross one another by rounding.
    return polygons_of(shapely.make_valid(shapely.buffer(wide, -half, join_style="mitre")))


def _near_parts(index: LayerIndex, pair: Pair, width: float) -> Tuple[Any, Any]:
    """Return both outlines in metres, cut to where they can be near each other."""
    flat = [index.in_metres(index.sound[place], pair[0]) for place in pair]
    box = np.array([one.bounds for one in flat])
    # Cut well away from where anything is measured, so that cuts are no margins.
    low, high = box[:, :2].max(axis=0) - 5 * width, box[:, 2:].min(axis=0) + 5 * width
    if (low >= high).any():
        return shapely.Polygon(), shapely.Polygon()
    # Clipping may leave a corner on the wrong side of an edge, by rounding.
    first, second = (polygons_of(shapely.make_valid(shapely.clip_by_rect(one, *low, *high))) for one in flat)
    return first, second


def _stray_vertices(a: Any, b: Any, width: float) -> bool:
    """Tell whether a vertex of one lies near the other but not on it: without one there is no gap."""
    for one, other in ((a, b), (b, a)):
        points = shapely.points(shapely.get_coordinates(one))
        shapely.prepare(other)
        near = points[shapely.dwithin(other, points, width)]
        if len(near) and not shapely.dwithin(other, near, ROUNDING_M).all():
            return True
    return False


def _counts(gap: Any, a: Any, b: Any, width: float) -> bool:
    near_a, near_b = (shapely.distance(gap, one) < ROUNDING_M for one in (a, b))
    if not (near_a and near_b) or width_m(gap) <= ROUNDING_M:
        return False
    if gap.length / 2 > LONG * width:
        return True
    west, south, east, north = gap.bounds
    near = [shapely.clip_by_rect(one, west - 1, south - 1, east + 1, north + 1) for one in (a, b)]
    rim = shapely.buffer(shapely.union_all(shapely.boundary(near)), ROUNDING_M)
    return bool(shapely.covers(rim, shapely.boundary(gap)))


def _free(index: LayerIndex, pair: Pair, gap: Any) -> List[Any]:
    """Return what of a gap (in metres) is no other outline's ground, in the layer's CRS."""
    box = shapely.box(*index.from_metres(shapely.box(*gap.bounds), pair[0]).bounds)
    for place in set(index.near(pair[0], 0.0)) - set(pair):
        if shapely.intersects(index.sound[place], box):
            gap = polygons_of(shapely.difference(gap, index.in_metres(index.sound[place], pair[0])))
    # So narrow a polygon may cross itself once its corners are rounded.
    ground = [shapely.make_valid(index.from_metres(part, pair[0])) for part in shapely.get_parts(gap)]
    return [polygons_of(one) for one in ground if index.in_metres(one, pair[0]).area > ROUNDING_M2]


def _gap(index: LayerIndex, pair: Pair, gap: Any) -> LayerFault:
    flat = index.in_metres(gap, pair[0])
    names = tuple(index.ids[place] for place in pair)
    what = f"a gap of {_rounded(flat.area)} m2 between them, {width_m(flat):.3g} m wide on average"
    repair = "the one with the longer border of it takes it"
    return LayerFault("gap", what, names, pair, gap.bounds, flat.area, "m2", repair)


def _rounded(m2: float) -> str:
    return f"{m2:.0f}" if m2 >= 10 else f"{m2:.2g}"
