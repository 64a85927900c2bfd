"""Pulling a rough stroke to the strongest edge nearby: a least-cost path. Only numpy and the standard library.

Cost of a pixel: 1 / (FLAT + edge strength), the strength being the length of the gradient, 1 at its 95th percentile.
"""

from __future__ import annotations

import heapq
from typing import Dict, List, Sequence, Tuple

import numpy as np

from ..inference.arrays import BoolArray, DoubleArray, FloatArray
from ..inference.errors import OutlinesError
from .texts import tr

FLAT = 0.05
"""Edge strength of ground without any edge: the smaller, the longer the detours for the sake of an edge."""
Pixel = Tuple[int, int]
_STEPS = tuple((dy, dx, float(np.hypot(dy, dx))) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx)


def edge_cost(images: Sequence[FloatArray]) -> DoubleArray:
    """Return the cost of each pixel (H x W) from images of one grid; NaN (no data) has no edge."""
    strength = np.zeros(images[0].shape, dtype=np.float64)
    for image in images:
        down, right = np.gradient(image.astype(np.float64))
        length = np.nan_to_num(np.hypot(down, right))
        scale = np.percentile(length, 95) or length.max()
        if scale > 0:
            strength = np.maximum(strength, np.minimum(length / scale, 1.0))
    cost: DoubleArray = 1.0 / (FLAT + strength)
    return cost


def corridor(shape: Tuple[int, int], stroke: DoubleArray, reach: float) -> BoolArray:
    """Return the pixels whose middles are within `reach` pixels of a stroke (n x 2 points x, y in pixels)."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    near = np.zeros(shape, dtype=bool)
    for start, end in zip(stroke[:-1], stroke[1:]):
        way = end - start
        along = (columns - start[0]) * way[0] + (rows - start[1]) * way[1]
        share = np.clip(along / max(float(way @ way), 1e-12), 0, 1)
        near |= np.hypot(columns - start[0] - share * way[0], rows - start[1] - share * way[1]) <= reach
    return near


def least_cost_path(cost: DoubleArray, allowed: BoolArray, start: Pixel, end: Pixel) -> List[Pixel]:
    """Return the cheapest path of allowed pixels (row, column), both ends included (Dijkstra, 8 neighbours).

    A step costs its length times the mean of both pixels' costs. Raises OutlinesError where there is no path.
    """
    best: Dict[Pixel, float] = {start: 0.0}
    before: Dict[Pixel, Pixel] = {}
    queue: List[Tuple[float, Pixel]] = [(0.0, start)]
    height, width = cost.shape
    while queue:
        so_far, here = heapq.heappop(queue)
        if here == end:
            return _back(before, end)
        if so_far > best[here]:
            continue
        for down, right, length in _STEPS:
            row, column = here[0] + down, here[1] + right
            if not (0 <= row < height and 0 <= column < width and allowed[row, column]):
                continue
            total = so_far + length * (cost[here] + cost[row, column]) / 2
            if total < best.get((row, column), np.inf):
                best[(row, column)], before[(row, column)] = total, here
                heapq.heappush(queue, (total, (row, column)))
    raise OutlinesError(tr("No way along the stroke: it leaves the raster; draw it within."))


def softened(path: DoubleArray, rounds: int = 3) -> DoubleArray:
    """Return a path of pixels (n x 2) without its stairs: each point becomes the mean with its neighbours (1-2-1)."""
    points = path.astype(np.float64)
    for _ in range(rounds):
        points[1:-1] = (points[:-2] + 2 * points[1:-1] + points[2:]) / 4
    return points


def _back(before: Dict[Pixel, Pixel], end: Pixel) -> List[Pixel]:
    path = [end]
    while path[-1] in before:
        path.append(before[path[-1]])
    return path[::-1]
