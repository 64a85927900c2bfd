"""The lines between the areas of a raster of labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from .bulk import IntArray
from .lattice import Lattice

SIMPLIFY_CELLS = 0.5


@dataclass(frozen=True, eq=False)
class LabelRaster:
    """Labels (H x W; below 0 where there is none) of cells."""

    labels: IntArray
    lattice: Lattice

    def at(self, xy: DoubleArray) -> IntArray:
        """Return the labels of points (n x 2), which lie in the raster."""
        column, row = self.lattice.to_cells(xy).astype(np.int64).T
        found: IntArray = self.labels[row, column]
        return found

    def lines(self) -> Any:
        """Return the lines between different labels, from junction to junction, without the cells' staircase."""
        edges = np.concatenate([self._upright(), self._level()])
        if not len(edges):
            return np.zeros(0, dtype=object)
        merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(edges)))
        smooth = [_midpoints(line) for line in shapely.get_parts(merged)]
        lines = shapely.simplify(smooth, SIMPLIFY_CELLS, preserve_topology=False)
        return shapely.transform(lines, self.lattice.from_cells)

    def _upright(self) -> DoubleArray:
        """Return the cells' edges between neighbours in a row, in cells: m x 2 points x 2."""
        row, column = np.nonzero(_differ(self.labels[:, :-1], self.labels[:, 1:]))
        return _edges(column + 1, row, column + 1, row + 1)

    def _level(self) -> DoubleArray:
        row, column = np.nonzero(_differ(self.labels[:-1], self.labels[1:]))
        return _edges(column, row + 1, column + 1, row + 1)


def _edges(x_0: IntArray, y_0: IntArray, x_1: IntArray, y_1: IntArray) -> DoubleArray:
    found: DoubleArray = np.stack([x_0, y_0, x_1, y_1], axis=1).reshape(-1, 2, 2).astype(np.float64)
    return found


def _differ(one: IntArray, other: IntArray) -> Any:
    return (one != other) & (one >= 0) & (other >= 0)


def _midpoints(line: Any) -> Any:
    """Return the line through the middles of a line's edges; its ends stay."""
    xy = shapely.get_coordinates(line)
    return shapely.LineString(np.concatenate([xy[:1], (xy[1:] + xy[:-1]) / 2, xy[-1:]]))
