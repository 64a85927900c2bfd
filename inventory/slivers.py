"""Slivers that cutting leaves, merged by the rule of Kienholz et al. (2013)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, List

import numpy as np
import shapely

from ..inference.arrays import BoolArray
from .borders import shared_edges
from .bulk import IntArray


@dataclass(frozen=True)
class SliverRule:
    """What is a sliver: less than `small_m2`, or less than `narrow_m2` and less compact than `compactness`.

    Compactness is 2 sqrt(pi A) / P: 1 for a circle.
    """

    small_m2: float = 1e5
    narrow_m2: float = 2e5
    compactness: float = 0.5

    def fits(self, area: float, perimeter: float) -> bool:
        """Return whether a piece of that area (m2) and perimeter (m) is a sliver."""
        narrow = 2 * math.sqrt(math.pi * area) < self.compactness * perimeter
        return area < self.small_m2 or (area < self.narrow_m2 and narrow)


def without_slivers(polygons: Any, rule: SliverRule, kept: BoolArray) -> IntArray:
    """Return for each of n Polygons the number (0, 1, 2 ...) of what it is part of once slivers are merged.

    Smallest first, each sliver goes to the neighbour with the longest shared border; one without neighbours stays.

    Args:
        polygons: in a metric plane; neighbours have the same points on their border.
        rule: what is a sliver.
        kept: n flags: no sliver, whatever its shape.
    """
    area, perimeter = list(shapely.area(polygons)), list(shapely.length(polygons))
    borders = _borders(polygons)
    into = np.arange(len(polygons))
    while True:
        waiting = [n for n, beside in borders.items() if beside and not kept[n] and rule.fits(area[n], perimeter[n])]
        if not waiting:
            return np.unique(_ends(into), return_inverse=True)[1]
        sliver = min(waiting, key=lambda n: area[n])
        goal = max(borders[sliver], key=lambda n: borders[sliver][n])
        into[sliver] = goal
        area[goal] += area[sliver]
        perimeter[goal] += perimeter[sliver] - 2 * borders[sliver][goal]
        _move(borders, sliver, goal)


def _borders(polygons: Any) -> Dict[int, Dict[int, float]]:
    """Return for each polygon the length of the border with each neighbour."""
    edges = shared_edges(polygons)
    borders: Dict[int, Dict[int, float]] = {number: {} for number in range(len(polygons))}
    for first, second, length in zip(edges.first.tolist(), edges.second.tolist(), edges.length.tolist()):
        borders[first][second] = borders[first].get(second, 0.0) + length
        borders[second][first] = borders[first][second]
    return borders


def _move(borders: Dict[int, Dict[int, float]], sliver: int, goal: int) -> None:
    """Give a sliver's borders to what it was merged into."""
    for other, length in borders.pop(sliver).items():
        del borders[other][sliver]
        if other != goal:
            borders[goal][other] = borders[goal].get(other, 0.0) + length
            borders[other][goal] = borders[goal][other]


def _ends(into: IntArray) -> IntArray:
    """Return where each one ends up when `into` is followed."""
    found: List[int] = into.tolist()
    while (into[found] != found).any():
        found = into[found].tolist()
    return np.array(found, dtype=np.int64)
