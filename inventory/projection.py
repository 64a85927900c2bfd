"""One metric, equal-area plane for all the layers that are compared, and the way into it.

Lambert's azimuthal equal-area projection on WGS84's ellipsoid, centred on the data: areas are exact everywhere, across
the antimeridian and at the poles. Distances are true at the centre and off by 1 - cos(c/2) at the angle c from it
(Snyder 1987, p. 182): less than 0.1 % within 500 km.
"""

from __future__ import annotations

import math
import os
import sys
from typing import Any, List, Sequence, Tuple

import numpy as np
import pyproj
from pyproj.exceptions import CRSError, DataDirError

from ..inference.arrays import DoubleArray
from ..inference.errors import CrsError

LONGEST_EDGE_M = 1000.0
EARTH_RADIUS_M = 6_371_000.0
POSITIONS = "EPSG:4326"


def find_proj_data() -> None:
    """Point a pyproj of the distribution to its data: from a virtual environment it looks in the wrong place."""
    try:
        pyproj.datadir.get_data_dir()
    except DataDirError:
        pyproj.datadir.set_data_dir(os.path.join(sys.base_prefix, "share", "proj"))


def crs_of(text: str, whose: str = "The layer") -> pyproj.CRS:
    """Return the CRS that a WKT (or "EPSG:32643") stands for. Raises CrsError."""
    find_proj_data()
    if not text:
        raise CrsError(f"{whose} has no CRS; set it (in QGIS: Layer > Set CRS), save the layer and try again.")
    try:
        return pyproj.CRS.from_user_input(text)
    except CRSError as error:
        raise CrsError(f"{whose} has a CRS that cannot be read; set another one and save it. ({error})") from error


def lonlat(xy: DoubleArray, crs: str, whose: str = "The layer") -> DoubleArray:
    """Return longitudes and latitudes in degrees (n x 2) of points `xy` (n x 2) in `crs`. Raises CrsError."""
    return _transformed(xy, crs_of(crs, whose), crs_of(POSITIONS), whose)


def projected(xy: DoubleArray, crs: str, target: str, whose: str = "The layer") -> DoubleArray:
    """Return points `xy` (n x 2) of `crs` in `target`. Raises CrsError."""
    return _transformed(xy, crs_of(crs, whose), crs_of(target), whose)


def _transformed(xy: DoubleArray, source: pyproj.CRS, target: pyproj.CRS, whose: str) -> DoubleArray:
    if source.is_geographic:
        _check_degrees(xy, whose)
    moved = np.column_stack(transformer(source, target).transform(xy[:, 0], xy[:, 1]))
    if not np.isfinite(moved).all():
        raise _no_such_point(xy[~np.isfinite(moved).all(axis=1)][0], whose)
    return moved


