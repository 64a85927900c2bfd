"""The longest centreline of a glacier (Kienholz et al. 2014, much as OGGM does it: Maussion et al. 2019).

Heads are the margin's local maxima of elevation, the terminus is its lowest cell. Between them goes the way of the
least cost over the cells, which is dear near the margin and high up, so that it keeps to the middle and leads down.
All ways end at one place, so Dijkstra's algorithm (scipy) finds them at once from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Tuple

import numpy as np
import shapely
from scipy.ndimage import distance_transform_edt, label, maximum_filter, uniform_filter1d
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from ..inference.arrays import BoolArray, DoubleArray
from .attributes_grid import LocalGrid
from .bulk import IntArray

F1, F2, A, B = 1000.0, 3000.0, 4.25, 3.7
"""Weights and exponents of Kienholz's cost (eq. 2) in OGGM's setting."""
AROUND_HEAD_M, AROUND_HEAD_PER_M2, MOST_AROUND_M = 500.0, 2e-6, 1000.0
"""A head is the highest of the margin within 500 m + 2e-6 m for each m2 of the glacier, at most 1000 m (Kienholz)."""
SMOOTH = 7
"""Cells over which a way is averaged: ways from cell to cell know eight directions only and come out too long."""
DIAGONALS = np.ones((3, 3), bool)
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


@dataclass(frozen=True, eq=False)
class Centreline:
    """From head to terminus: k points x and y (k x 2) in the grid's plane, both ends on the outline."""

    xy: DoubleArray

    @property
    def length_m(self) -> float:
        return float(np.hypot(*np.diff(self.xy, axis=0).T).sum())

    @property
    def terminus(self) -> DoubleArray:
        end: DoubleArray = self.xy[-1]
        return end


def longest_centreline(grid: LocalGrid, elevation: Any) -> Centreline:
    """Return the longest centreline of the glacier's largest piece; `elevation` (H x W) has no voids."""
    piece = _largest_piece(grid.inside)
    row, column = np.nonzero(piece)
    number = np.full(piece.shape, -1)
    number[piece] = np.arange(len(row))
    height = elevation[piece]
    margin = np.flatnonzero(grid.margin[piece])
    terminus = margin[np.argmin(height[margin])]
    cheapest, before = dijkstra(
        _graph(number, _cost(piece, height)), directed=False, indices=terminus, return_predecessors=True
    )
    points = grid.centres(row, column)
    heads = margin[_is_head(grid, piece, elevation)[row[margin], column[margin]]]
    ways = [_way(points, before, head) for head in heads if head != terminus and np.isfinite(cheapest[head])]
    return _on_outline(max(ways, key=_length) if ways else points[[terminus]], grid.geometry)


def _largest_piece(inside: BoolArray) -> BoolArray:
    pieces, count = label(inside, DIAGONALS)
    if count < 2:
        return inside
    largest: BoolArray = pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])
    return largest


def _is_head(grid: LocalGrid, piece: BoolArray, elevation: Any) -> BoolArray:
    margin = grid.margin & piece
    radius = min(AROUND_HEAD_M + AROUND_HEAD_PER_M2 * piece.sum() * grid.dx**2, MOST_AROUND_M)
    height = np.where(margin, elevation, -np.inf)
    around = maximum_filter(height, size=2 * int(radius / grid.dx) + 1, mode="constant", cval=-np.inf)
    heads: BoolArray = margin & (height == around)
    return heads


def _cost(piece: BoolArray, height: Any) -> DoubleArray:
    """Return the cost of each cell of the piece."""
    away = distance_transform_edt(piece)[piece]
    rise = (height - height.min()) / max(float(np.ptp(height)), 1e-6)
    cost: DoubleArray = (F1 * (away.max() - away) / away.max()) ** A + (F2 * rise) ** B
    cost += 1e-3 * cost.max() + 1.0  # no way is free: of two equally cheap ones the shorter is taken
    return cost


def _graph(number: IntArray, cost: DoubleArray) -> Any:
    """Return the ways between neighbouring cells: `number` (H x W) is -1 outside."""
    first, second, price = [], [], []
    for down, right in STEPS:
        here = number[: number.shape[0] - down, max(0, -right) : number.shape[1] - max(0, right)]
        there = number[down:, max(0, right) : number.shape[1] - max(0, -right)]
        both = (here >= 0) & (there >= 0)
        first.append(here[both])
        second.append(there[both])
        price.append((cost[here[both]] + cost[there[both]]) / 2 * np.hypot(down, right))
    places = (np.concatenate(first), np.concatenate(second))
    return coo_matrix((np.concatenate(price), places), shape=(len(cost), len(cost))).tocsr()


def _way(points: DoubleArray, before: IntArray, head: int) -> DoubleArray:
    """Return the smoothed way from a head to the terminus: x and y, k x 2."""
    cells = [head]
    while before[cells[-1]] >= 0:
        cells.append(before[cells[-1]])
    way = points[cells]
    smooth: DoubleArray = uniform_filter1d(way, min(SMOOTH, len(way)), axis=0, mode="nearest")
    smooth[[0, -1]] = way[[0, -1]]
    return smooth


def _length(xy: DoubleArray) -> float:
    return Centreline(xy).length_m


def _on_outline(way: DoubleArray, geometry: Any) -> Centreline:
    """Return the way with both ends led on to the nearest point of the outline."""
    outline = shapely.multilinestrings(shapely.get_exterior_ring(shapely.get_parts(geometry)))
    ends: Tuple[DoubleArray, ...] = tuple(
        shapely.get_coordinates(shapely.shortest_line(shapely.Point(end), outline))[1:] for end in (way[0], way[-1])
    )
    return Centreline(np.concatenate([ends[0], way, ends[1]]))
