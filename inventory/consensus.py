"""Repeat digitisations of the same glaciers: which outlines are the same glacier, and what most of them agree on."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from .outlines import polygons_of

SAME_GLACIER = 0.5
"""Two outlines are the same glacier where they share more than this part of the smaller one: neighbours that cross
their divide by a sliver are not, and a glacier that one drew in two pieces is."""

Units = List[List[Tuple[int, ...]]]
"""By glacier and layer the numbers of the outlines that make it up."""


def overlapping(first: Any, second: Any, share: float = SAME_GLACIER) -> Tuple[Any, Any]:
    """Return the numbers of pairs (one of `first`, one of `second`) that share more than `share` of the smaller one."""
    if not (len(first) and len(second)):
        return np.zeros(0, int), np.zeros(0, int)
    left, right = shapely.STRtree(second).query(first, predicate="intersects")
    common = shapely.area(shapely.intersection(first[left], second[right]))
    smaller = np.minimum(shapely.area(first)[left], shapely.area(second)[right])
    same = common > share * smaller
    return left[same], right[same]


def same_glaciers(layers: Sequence[Any]) -> Units:
    """Group the outlines of several layers (arrays of polygons in one plane) by glacier.

    Glaciers come in the order of the first layer, then those that only later layers have.
    """
    starts = np.concatenate([[0], np.cumsum([len(layer) for layer in layers])]).astype(int)
    pairs: List[Any] = [np.zeros((2, 0), int)]
    for a in range(len(layers)):
        for b in range(a + 1, len(layers)):
            left, right = overlapping(layers[a], layers[b])
            pairs.append(np.stack([left + starts[a], right + starts[b]]))
    row, column = np.concatenate(pairs, axis=1)
    links = coo_matrix((np.ones(len(row)), (row, column)), shape=(starts[-1], starts[-1]))
    count, label = connected_components(links, directed=False)
    units: List[List[List[int]]] = [[[] for _ in layers] for _ in range(count)]
    for number, layer in enumerate(layers):
        for outline in range(len(layer)):
            units[label[starts[number] + outline]][number].append(outline)
    return [[tuple(outlines) for outlines in unit] for unit in units]


def majority(repeats: Sequence[Any]) -> Any:
    """Return the ground that more than half of `repeats` (polygons of one glacier) cover, as a (multi)polygon.

    Exact: the ground covered at least k times is kept for each k while the repeats are laid on each other one by one,
    so no piece is sampled. With two repeats it is what both cover. It may be empty.
    """
    needed = len(repeats) // 2 + 1
    covered = [shapely.MultiPolygon()] * needed
    for number, repeat in enumerate(repeats):
        for k in range(min(number + 1, needed), 0, -1):
            again = repeat if k == 1 else polygons_of(shapely.intersection(covered[k - 2], repeat))
            covered[k - 1] = shapely.union(covered[k - 1], again)
    return polygons_of(covered[-1])
