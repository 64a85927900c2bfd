"""The rings of one polygon as flat arrays, traced along pixel edges.

All rings of a polygon lie one after the other in one array, so that an operation on thousands of holes is one call of
numpy. Pixel coordinates: x = column, y = row, whole numbers at pixel corners. "Positive" means a positive shoelace
area in (x, y): an exterior ring is positive and a hole negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, List, Tuple

import numpy as np

from .arrays import BoolArray, DoubleArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IndexArray = NDArray[np.int64]
else:
    IndexArray = np.ndarray


@dataclass(frozen=True)
class Rings:
    """Rings without their closing points: `xy` (n x 2), and `starts`, where in `xy` each ring begins.

    The first ring is the exterior, the others are holes.
    """

    xy: DoubleArray
    starts: IndexArray

    @property
    def counts(self) -> IndexArray:
        """Points of each ring."""
        counts = np.empty(len(self.starts), dtype=np.int64)
        counts[:-1] = self.starts[1:] - self.starts[:-1]
        counts[-1] = len(self.xy) - self.starts[-1]
        return counts


@dataclass(frozen=True)
class Edges:
    """Unit edges along pixel borders, each from `tail` by `step`; the polygon lies to the left in (x, y)."""

    tail: IndexArray
    step: IndexArray


def next_index(rings: Rings) -> IndexArray:
    """Return for every point the index of the next one in its ring."""
    index: IndexArray = np.arange(1, len(rings.xy) + 1)
    index[rings.starts + rings.counts - 1] = rings.starts
    return index


def previous_index(rings: Rings) -> IndexArray:
    """Return for every point the index of the one before in its ring."""
    index: IndexArray = np.arange(-1, len(rings.xy) - 1)
    index[rings.starts] = rings.starts + rings.counts - 1
    return index


def signed_areas(rings: Rings) -> DoubleArray:
    """Return each ring's shoelace area (squared units of the points)."""
    # Relative to each ring's first point: UTM northings of 6e6 m would cost half of the digits.
    local = rings.xy - np.repeat(rings.xy[rings.starts], rings.counts, axis=0)
    other = local[next_index(rings)]
    cross = local[:, 0] * other[:, 1] - local[:, 1] * other[:, 0]
    areas: DoubleArray = np.add.reduceat(cross, rings.starts) / 2
    return areas


def perimeter(rings: Rings) -> float:
    """Return the length of all rings together (units of the points)."""
    step = rings.xy[next_index(rings)] - rings.xy
    return float(np.hypot(step[:, 0], step[:, 1]).sum())


def interior_point(rings: Rings) -> Tuple[float, float]:
    """Return a point inside the polygon: the middle of its widest stretch along its middle height."""
    # Between two points' heights, so that no edge lies along the line.
    heights = np.unique(rings.xy[:, 1])
    upper = int(np.searchsorted(heights, (heights[0] + heights[-1]) / 2, side="right"))
    y = (heights[upper - 1] + heights[upper]) / 2
    here, there = rings.xy, rings.xy[next_index(rings)]
    crossing = (here[:, 1] <= y) != (there[:, 1] <= y)
    here, there = here[crossing], there[crossing]
    x = np.sort(here[:, 0] + (y - here[:, 1]) / (there[:, 1] - here[:, 1]) * (there[:, 0] - here[:, 0]))
    widest = int(np.argmax(x[1::2] - x[::2])) * 2
    return float(x[widest : widest + 2].mean()), float(y)


def reverse(rings: Rings) -> Rings:
    """Return the rings run through the other way, each from the same first point."""
    within = np.arange(len(rings.xy)) - np.repeat(rings.starts, rings.counts)
    last = np.repeat(rings.counts, rings.counts)
    index = np.repeat(rings.starts, rings.counts) + (last - within) % last
    return Rings(rings.xy[index], rings.starts)


def pick(rings: Rings, wanted: BoolArray) -> Rings:
    """Return the rings that are `wanted` (one flag for each ring; at least one is True)."""
    counts = rings.counts[wanted]
    return Rings(rings.xy[np.repeat(wanted, rings.counts)], np.cumsum(counts) - counts)


