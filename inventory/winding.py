"""Which way rings run, and longitudes that go on instead of jumping."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from .outlines import POLYGON


def oriented(geometry: Any, clockwise: bool = False) -> Any:
    """Return a (multi)polygon whose exterior rings run anticlockwise (or clockwise), and its holes the other way."""
    parts = []
    for part in shapely.get_parts(geometry):
        rings = shapely.get_rings(part)
        right = shapely.is_ccw(rings) != ((np.arange(len(rings)) > 0) != clockwise)
        turned = [ring if fits else shapely.reverse(ring) for ring, fits in zip(rings, right)]
        parts.append(shapely.Polygon(turned[0], turned[1:]))
    return parts[0] if shapely.get_type_id(geometry) == POLYGON else shapely.multipolygons(parts)


def unwrapped(xy: DoubleArray) -> DoubleArray:
    """Return a ring in degrees (n x 2) that goes the shorter way round from point to point."""
    return np.column_stack([np.unwrap(xy[:, 0], period=360.0), xy[:, 1]])


def shifted(xy: DoubleArray, middle: float) -> DoubleArray:
    """Return a ring in degrees moved by whole turns, so that its mean longitude is the nearest to `middle`."""
    moved: DoubleArray = xy - np.array([360.0 * np.round((xy[:, 0].mean() - middle) / 360.0), 0.0])
    return moved


def jumps(geometry: Any) -> bool:
    """Tell whether an edge of a polygon in degrees spans more than half of the world (not one along a pole)."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(geometry)), return_index=True)
    if not len(xy) or np.ptp(xy[:, 0]) <= 180:
        return False
    at_pole = np.abs(xy[:-1, 1]) > 90 - 1e-9
    return bool(((np.abs(np.diff(xy[:, 0])) > 180) & (ring[1:] == ring[:-1]) & ~at_pole).any())


def without_jumps(geometry: Any) -> Any:
    """Return a (multi)polygon in degrees whose longitudes go on beyond 180 degrees instead of jumping."""
    parts = []
    for part in shapely.get_parts(geometry):
        shell, *holes = (unwrapped(shapely.get_coordinates(ring)) for ring in shapely.get_rings(part))
        middle = (shell[:, 0].min() + shell[:, 0].max()) / 2
        parts.append(shapely.Polygon(shell, [shifted(hole, middle) for hole in holes]))
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
