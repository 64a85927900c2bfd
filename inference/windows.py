"""Where windows lie and how they are blended: pure geometry.

Windows start at multiples of the stride of the lattice (not of the extent), so a pixel is covered by the same windows
whatever is mapped around it. The blend is the reference's Gaussian, exp(-(x^2 + y^2) / 2) with x and y in [-1, 1]
across the window; it is a product of two profiles, and so is the sum of all weights at a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import numpy as np

from .arrays import DoubleArray, FloatArray
from .errors import InputError
from .grid import Grid


@dataclass(frozen=True)
class Tiling:
    """How a grid is covered: windows of `size` pixels, every `stride` pixels of the lattice."""

    grid: Grid
    size: int
    stride: int

    def __post_init__(self) -> None:
        if not 0 < self.stride <= self.size:
            raise InputError("Windows must touch or overlap: the stride lies between 1 and the window's size.")

    @property
    def columns(self) -> range:
        """Lattice columns where windows start."""
        return starts(self.grid.col, self.grid.width, self.size, self.stride)

    @property
    def strips(self) -> range:
        """Numbers of the strips: strip k is the grid's share of lattice rows [k * stride, (k + 1) * stride)."""
        return range(self.grid.row // self.stride, (self.grid.row + self.grid.height - 1) // self.stride + 1)

    def strip(self, number: int) -> Grid:
        """Return the part of the grid in a strip."""
        first = max(number * self.stride, self.grid.row)
        last = min((number + 1) * self.stride, self.grid.row + self.grid.height)
        return self.grid.part(self.grid.col, first, self.grid.width, last - first)

    def window_rows(self, first_strip: int) -> range:
        """Numbers of the rows of windows that reach `first_strip` or a later one; row k starts at k * stride."""
        first = max(first_strip * self.stride, self.grid.row)
        return range((first - self.size) // self.stride + 1, self.strips[-1] + 1)

    @property
    def n_windows(self) -> int:
        return len(self.window_rows(self.strips[0])) * len(self.columns)

    @property
    def around(self) -> Grid:
        """The grid and its halo: everything that some window looks at."""
        rows = self.window_rows(self.strips[0])
        width = self.columns[-1] + self.size - self.columns[0]
        height = (rows[-1] - rows[0]) * self.stride + self.size
        return self.grid.part(self.columns[0], rows[0] * self.stride, width, height)


def tiling(grid: Grid, size: int, overlap: float) -> Tiling:
    """Cover `grid` with windows of `size` pixels that overlap by the share `overlap` (0 to below 1)."""
    return Tiling(grid, size, max(1, round(size * (1 - overlap))))


def starts(first: int, length: int, size: int, stride: int) -> range:
    """Return the multiples of `stride` at which a window meets [first, first + length)."""
    return range(((first - size) // stride + 1) * stride, first + length, stride)


def profile(size: int) -> FloatArray:
    """Return the one-dimensional blend weight across a window; the window's weight is profile(y) * profile(x)."""
    weights: FloatArray = np.exp(-(np.linspace(-1, 1, size) ** 2) / 2).astype(np.float32)
    return weights


def weight_sum(first: int, length: int, size: int, stride: int) -> DoubleArray:
    """Return the sum of all windows' profiles at the pixels [first, first + length)."""
    total = np.zeros(length)
    weights = profile(size).astype(np.float64)
    for start in starts(first, length, size, stride):
        here, there = overlap_of(start - first, size, length)
        total[here] += weights[there]
    return total


def overlap_of(offset: int, size: int, length: int) -> tuple[slice, slice]:
    """Return where [offset, offset + size) meets [0, length): as a slice of the whole, and of the part."""
    begin, end = max(offset, 0), min(offset + size, length)
    return slice(begin, end), slice(begin - offset, end - offset)


def windows_of_row(tiles: Tiling, number: int) -> Iterator[Grid]:
    """Yield the windows of a row, from west to east."""
    for col in tiles.columns:
        yield tiles.grid.part(col, number * tiles.stride, tiles.size, tiles.size)
