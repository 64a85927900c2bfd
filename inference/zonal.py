"""Statistics of a raster inside many polygons at once, strip by strip, for any size of raster.

The polygons run along pixel borders, so each row of labels is a running sum: a polygon's number is added where a left
border is crossed and taken off at the right border. The borders wait on disk, one file for each strip.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Dict, List

import numpy as np

from .arrays import DoubleArray
from .class_raster import RasterGrid, open_band, raster_grid, read_rows, strips
from .progress import Progress
from .rings import Edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    LabelArray = NDArray[np.int32]
else:
    LabelArray = np.ndarray

BUFFERED_EDGES = 500_000


class BorderStore:
    """The upright borders of numbered polygons on disk, ordered by strip. Numbers begin at 1."""

    def __init__(self, folder: str, grid: RasterGrid) -> None:
        self._folder = folder
        self._rows = grid.strip_rows
        self._width = grid.width
        self._waiting: Dict[int, List[LabelArray]] = {}
        self._edges = 0

    def add(self, edges: Edges, number: int) -> None:
        """Store a polygon's borders."""
        upright = edges.step[:, 1] != 0
        tail, rise = edges.tail[upright], edges.step[upright, 1]
        records = np.stack([tail[:, 1] - (rise < 0), tail[:, 0], -rise * number], axis=1).astype(np.int32)
        strip = records[:, 0] // self._rows
        for index in range(int(strip.min()), int(strip.max()) + 1):
            self._waiting.setdefault(index, []).append(records[strip == index])
        self._edges += len(records)
        if self._edges > BUFFERED_EDGES:
            self._spill()

    def labels(self, first: int, count: int) -> LabelArray:
        """Return the number of the polygon at each pixel (0: none) of the strip that begins at row `first`."""
        self._spill()
        change = np.zeros((count, self._width + 1), dtype=np.int32)
        path = self._path(first // self._rows)
        if os.path.exists(path):
            row, column, number = np.fromfile(path, dtype=np.int32).reshape(-1, 3).T
            change[row - first, column] = number  # no two polygons share a border, so nothing is overwritten
        labels: LabelArray = np.cumsum(change, axis=1, dtype=np.int32, out=change)[:, :-1]
        return labels

    def _path(self, strip: int) -> str:
        return os.path.join(self._folder, f"borders-{strip}.bin")

    def _spill(self) -> None:
        for strip, parts in self._waiting.items():
            with open(self._path(strip), "ab") as file:
                for part in parts:
                    part.tofile(file)
        self._waiting, self._edges = {}, 0


@dataclass(frozen=True)
class ZonalStatistics:
    """By polygon number (index 0: outside all): mean of the valid pixels, and the share of them below a limit."""

    mean: DoubleArray
    share_below: DoubleArray


def zonal_statistics(
    path: str, borders: BorderStore, polygons: int, limit: float, progress: Progress
) -> ZonalStatistics:
    """Return the statistics of the raster at `path` inside `polygons` polygons; NaN where no pixel is valid."""
    grid = raster_grid(path)
    dataset, band = open_band(path)
    valid, total, below = np.zeros((3, polygons + 1))
    for first, count in strips(grid, progress, "Summing up the confidence"):
        values = read_rows(band, first, count)
        labels = borders.labels(first, count)
        counted = ~np.isnan(values) & (labels > 0)
        values, labels = values[counted], labels[counted]
        valid += np.bincount(labels, minlength=polygons + 1)
        total += np.bincount(labels, values, minlength=polygons + 1)
        below += np.bincount(labels[values < np.float32(limit)], minlength=polygons + 1)
    del dataset
    known = np.where(valid > 0, valid, np.nan)
    return ZonalStatistics(total / known, below / known)