def drop_points(rings: Rings, dropped: BoolArray) -> Rings:
    """Return the rings without the points that are `dropped` (one flag for each point; no ring may vanish)."""
    counts = np.add.reduceat((~dropped).astype(np.int64), rings.starts)
    return Rings(rings.xy[~dropped], np.cumsum(counts) - counts)


def corners(rings: Rings) -> Rings:
    """Return rings of unit edges with the points on straight stretches left out."""
    before = rings.xy - rings.xy[previous_index(rings)]
    return drop_points(rings, (before == rings.xy[next_index(rings)] - rings.xy).all(axis=1))


def unit_edges(outline: Rings) -> Edges:
    """Return the unit edges of a polygon whose rings run along pixel borders, in any direction and pairing.

    Which side the polygon lies on follows from counting: along a row, borders are entered and left in turn.
    """
    here = np.rint(outline.xy).astype(np.int64)
    there = here[next_index(outline)]
    upright = here[:, 0] == there[:, 0]
    vertical = _unit_starts(here[upright], there[upright], axis=1)
    level = _unit_starts(here[~upright], there[~upright], axis=0)
    vertical = vertical[np.lexsort((vertical[:, 0], vertical[:, 1]))]
    level = level[np.lexsort((level[:, 1], level[:, 0]))]
    vertical[::2, 1] += 1  # a left border runs towards smaller y, so it starts at its larger end
    level[1::2, 0] += 1  # a lower border runs towards smaller x
    step = np.zeros((len(vertical) + len(level), 2), dtype=np.int64)
    step[: len(vertical) : 2, 1], step[1 : len(vertical) : 2, 1] = -1, 1
    step[len(vertical) :: 2, 0], step[len(vertical) + 1 :: 2, 0] = 1, -1
    return Edges(np.concatenate([vertical, level]), step)


def _unit_starts(here: IndexArray, there: IndexArray, axis: int) -> IndexArray:
    """Return the smaller end of each unit edge of edges along `axis` (0: x, 1: y)."""
    low, length = np.minimum(here, there), np.abs(there - here)[:, axis]
    starts = np.repeat(low, length, axis=0)
    first = np.cumsum(length) - length
    starts[:, axis] += np.arange(len(starts)) - np.repeat(first, length)
    return starts


def trace(edges: Edges) -> Rings:
    """Return the rings of one 4-connected polygon, a point at each unit edge's start, the exterior first.

    Where two pixels of the polygon meet only at a corner, a ring turns away from them, so that the corner belongs
    to two rings that touch there. Each ring is then the border of one 4-connected piece of ground outside and never
    meets itself, which makes the polygon valid; GDAL's own pairing at such corners may not be.
    """
    width = int(edges.tail[:, 0].max()) + 2
    key = edges.tail[:, 1] * width + edges.tail[:, 0]
    order = np.argsort(key, kind="stable")
    tail, step, key = edges.tail[order], edges.step[order], key[order]
    sequence, starts = _cycles(_successors(tail, step, key, width))
    return Rings(tail[sequence].astype(np.float64), starts)


def _successors(tail: IndexArray, step: IndexArray, key: IndexArray, width: int) -> IndexArray:
    """Return for each edge, in the order of `key`, the edge that follows it."""
    head = tail + step
    following: IndexArray = np.searchsorted(key, head[:, 1] * width + head[:, 0])
    second = np.minimum(following + 1, len(key) - 1)
    shared = (key[second] == key[following]) & (second != following)
    turn = step[:, 0] * step[following, 1] - step[:, 1] * step[following, 0]
    return np.where(shared & (turn > 0), second, following)


def _cycles(successors: IndexArray) -> Tuple[IndexArray, IndexArray]:
    """Return the edges ring by ring, and where each ring starts."""
    following = successors.tolist()
    sequence: List[int] = []
    starts: List[int] = []
    for first in range(len(following)):
        edge = first
        if following[edge] < 0:
            continue
        starts.append(len(sequence))
        while following[edge] >= 0:
            sequence.append(edge)
            following[edge], edge = -1, following[edge]
    return np.array(sequence, dtype=np.int64), np.array(starts, dtype=np.int64)
