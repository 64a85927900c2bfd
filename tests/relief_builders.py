"""Made reliefs and complexes of ice on them, in a plane of metres."""

import numpy as np
from icemargin.inventory.lattice import Lattice
from icemargin.inventory.relief import Relief

CELL = 30.0


def relief_of(height, size=6000.0, cell=CELL):
    """The relief of a function of x and y on a square round the origin, row 0 in the north."""
    half = round(size / cell / 2)
    x, y = np.meshgrid((np.arange(-half, half) + 0.5) * cell, -(np.arange(-half, half) + 0.5) * cell)
    return Relief(height(x, y).astype(float), Lattice(-half * cell, half * cell, cell))


def terrain(relief):
    """A relief as a terrain: any box of it, NaN outside."""
    cell = relief.lattice.cell

    def read(box):
        west, south = (int(np.floor(value / cell)) for value in box[:2])
        east, north = (int(np.ceil(value / cell)) for value in box[2:])
        found = np.full((north - south, east - west), np.nan)
        row, column = np.mgrid[north - 1 : south - 1 : -1, west:east]
        row, column = round(relief.lattice.top / cell) - 1 - row, column - round(relief.lattice.left / cell)
        known = (row >= 0) & (row < relief.elevation.shape[0]) & (column >= 0) & (column < relief.elevation.shape[1])
        found[known] = relief.elevation[row[known], column[known]]
        return Relief(found, Lattice(west * cell, north * cell, cell))

    return read


def roof(x, y):
    """A ridge from north to south at x = 0, which falls to both sides; two valleys run along y = 0."""
    return 3000 - 0.3 * np.abs(x) + 0.1 * np.abs(y)


def dome(x, y):
    return 1500 - 1e-5 * (x**2 + y**2)


def peak_beside(x, y):
    """A dome with a rock of 300 m beside it that stands higher."""
    return np.maximum(dome(x, y), 1600 * (np.hypot(x - 1500, y) < 300))


def slope(x, y):
    return 2000 - 0.2 * y + 0.05 * np.abs(x)
