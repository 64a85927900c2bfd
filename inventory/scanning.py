"""Ice sampled along lines from west to east: exact along a line, and the lines are close.

So any ground can be told apart on it that is known at points only, in time that does not grow with the vertices of that
ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from .bulk import IntArray

SAMPLES = 1_000_000
"""About as many samples there are of a layer at most, however large it is."""


@dataclass(frozen=True, eq=False)
class IceSamples:
    """Points on ice.

    Attributes:
        xy: n x 2.
        weight: square metres that each stands for.
        ours, theirs: whether it lies in the candidate's ice, and in the reference's.
    """

    xy: DoubleArray
    weight: DoubleArray
    ours: BoolArray
    theirs: BoolArray


def line_spacing(area_m2: float, finest: float) -> float:
    """Return how many metres lines and samples are apart, so that there are about SAMPLES at most."""
    return max(finest, math.sqrt(area_m2 / SAMPLES))


def sampled_ice(candidate: Any, reference: Any, spacing: float) -> IceSamples:
    """Return samples of two sets of ice (arrays of pieces; those of one set do not overlap)."""
    sides = [crossings(pieces, spacing) for pieces in (candidate, reference)]
    row, x = (np.concatenate([side[part] for side in sides]) for part in (1, 2))
    mine = np.repeat([1, 0], [len(side[1]) for side in sides])
    order = np.lexsort((x, row))
    row, x, mine = row[order], x[order], mine[order]
    # Each line crosses each side's margins an even number of times: after the last one it is outside again.
    ours, theirs = np.cumsum(mine) % 2 == 1, np.cumsum(1 - mine) % 2 == 1
    ice = np.flatnonzero(ours | theirs)
    xy, weight, stretch = _along(row[ice], x[ice], x[ice + 1], spacing)
    return IceSamples(xy, weight, ours[ice][stretch], theirs[ice][stretch])


def sampled_outlines(geometry: Any, spacing: float) -> Tuple[DoubleArray, IntArray]:
    """Return points in each outline (n of them; they may overlap), and the place of the outline of each point."""
    owner, row, x = crossings(geometry, spacing)
    order = np.lexsort((x, row, owner))
    owner, row, x = owner[order], row[order], x[order]
    xy, _, stretch = _along(row[::2], x[::2], x[1::2], spacing)
    return xy, owner[::2][stretch]


def crossings(geometry: Any, spacing: float) -> Tuple[IntArray, IntArray, DoubleArray]:
    """Return where lines cross borders, holes' too: the outline's place, the line's number, x."""
    parts, outline = shapely.get_parts(geometry, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    y = xy[:, 1] / spacing - 0.5
    lower, upper = np.minimum(y[edge], y[edge + 1]), np.maximum(y[edge], y[edge + 1])
    first = np.ceil(lower).astype(np.int64)
    count = np.ceil(upper).astype(np.int64) - first  # an end belongs to the edge above it
    number = np.repeat(np.arange(len(edge)), count)
    row = first[number] + np.arange(len(number)) - np.repeat(np.cumsum(count) - count, count)
    start = edge[number]
    share = (row - y[start]) / (y[start + 1] - y[start])
    return outline[part[ring[start]]], row, xy[start, 0] + share * (xy[start + 1, 0] - xy[start, 0])


def _along(
    row: IntArray, start: DoubleArray, stop: DoubleArray, spacing: float
) -> Tuple[DoubleArray, DoubleArray, IntArray]:
    """Return points in the middle of equal pieces of stretches, the area that each stands for, and its stretch."""
    length = stop - start
    pieces = np.ceil(length / spacing).astype(np.int64)
    stretch = np.repeat(np.arange(len(row)), pieces)
    number = np.arange(len(stretch)) - (np.cumsum(pieces) - pieces)[stretch]
    step = (length / np.maximum(pieces, 1))[stretch]
    xy = np.column_stack([start[stretch] + (number + 0.5) * step, (row[stretch] + 0.5) * spacing])
    return xy, step * spacing, stretch
