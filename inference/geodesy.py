"""Areas on the ellipsoid and positions in degrees, with OSR and numpy only.

The area comes from the authalic (equal-area) function of the latitude: on an ellipsoid the ground between the
equator and the latitude phi is a^2 / 2 q(phi) per radian of longitude (Snyder 1987, eq. 3-12), so a ring's area
is a line integral of q over the longitude.
"""

from __future__ import annotations

import math
from typing import Any, Tuple

import numpy as np
from osgeo import osr

from .arrays import DoubleArray
from .errors import CrsError
from .ring_wkb import line_points, line_wkb
from .rings import IndexArray, Rings, next_index

WGS84_A = 6378137.0
WGS84_E2 = (2 - 1 / 298.257223563) / 298.257223563
LONGEST_EDGE_M = 1000.0


class Geodesy:
    """What a projected CRS (WKT) means on the WGS84 ellipsoid. One transformation, made once."""

    def __init__(self, wkt: str) -> None:
        source = _reference(wkt)
        self._unit_m = 1.0 if source.IsGeographic() else float(source.GetLinearUnits())
        if source.IsGeographic():
            raise CrsError("Outlines need a metric grid; choose a projected CRS, for example the UTM zone.")
        target = osr.SpatialReference()
        target.ImportFromEPSG(4326)
        target.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        self._transformation = osr.CoordinateTransformation(source, target)

    def lonlat(self, xy: DoubleArray) -> DoubleArray:
        """Return longitude and latitude in degrees, n x 2, of n >= 1 points `xy` (n x 2, CRS units)."""
        line = line_wkb(xy)
        if line.Transform(self._transformation) != 0:
            raise CrsError("The grid's coordinates cannot be turned into degrees; choose a CRS that fits the region.")
        return line_points(line)

    def ring_areas(self, rings: Rings) -> DoubleArray:
        """Return the area in m2 of each ring, always positive.

        Edges are straight in the CRS (not geodesics): those longer than 1 km are densified. Rings may cross the
        antimeridian or go round one pole; a ring that holds both poles is beyond this function.
        """
        dense = densify(rings, LONGEST_EDGE_M / self._unit_m)
        return lonlat_ring_areas(Rings(np.radians(self.lonlat(dense.xy)), dense.starts))

    def area(self, rings: Rings) -> float:
        """Return the area in m2 of a polygon: the first ring less all others."""
        areas = self.ring_areas(rings)
        return float(areas[0] - areas[1:].sum())


def lonlat_ring_areas(rings: Rings) -> DoubleArray:
    """Return the ellipsoidal area in m2 of rings whose points are longitude and latitude in radians."""
    following = next_index(rings)
    q = _authalic_q(rings.xy[:, 1])
    turn = rings.xy[following, 0] - rings.xy[:, 0]
    turn = turn - 2 * math.pi * np.round(turn / (2 * math.pi))
    # Any constant may be taken from q on a closed ring; the first point's keeps the digits of small rings. Round a pole
    # the turns add up to 2 pi and the constant matters: it is the pole's q.
    base = q[rings.starts]
    round_pole = np.abs(np.add.reduceat(turn, rings.starts)) > math.pi
    base = np.where(round_pole, np.sign(base) * _authalic_q(np.array([math.pi / 2]))[0], base)
    height = (q + q[following]) / 2 - np.repeat(base, rings.counts)
    areas: DoubleArray = np.abs(np.add.reduceat(turn * height, rings.starts)) * WGS84_A**2 / 2
    return areas


def densify(rings: Rings, longest: float) -> Rings:
    """Return the rings with points put in on edges longer than `longest` (units of the points), evenly."""
    step = rings.xy[next_index(rings)] - rings.xy
    parts = np.maximum(np.ceil(np.hypot(step[:, 0], step[:, 1]) / longest), 1).astype(np.int64)
    if parts.max() == 1:
        return rings
    edge: IndexArray = np.repeat(np.arange(len(parts)), parts)
    first = np.cumsum(parts) - parts
    share = (np.arange(len(edge)) - first[edge]) / parts[edge]
    return Rings(rings.xy[edge] + share[:, None] * step[edge], first[rings.starts])


def _authalic_q(lat: DoubleArray) -> DoubleArray:
    """Return Snyder's q of latitudes in radians."""
    e = math.sqrt(WGS84_E2)
    sine = np.sin(lat)
    q: DoubleArray = (1 - WGS84_E2) * (sine / (1 - WGS84_E2 * sine**2) + np.arctanh(e * sine) / e)
    return q


def _reference(wkt: str) -> Any:
    reference = osr.SpatialReference()
    if not wkt or reference.ImportFromWkt(wkt) != 0:
        raise CrsError("The raster has no CRS that can be read; map again with a grid CRS, for example the UTM zone.")
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference


def point_lonlat(geodesy: Geodesy, point: Tuple[float, float]) -> Tuple[float, float]:
    """Return longitude and latitude in degrees of one point."""
    lon, lat = geodesy.lonlat(np.array([point]))[0]
    return float(lon), float(lat)
