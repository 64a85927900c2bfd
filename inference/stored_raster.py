"""A raster's pixels where outlines lie, in a folder that can be read without GDAL: in the runtime's child, for one.

Only the tiles that are needed are stored, one after the other; an index tells which is where.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import FloatArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IndexArray = NDArray[np.int64]
else:
    IndexArray = np.ndarray

TILE = 256
TILES, INDEX, HEADER = "tiles.f32", "index.npy", "header.json"


@dataclass(frozen=True)
class Header:
    """Where the pixels lie: north-up and square; `left`, `top` and `resolution` in units of `crs` (WKT)."""

    crs: str
    left: float
    top: float
    resolution: float


@dataclass(frozen=True, eq=False)
class StoredRaster:
    """A raster in a folder; `index` has the number of each stored tile (rows x columns of tiles), -1 for none."""

    folder: str
    header: Header
    index: IndexArray

    @classmethod
    def open(cls, folder: str) -> StoredRaster:
        """Return what `write_index` left in a folder."""
        header = Header(**json.loads(Path(folder, HEADER).read_text(encoding="utf-8")))
        return cls(folder, header, np.load(Path(folder, INDEX), allow_pickle=False))

    def pixels(self, row: Any, column: Any) -> FloatArray:
        """Return the values of n pixels (rows and columns: n integers each); NaN where nothing is stored."""
        found: FloatArray = np.full(len(row), np.nan, np.float32)
        inside = (row >= 0) & (column >= 0)
        inside &= (row < self.index.shape[0] * TILE) & (column < self.index.shape[1] * TILE)
        number = np.full(len(row), -1)
        number[inside] = self.index[row[inside] // TILE, column[inside] // TILE]
        known = number >= 0
        if known.any():
            # Mapped anew each time, so that pages that were looked at once do not stay in this process's memory.
            tiles = np.memmap(Path(self.folder, TILES), np.float32, "r").reshape(-1, TILE, TILE)
            found[known] = tiles[number[known], row[known] % TILE, column[known] % TILE]
        return found


def write_index(folder: str, header: Header, index: IndexArray) -> None:
    """Write what belongs to the tiles in a folder."""
    np.save(Path(folder, INDEX), index)
    Path(folder, HEADER).write_text(json.dumps(asdict(header)), encoding="utf-8")
