"""From a mask of pixels to polygons, traced and smoothed as mapping does it. Only numpy."""

from __future__ import annotations

from typing import List

import numpy as np

from ..inference.arrays import BoolArray, DoubleArray
from ..inference.ring_smoothing import smooth
from ..inference.rings import Edges, IndexArray, Rings, signed_areas, trace

RingList = List[DoubleArray]
"""A polygon: its exterior, then its holes, each n x 2 points without the closing one."""


def polygons_of_mask(mask: BoolArray) -> List[RingList]:
    """Return the pieces of a mask (H x W) as polygons; where two pixels meet at a corner they are one piece.

    Points are in pixels from the upper left corner, x to the right, y down. Beyond the mask nothing is True.
    """
    if not mask.any():
        return []
    rings = smooth(trace(_edges(np.pad(mask, 1))))
    areas = signed_areas(rings)
    exteriors = [[_ring(rings, n)] for n in np.flatnonzero(areas > 0)]
    for n in np.flatnonzero(areas < 0):
        hole = _ring(rings, n)
        around = [polygon for polygon in exteriors if _contains(polygon[0], hole[0])]
        min(around, key=lambda polygon: float(np.ptp(polygon[0], axis=0).prod())).append(hole)
    return exteriors


def _edges(mask: BoolArray) -> Edges:
    """Return the borders between pixels inside and outside; the outermost pixels are outside."""
    tails: List[IndexArray] = []
    steps: List[IndexArray] = []
    # Where the pixel outside is (rows, columns); tail and step of the edge, the mask on its left in (x, y).
    for (down, right), (tail_x, tail_y), step in (((-1, 0), (0, 0), (1, 0)), ((1, 0), (1, 1), (-1, 0)),
                                                  ((0, -1), (0, 1), (0, -1)), ((0, 1), (1, 0), (0, 1))):  # fmt: skip
        row, column = np.nonzero(mask & ~np.roll(mask, (-down, -right), (0, 1)))
        tails.append(np.stack([column + tail_x, row + tail_y], axis=1) - 1)
        steps.append(np.tile(np.array(step, dtype=np.int64), (len(row), 1)))
    return Edges(np.concatenate(tails), np.concatenate(steps))


def _ring(rings: Rings, number: int) -> DoubleArray:
    start = rings.starts[number]
    return rings.xy[start : start + rings.counts[number]]


def _contains(ring: DoubleArray, point: DoubleArray) -> bool:
    """Return whether a point lies in a ring (even-odd)."""
    here, there = ring, np.roll(ring, -1, axis=0)
    crossing = (here[:, 1] > point[1]) != (there[:, 1] > point[1])
    here, there = here[crossing], there[crossing]
    x = here[:, 0] + (point[1] - here[:, 1]) / (there[:, 1] - here[:, 1]) * (there[:, 0] - here[:, 0])
    return bool(np.count_nonzero(x > point[0]) % 2)
