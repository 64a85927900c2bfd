"""Repairs of faults that have a single meaning. No repair loses ice or an id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, List, Sequence, Set, Tuple

import numpy as np
import shapely

from ..inference.positions import position_id
from ..inference.progress import NoProgress, Progress, stop_if_cancelled
from .outlines import polygons_of
from .topology import DEFAULT, check_places
from .topology_faults import CheckSettings, LayerFault
from .topology_index import LayerIndex
from .topology_pairs import ROUNDING_M, ROUNDING_M2, gaps_between, overlap_of, width_m
from .topology_shapes import made_valid
from .winding import oriented, without_jumps

ROUNDS = 5
"""A repair may uncover a fault (an outline that crossed itself is in two parts then); so often it is looked again."""
SNAP_M = 1e-5
"""Points are put on a neighbour's border where they lie this near to it."""

Touched = Tuple[int, ...]
"""Places of the outlines that a repair has changed; () where it could not be done."""


def repair_fault(index: LayerIndex, fault: LayerFault, settings: CheckSettings = DEFAULT) -> Touched:
    """Repair one fault in the index; return the places of what was changed, () where nothing could be done.

    The fault is looked for again: what was edited since it was found is what is repaired.
    """
    if not fault.repair or any(place in index.gone for place in fault.places):
        return ()
    return REPAIRS[fault.kind](index, fault, settings)


def repair_layer(
    index: LayerIndex,
    faults: Sequence[LayerFault],
    settings: CheckSettings = DEFAULT,
    split: bool = False,
    id_field: str = "im_id",
    progress: Progress = NoProgress(),  # noqa: B008
) -> Tuple[LayerFault, ...]:
    """Repair what has a single meaning, and what that uncovers; return what was repaired.

    `split` makes outlines of several parts into several outlines: these need ids of their own. Raises Cancelled.
    """
    done: List[LayerFault] = []
    waiting: Sequence[LayerFault] = faults
    for _ in range(ROUNDS):
        touched: Set[int] = set()
        for number, fault in enumerate(waiting):
            stop_if_cancelled(progress)
            progress.report(number / len(waiting), "Repairing")
            changed = repair_fault(index, fault, settings) if split or fault.kind != "multipart" else ()
            if changed:
                touched.update(changed)
                done.append(replace(fault, ids=tuple(index.ids[place] for place in fault.places)))
        if not touched:
            break
        waiting = check_places(index, sorted(touched - index.gone), settings, id_field)
    return tuple(done)


def _make_valid(index: LayerIndex, fault: LayerFault, _: CheckSettings) -> Touched:
    (place,) = fault.places
    if shapely.is_valid(index.raw[place]):
        return ()
    geometry, plain = made_valid(index.raw[place])
    if not plain:
        return ()
    index.put(place, oriented(geometry, index.is_clockwise))
    return (place,)


def _unwrap(index: LayerIndex, fault: LayerFault, _: CheckSettings) -> Touched:
    (place,) = fault.places
    index.put(place, without_jumps(index.raw[place]))
    return (place,)


def _split(index: LayerIndex, fault: LayerFault, _: CheckSettings) -> Touched:
    (place,) = fault.places
    parts = shapely.get_parts(index.raw[place])
    if len(parts) < 2 or not shapely.is_valid(index.raw[place]):
        return ()
    parts = parts[np.argsort(-shapely.area(parts), kind="stable")]
    index.put(place, parts[0])
    return (place, *(index.add(part, "", place) for part in parts[1:]))


def _turn(index: LayerIndex, fault: LayerFault, _: CheckSettings) -> Touched:
    (place,) = fault.places
    index.put(place, oriented(index.raw[place], index.is_clockwise))
    return (place,)


def _give_id(index: LayerIndex, fault: LayerFault, _: CheckSettings) -> Touched:
    (place,) = fault.places
    if index.ids[place] or index.sound[place].is_empty or index.crs_fault:
        return ()
    base = name = position_id(*index.position(place))
    count = 1
    while index.places_of(name):
        count += 1
        name = f"{base}-{count}"
    index.rename(place, name)
    return (place,)


def _drop_copy(index: LayerIndex, fault: LayerFault, _: CheckSettings) -> Touched:
    first, second = fault.places
    if not shapely.equals_exact(*shapely.normalize([index.raw[first], index.raw[second]])):
        return ()
    index.remove(second)
    return (first,)


