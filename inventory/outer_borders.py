"""Borders of one glacier towards everything but its neighbours, and the PoLiS distance of two of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

NAN = float("nan")


def outer_border(outline: Any, neighbours: Any, divide_m: float) -> Any:
    """Return the outer rings of a (multi)polygon without what lies within `divide_m` of `neighbours`: lines."""
    rings = shapely.multilinestrings(shapely.get_exterior_ring(shapely.get_parts(outline)))
    if shapely.is_empty(neighbours):
        return rings
    return shapely.difference(rings, shapely.buffer(neighbours, divide_m))


def polis_between(first: Any, second: Any, spacing_m: float) -> float:
    """Return the PoLiS distance of two lines in metres (Avbelj et al. 2015): half the sum of both mean distances.

    The means are along the lines, in pieces of at most `spacing_m`: over vertices they would depend on where somebody
    put them. NaN where one of the lines is empty.
    """
    if shapely.is_empty(first) or shapely.is_empty(second):
        return NAN
    return (_mean_distance(first, second, spacing_m) + _mean_distance(second, first, spacing_m)) / 2


def _mean_distance(line: Any, other: Any, spacing_m: float) -> float:
    xy, part = shapely.get_coordinates(shapely.get_parts(shapely.segmentize(line, spacing_m)), return_index=True)
    piece = part[1:] == part[:-1]
    length = np.hypot(*(xy[1:] - xy[:-1])[piece].T)
    middle = ((xy[1:] + xy[:-1]) / 2)[piece]
    shapely.prepare(other)
    return float(np.average(shapely.distance(shapely.points(middle), other), weights=length))
