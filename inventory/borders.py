"""Edges that polygons share: found by their end points alone, which neighbours have in common to the last digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from .bulk import IntArray


@dataclass(frozen=True, eq=False)
class SharedEdges:
    """Edges of two polygons each.

    Attributes:
        first, second: places of the two polygons, first < second; m of each.
        start, stop: the edges' ends, m x 2.
    """

    first: IntArray
    second: IntArray
    start: DoubleArray
    stop: DoubleArray

    @property
    def length(self) -> DoubleArray:
        """The m lengths."""
        lengths: DoubleArray = np.hypot(*(self.stop - self.start).T)
        return lengths

    def of(self, label: IntArray) -> SharedEdges:
        """Return the edges between polygons of different labels (one for each polygon)."""
        keep = label[self.first] != label[self.second]
        return SharedEdges(self.first[keep], self.second[keep], self.start[keep], self.stop[keep])


def shared_edges(polygons: Any) -> SharedEdges:
    """Return the edges that two of n Polygons have in common, whichever way each of them goes."""
    rings = shapely.get_rings(polygons)
    ring_owner = np.repeat(np.arange(len(polygons)), 1 + shapely.get_num_interior_rings(polygons))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[1:] == ring[:-1]
    start, stop, owner = xy[:-1][inner], xy[1:][inner], ring_owner[ring[:-1][inner]]
    turned = (start[:, 0] > stop[:, 0]) | ((start[:, 0] == stop[:, 0]) & (start[:, 1] > stop[:, 1]))
    ends = np.where(turned[:, None], np.hstack([stop, start]), np.hstack([start, stop]))
    order = np.lexsort((owner, *ends.T))
    ends, owner = ends[order], owner[order]
    twice = np.flatnonzero((ends[1:] == ends[:-1]).all(axis=1) & (owner[1:] != owner[:-1]))
    return SharedEdges(owner[twice], owner[twice + 1], ends[twice, :2], ends[twice, 2:])


def as_lines(edges: SharedEdges) -> Any:
    """Return the edges as lines that run from junction to junction (m LineStrings)."""
    if not len(edges.start):
        return np.zeros(0, dtype=object)
    single = shapely.linestrings(np.stack([edges.start, edges.stop], axis=1))
    return shapely.get_parts(shapely.line_merge(shapely.multilinestrings(single)))
