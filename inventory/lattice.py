"""Square cells of a metric plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..inference.arrays import DoubleArray


@dataclass(frozen=True)
class Lattice:
    """Where the cells of an array lie; row 0 lies in the north.

    Attributes:
        left, top: the north-west corner, metres.
        cell: size of a cell, metres.
    """

    left: float
    top: float
    cell: float

    def to_cells(self, xy: DoubleArray) -> DoubleArray:
        """Return columns and rows (n x 2), counted from the corner, of points in the plane (n x 2)."""
        found: DoubleArray = (xy - (self.left, self.top)) / (self.cell, -self.cell)
        return found

    def from_cells(self, places: DoubleArray) -> DoubleArray:
        """Return points in the plane (n x 2) of columns and rows (n x 2)."""
        found: DoubleArray = np.array([self.left, self.top]) + places * [self.cell, -self.cell]
        return found