def _part_ways(index: LayerIndex, fault: LayerFault, settings: CheckSettings) -> Touched:
    """Give a strip that two outlines share to the larger one; to the smaller where that would fall to pieces."""
    first, second = fault.places
    common = overlap_of(index, (first, second))
    if common.is_empty or width_m(index.in_metres(common, first)) >= settings.sliver_m:
        return ()
    areas = index.area_m2([index.sound[first], index.sound[second]], np.array([first, second]))
    larger, smaller = (first, second) if areas[0] >= areas[1] else (second, first)
    for keeper, giver in ((larger, smaller), (smaller, larger)):
        left = polygons_of(shapely.difference(index.sound[giver], index.sound[keeper]))
        touched = _share(index, keeper, index.sound[keeper], giver, _whole(index, left, giver))
        if touched:
            return touched
    return ()


def _fill(index: LayerIndex, fault: LayerFault, settings: CheckSettings) -> Touched:
    """Give a gap between two outlines to the one with the longer border of it."""
    first, second = fault.places
    touched: List[int] = []
    gaps = [gap for gap in gaps_between(index, (first, second), settings) if _is_at(gap, fault.box)]
    for gap in gaps:
        flat = shapely.buffer(index.in_metres(gap, first), ROUNDING_M)
        margins = [index.in_metres(shapely.boundary(index.sound[place]), first) for place in (first, second)]
        border = shapely.length(shapely.intersection(margins, flat))
        taker, other = (first, second) if border[0] >= border[1] else (second, first)
        touched += _take(index, taker, other, gap)
    return tuple(sorted(set(touched)))


def _is_at(geometry: Any, box: Any) -> bool:
    """Tell whether a geometry's middle lies in a fault's box."""
    west, south, east, north = geometry.bounds
    return bool(box[0] <= (west + east) / 2 <= box[2] and box[1] <= (south + north) / 2 <= box[3])


def _take(index: LayerIndex, taker: int, other: int, gap: Any) -> Touched:
    """Add a gap to the outline at `taker`, up to the very border of the other."""
    snap = SNAP_M / float(index.metres[taker].max())
    exact = shapely.snap(shapely.snap(gap, index.sound[other], snap), index.sound[taker], snap)
    ground = polygons_of(shapely.make_valid(exact))
    # Wide enough to meet the outline for sure; what is the other's is taken off again.
    wide = index.from_metres(shapely.buffer(index.in_metres(ground, taker), ROUNDING_M, join_style="mitre"), taker)
    for place in index.near(taker, ROUNDING_M):
        wide = shapely.difference(wide, index.sound[place])
    grown = polygons_of(shapely.union(index.sound[taker], polygons_of(wide)))
    return _share(index, other, index.sound[other], taker, _whole(index, grown, taker))


def _whole(index: LayerIndex, geometry: Any, place: int) -> Any:
    """Return a new geometry of an outline without crumbs that are rounding; None where it would fall to pieces."""
    parts = shapely.get_parts(geometry)
    real = parts[index.area_m2(parts, np.full(len(parts), place)) > ROUNDING_M2]
    if not 0 < len(real) <= shapely.get_num_geometries(index.sound[place]):
        return None
    return real[0] if len(real) == 1 else shapely.multipolygons(real)


def _share(index: LayerIndex, keeper: int, kept: Any, other: int, changed: Any) -> Touched:
    """Put both outlines into the index, with the same points on their common border."""
    if changed is None:
        return ()
    snap = SNAP_M / float(index.metres[keeper].max())
    noded = shapely.snap(kept, shapely.multipoints(shapely.get_coordinates(changed)), snap)
    if not (shapely.is_valid(noded) and shapely.is_valid(changed)):
        return ()
    index.put(keeper, oriented(noded, index.is_clockwise))
    index.put(other, oriented(changed, index.is_clockwise))
    return (keeper, other)


REPAIRS: Dict[str, Callable[[LayerIndex, LayerFault, CheckSettings], Touched]] = {
    "jumps_antimeridian": _unwrap, "self_intersection": _make_valid, "ring_touches_itself": _make_valid,
    "holes": _make_valid, "parts_overlap": _make_valid, "multipart": _split, "winding": _turn,
    "duplicate_outline": _drop_copy, "overlap": _part_ways, "gap": _fill, "missing_id": _give_id,
}  # fmt: skip
