"""Borders of one glacier towards everything but its neighbours, and the PoLiS distance of two of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .boundaries import Margin
from .distances import nearest

NAN = float("nan")


def outer_border(outline: Any, divides: Any) -> Any:
    """Return the outer rings of a (multi)polygon without what lies in `divides` (polygons): lines."""
    rings = shapely.multilinestrings(shapely.get_exterior_ring(shapely.get_parts(outline)))
    return rings if shapely.is_empty(divides) else shapely.difference(rings, divides)


def sampled(lines: Any, spacing_m: float) -> Margin:
    """Return points along lines at most `spacing_m` apart, each with the metres that it stands for."""
    parts = shapely.get_parts(shapely.segmentize(lines, spacing_m))
    xy, part = shapely.get_coordinates(parts, return_index=True)
    joined = np.append(part[1:] == part[:-1], False) if len(xy) else np.zeros(0, bool)
    length = np.zeros(len(xy))
    length[:-1] = np.hypot(*(xy[1:] - xy[:-1]).T)
    length[~joined] = 0.0
    weight = length / 2
    weight[1:] += length[:-1] / 2
    here = np.arange(len(xy))
    before = np.where(np.append(False, joined[:-1]) if len(xy) else joined, here - 1, here)
    return Margin(xy, np.zeros(len(xy), int), weight, before, np.where(joined, here + 1, here), np.ones(len(xy)))


def polis_between(first: Margin, second: Margin) -> float:
    """Return the PoLiS distance of two borders in metres (Avbelj et al. 2015): half the sum of both mean distances.

    The means are along the borders: over vertices they would depend on where somebody put them. NaN where one of the
    borders has no length.
    """
    if not (first.weight.any() and second.weight.any()):
        return NAN
    ways = (nearest(a.xy, b).distance @ a.weight / a.weight.sum() for a, b in ((first, second), (second, first)))
    return float(sum(ways)) / 2
