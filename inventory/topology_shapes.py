"""Faults of single outlines: validity, parts, winding, size."""

from __future__ import annotations

import re
from typing import Any, List, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray
from .outlines import polygons_of
from .topology_faults import CheckSettings, LayerFault
from .topology_index import AREAL, LayerIndex, whole_ground
from .winding import jumps

SAME_AREA = 1e-6
"""Two repairs of one outline are the same where their areas agree to this share."""
KIND_OF_REASON = {
    "Ring Self-intersection": "ring_touches_itself", "Hole lies outside shell": "holes", "Holes are nested": "holes",
    "Interior is disconnected": "holes", "Nested shells": "parts_overlap", "Duplicate Rings": "parts_overlap",
}  # fmt: skip
WORDS = {
    "self_intersection": "the outline crosses itself", "ring_touches_itself": "a ring touches itself",
    "holes": "a hole touches, crosses or lies outside its outline", "parts_overlap": "parts of the outline overlap",
}  # fmt: skip
MADE_VALID, SPLIT = "made valid", "each part becomes an outline of its own; the largest keeps the id"


def shape_faults(index: LayerIndex, places: Sequence[int], settings: CheckSettings) -> List[LayerFault]:
    """Return the faults of the outlines at `places`, each looked at alone."""
    found: List[LayerFault] = []
    usable: List[int] = []
    for place in places:
        fault = _unusable(index, place)
        if fault is None:
            usable.append(place)
        else:
            found.append(fault)
    if not usable:
        return found
    raw = np.array([*(index.raw[place] for place in usable), None], dtype=object)[:-1]
    valid = shapely.is_valid(raw)
    found += [_invalid(index, usable[number]) for number in np.flatnonzero(~valid)]
    for number in np.flatnonzero(valid & (shapely.get_num_geometries(raw) > 1)):
        found += _multipart(index, usable[number])
    return [*found, *_winding(index, usable, raw), *_small(index, usable, settings)]


def _unusable(index: LayerIndex, place: int) -> Any:
    """Return the fault of a geometry that has no inside at all, or that runs round the world; None for others."""
    geometry, name = index.raw[place], (index.ids[place],)
    if geometry is None or geometry.is_empty:
        return LayerFault("empty", "has no geometry", name, (place,))
    if shapely.get_type_id(geometry) not in AREAL:
        what = f"is a {geometry.geom_type.lower()}, no polygon"
        return LayerFault("not_polygon", what, name, (place,), _box(geometry.bounds))
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return LayerFault("bad_coordinates", "has coordinates that are no numbers", name, (place,))
    if index.is_geographic and jumps(geometry):
        what = "runs round the world: its longitudes jump at the antimeridian"
        repair = "its longitudes go on beyond 180 degrees"
        return LayerFault("jumps_antimeridian", what, name, (place,), _box(geometry.bounds), repair=repair)
    return None


def invalid_kind(geometry: Any) -> Tuple[str, Tuple[float, float]]:
    """Return the kind of fault of an invalid polygon, and where GEOS finds it."""
    reason, _, place = shapely.is_valid_reason(geometry).partition("[")
    x, y = (float(value) for value in re.findall(r"[-+.\deE]+", place)[:2]) if place else geometry.bounds[:2]
    if reason in KIND_OF_REASON:
        return KIND_OF_REASON[reason], (x, y)
    if shapely.is_simple(shapely.get_rings(shapely.get_parts(geometry))).all():
        parts_are_sound = shapely.is_valid(shapely.get_parts(geometry)).all()
        return ("parts_overlap" if parts_are_sound else "holes"), (x, y)
    return "self_intersection", (x, y)


def made_valid(geometry: Any) -> Tuple[Any, bool]:
    """Return an invalid polygon as a valid one, and whether there is only one way to understand it.

    Two readings are compared: what lies inside an odd number of times, and each ring's ground as a whole without the
    holes'. The second is returned; it loses no ice.
    """
    whole = whole_ground(geometry)
    kind, _ = invalid_kind(geometry)
    odd = polygons_of(shapely.make_valid(geometry))
    same = abs(whole.area - odd.area) <= SAME_AREA * max(whole.area, odd.area)
    outside = shapely.is_valid_reason(geometry).startswith("Hole lies outside")
    # A hole that touches or crosses the rim, and parts that overlap, differ only by the odd reading.
    return whole, not whole.is_empty and not outside and (same or kind in ("holes", "parts_overlap"))


def _invalid(index: LayerIndex, place: int) -> LayerFault:
    geometry = index.raw[place]
    kind, (x, y) = invalid_kind(geometry)
    repair = MADE_VALID if made_valid(geometry)[1] else ""
    return LayerFault(kind, WORDS[kind], (index.ids[place],), (place,), (x, y, x, y), repair=repair)


def _multipart(index: LayerIndex, place: int) -> List[LayerFault]:
    parts = shapely.get_parts(index.raw[place])
    if index.is_geographic and (np.abs(shapely.bounds(parts)[:, [0, 2]]).max(axis=1) >= 180 - 1e-9).all():
        return []  # one outline, cut at the antimeridian
    second = float(np.sort(index.area_m2(parts, np.full(len(parts), place)))[-2])
    what = f"has {len(parts)} parts; a glacier is one polygon"
    box = _box(index.raw[place].bounds)
    return [LayerFault("multipart", what, (index.ids[place],), (place,), box, second, "m2", SPLIT)]


def _winding(index: LayerIndex, places: Sequence[int], raw: Any) -> List[LayerFault]:
    """Return the outlines whose rings are not as most of the layer's: a hole that runs as its exterior, or all of it.

    Formats differ in which way is right (shapefiles run clockwise), so a layer that does it throughout has no fault.
    """
    polygons, owner = shapely.get_parts(raw, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    is_hole = np.append(False, polygon[1:] == polygon[:-1]) if len(polygon) else polygon.astype(bool)
    wrong: BoolArray = np.zeros(len(raw), bool)
    wrong[owner[polygon[shapely.is_ccw(rings) == (is_hole ^ index.is_clockwise)]]] = True
    return [
        LayerFault("winding", "has rings that run the other way round than the layer's others", (index.ids[places[n]],),
                   (places[n],), _box(raw[n].bounds), repair="its rings are turned")
        for n in np.flatnonzero(wrong & shapely.is_valid(raw))
    ]  # fmt: skip


def _small(index: LayerIndex, places: Sequence[int], settings: CheckSettings) -> List[LayerFault]:
    sound = np.array([*(index.sound[place] for place in places), None], dtype=object)[:-1]
    areas = index.area_m2(sound, np.asarray(places))
    found = []
    for number in np.flatnonzero(areas < settings.minimum_area_km2 * 1e6):
        place = places[number]
        what = f"is {areas[number]:.0f} m2, below the minimum of {settings.minimum_area_km2 * 1e6:.0f} m2"
        box, size = _box(index.raw[place].bounds), float(areas[number])
        found.append(LayerFault("below_minimum", what, (index.ids[place],), (place,), box, size, "m2"))
    return found


def _box(bounds: Any) -> Tuple[float, ...]:
    return tuple(float(value) for value in bounds)
