"""Outlines as polygons in longitude and latitude (WGS84), across the antimeridian and round the poles too."""

from __future__ import annotations

import math
from typing import Any, List, Tuple

import numpy as np
import pyproj
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from .outlines import polygons_of
from .projection import POSITIONS, crs_of, dense_rings, projected
from .winding import oriented, shifted, unwrapped

GEOD = pyproj.Geod(ellps="WGS84")
LONGEST_EDGE_M = 100.0
"""Edges longer than this get points when a layer is reprojected: at 46 N a straight edge of 100 m strays 0.2 mm."""
ON_SEAM = 1e-9


def to_positions(geometry: Any, crs: str) -> Any:
    """Return polygons (n shapely geometries in `crs`, valid) in EPSG:4326, exterior rings anticlockwise.

    An outline that crosses the antimeridian stays in one piece: its longitudes go on beyond 180 (or -180) degrees. One
    round a pole is closed along the pole, from -180 to 180. What neighbours share stays shared, vertex by vertex.

    Raises CrsError.
    """
    parts, owner = shapely.get_parts(geometry, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    placed: List[List[DoubleArray]] = [[] for _ in parts]
    for number, ring in zip(part, _in_degrees(rings, crs)):
        placed[number].append(unwrapped(ring))
    whole: List[List[Any]] = [[] for _ in geometry]
    for number, found in zip(owner, placed):
        whole[number].append(_placed(found))
    return np.array([None, *map(_one, whole)], dtype=object)[1:]


def _in_degrees(rings: Any, crs: str) -> List[DoubleArray]:
    """Return the points of closed rings in degrees."""
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    starts = np.searchsorted(ring, np.arange(len(rings) + 1))
    if not crs_of(crs).equals(crs_of(POSITIONS), ignore_axis_order=True):
        dense, starts = dense_rings(xy, starts.tolist(), crs, LONGEST_EDGE_M)
        xy = projected(dense, crs, POSITIONS)
        xy[starts[1:] - 1] = xy[starts[:-1]]  # closed to the last digit
    return np.split(xy, starts[1:-1])


def _placed(rings: List[DoubleArray]) -> Any:
    """Return the polygon of rings in degrees, with its middle between -180 and 180 degrees."""
    shell, *holes = rings
    if abs(shell[-1, 0] - shell[0, 0]) > 180:
        return _polar(rings)
    middle = (shell[:, 0].min() + shell[:, 0].max()) / 2
    turns = np.array([360.0 * math.floor(middle / 360 + 0.5), 0.0])
    return oriented(shapely.Polygon(shell - turns, [shifted(hole, middle) - turns for hole in holes]))


def _polar(rings: List[DoubleArray]) -> Any:
    """Return a polygon round a pole, from -180 to 180 degrees and up to the pole (or to a hole that holds it)."""
    pole = math.copysign(90.0, rings[0][:, 1].mean())
    polygon, *holes = (shapely.Polygon(_closed(ring, pole)) for ring in rings)
    for hole in holes:
        for turn in range(-2, 3):
            polygon = shapely.difference(polygon, _turned(hole, turn))
    return cut_at_antimeridian(polygon)


def _closed(ring: DoubleArray, pole: float) -> DoubleArray:
    """Return a ring in degrees; one that goes round the pole is closed along it."""
    first, last = ring[0, 0], ring[-1, 0]
    if abs(last - first) < 180:
        return ring
    # The very same meridian at both sides, to the last digit, so that what is cut there fits together again.
    turn = math.copysign(360.0, last - first)
    last = first + turn
    first, lat = last - turn, ring[0, 1]
    return np.concatenate([[[first, lat]], ring[1:-1], [[last, lat], [last, pole], [first, pole], [first, lat]]])


def _turned(geometry: Any, turns: int) -> Any:
    return shapely.transform(geometry, lambda xy: xy + np.array([360.0 * turns, 0.0]))


def _one(parts: List[Any]) -> Any:
    """Return the parts of one outline as one geometry; those that were cut at the antimeridian are joined again."""
    if len(parts) == 1:
        return parts[0]
    reach = [part.bounds for part in parts]
    east = [abs(box[2] - 180) < ON_SEAM for box in reach]
    west = [abs(box[0] + 180) < ON_SEAM for box in reach]
    if any(east) and any(west):
        parts = [_turned(part, int(at_west and not at_east)) for part, at_west, at_east in zip(parts, west, east)]
    return oriented(polygons_of(shapely.union_all(parts)))


def cut_at_antimeridian(polygon: Any) -> Any:
    """Return a polygon with all longitudes from -180 to 180, cut where it passes these (RFC 7946, 3.1.9)."""
    west, _, east, _ = polygon.bounds
    if west >= -180 and east <= 180:
        return polygon
    pieces = []
    for turn in range(math.floor((west + 180) / 360), math.ceil((east + 180) / 360)):
        strip = shapely.box(-180 + 360 * turn, -90, 180 + 360 * turn, 90)
        piece = polygons_of(shapely.intersection(polygon, strip))
        pieces.append(shapely.transform(_turned(piece, -turn), _on_seam))
    return oriented(polygons_of(shapely.union_all(pieces)))


def _on_seam(xy: DoubleArray) -> DoubleArray:
    """Return points with longitudes that are 180 but for rounding exactly there."""
    seam: BoolArray = np.abs(np.abs(xy[:, 0]) - 180) < ON_SEAM
    return np.column_stack([np.where(seam, np.sign(xy[:, 0]) * 180.0, xy[:, 0]), xy[:, 1]])


def geodesic_km2(geometry: Any) -> float:
    """Return the area on the ellipsoid of a (multi)polygon in degrees, its edges taken as geodesics (Karney 2013)."""
    total = 0.0
    for part in shapely.get_parts(geometry):
        for number, ring in enumerate(shapely.get_rings(part)):
            lon, lat = shapely.get_coordinates(ring).T
            total += (1 if number == 0 else -1) * abs(GEOD.polygon_area_perimeter(lon, lat)[0])
    return total / 1e6


def centre_of(geometry: Any) -> Tuple[float, float]:
    """Return longitude (-180 to 180) and latitude of a point inside."""
    point = shapely.point_on_surface(geometry)
    return float((point.x + 180) % 360 - 180), float(point.y)