def transformer(source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    """Return what brings coordinates, x or longitude first, from one CRS into another."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def local_plane(lon: float, lat: float) -> pyproj.Proj:
    """Return the equal-area plane centred on a place (degrees), north up there; made in a moment."""
    find_proj_data()
    return pyproj.Proj(proj="laea", lat_0=lat, lon_0=lon, ellps="WGS84")


def _check_degrees(xy: DoubleArray, whose: str) -> None:
    """Raise CrsError for metres that are called degrees, before a point is put on every kilometre of them."""
    wrong = (np.abs(xy[:, 1]) > 90 + 1e-6) | (np.abs(xy[:, 0]) > 540)
    if wrong.any():
        raise _no_such_point(xy[wrong][0], whose)


def _no_such_point(xy: DoubleArray, whose: str) -> CrsError:
    point = f"the point ({xy[0]:g}, {xy[1]:g})"
    return CrsError(f"{whose} has {point}, which its CRS has not; give the layer the right CRS and save it.")


def centred_crs(positions: DoubleArray) -> str:
    """Return the WKT of the equal-area plane centred on `positions` (n x 2, degrees; may lie across the antimeridian).

    Positions all round the globe have no centre: theirs is the first one's meridian on the equator.
    """
    find_proj_data()
    lon, lat = np.radians(positions[np.isfinite(positions).all(axis=1)]).T
    directions = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    x, y, z = directions.mean(axis=1) if lon.size else np.zeros(3)
    if math.hypot(x, y, z) < 1e-6:
        x, y, z = 1.0, 0.0, 0.0
    # Rounded (0.01 degree) so that the same layers in another order, or in another CRS, share one plane.
    lat_0 = round(math.degrees(math.atan2(z, math.hypot(x, y))), 2)
    lon_0 = round(math.degrees(math.atan2(y, x)), 2)
    plane = pyproj.CRS.from_proj4(f"+proj=laea +lat_0={lat_0} +lon_0={lon_0} +datum=WGS84 +units=m").to_wkt()
    return str(plane).replace('"unknown"', f'"Lambert equal-area around {lat_0:g} N, {lon_0:g} E"', 1)


def distance_fault_percent(xy: DoubleArray) -> float:
    """Return by how many percent lengths are wrong at most at points `xy` (n x 2, metres from the plane's centre)."""
    if not len(xy):
        return 0.0
    radius = float(np.hypot(xy[:, 0], xy[:, 1]).max())
    half_angle = math.asin(min(radius / (2 * EARTH_RADIUS_M), 1.0))
    return 100 * (1 / max(math.cos(half_angle), 1e-9) - 1)


def dense_rings(
    xy: DoubleArray, starts: Sequence[int], crs: str, longest_m: float = LONGEST_EDGE_M
) -> Tuple[DoubleArray, Any]:
    """Put points on long edges of closed rings, so that straight edges stay where they are.

    Args:
        xy: all rings' points, n x 2, in `crs`; the ring r is `xy[starts[r]:starts[r + 1]]`, its last point the first.
        starts: where the rings begin, and n at the end.
        crs: of the points (WKT).
        longest_m: edges longer than this get points; the same ones to the last digit whichever way a ring goes.

    Returns:
        The points and the starts. In degrees an edge takes the shorter way round, so rings may cross the antimeridian.
    """
    source = crs_of(crs)
    begin = np.asarray(starts)
    step = np.zeros_like(xy)
    step[:-1] = xy[1:] - xy[:-1]
    step[begin[1:] - 1] = 0.0  # from one ring's last point to the next ring
    if source.is_geographic:
        _check_degrees(xy, "The layer")
        step[:, 0] -= 360.0 * np.round(step[:, 0] / 360.0)
        unit_m = math.radians(1.0) * EARTH_RADIUS_M
    else:
        unit_m = float(source.axis_info[0].unit_conversion_factor)
    pieces = np.maximum(np.ceil(np.hypot(step[:, 0], step[:, 1]) * unit_m / longest_m), 1.0)
    return _with_points(xy, step, np.where(np.isfinite(pieces), pieces, 1.0).astype(np.int64), begin)


def _with_points(xy: DoubleArray, step: DoubleArray, pieces: Any, begin: Any) -> Tuple[DoubleArray, Any]:
    first = np.concatenate([[0], np.cumsum(pieces)])
    edge = np.repeat(np.arange(len(xy)), pieces)
    count = np.arange(len(edge)) - first[edge]
    # Counted from the edge's western (or southern) end, where that is a point of the ring as it stands.
    ends = np.roll(xy, -1, axis=0)
    back = (ends - xy == step).all(axis=1) & ((step[:, 0] < 0) | ((step[:, 0] == 0) & (step[:, 1] < 0)))
    start, way = np.where(back[:, None], ends, xy), np.where(back[:, None], -step, step)
    share = np.where(back[edge], pieces[edge] - count, count) / pieces[edge]
    dense = start[edge] + share[:, None] * way[edge]
    dense[first[:-1]] = xy
    return dense, first[begin]


def centre_points(layers: Sequence[Tuple[DoubleArray, str]]) -> DoubleArray:
    """Return positions in degrees of the points of several layers, each with its own CRS."""
    found: List[DoubleArray] = [lonlat(xy, crs) for xy, crs in layers if len(xy)]
    return np.concatenate(found) if found else np.zeros((0, 2))
