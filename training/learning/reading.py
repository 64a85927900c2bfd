"""Patches of tiles as samples: the chosen bands, padding, location, and tiles kept in memory where they fit."""

from __future__ import annotations

from typing import Dict, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray

from ...inference.arrays import FloatArray
from ...inference.errors import DatasetError
from ...inference.model import REGIONS
from ...weights.features import FEATURES
from ..data.tiles import OUTLINES, Tile, TileReader
from .sample import UNLABELLED, Sample
from .settings import LOCATIONS, TrainSettings

UNKNOWN = REGIONS[-1]


class PatchReader:
    """Cuts patches out of tiles; may travel to workers. Raises DatasetError."""

    def __init__(self, tiles: Sequence[Tile], settings: TrainSettings) -> None:
        self.patch = settings.patch
        self._location = settings.location
        self._reader = TileReader()
        self._bands = {
            name: [FEATURES[name].bands.index(band) for band in bands] for name, bands in settings.features.items()
        }
        names = (*settings.features, OUTLINES)
        self._keep = sum(map(_bytes_per_pixel, names)) * pixels_of(tiles) <= settings.data.cache_mib * 2**20
        self._kept: Dict[Tuple[str, str, str], FloatArray] = {}
        for tile in tiles if self._location else ():
            check_location(tile, self._location)

    def sample(self, tile: Tile, row: int, column: int) -> Sample:
        """Return the patch whose first pixel is (row, column) of the tile; beyond the tile all is absent."""
        inputs = {name: self._padded(tile, name, row, column)[bands] for name, bands in self._bands.items()}
        label = self.label(tile, row, column)
        return Sample(inputs, label, self.location(tile, row, column))

    def label(self, tile: Tile, row: int, column: int) -> NDArray[np.int8]:
        """Return a patch's labels, H x W: 1 glacier, 0 not, -1 none."""
        other, glacier = self._padded(tile, OUTLINES, row, column)
        return np.where(glacier > 0.5, 1, np.where(other > 0.5, 0, UNLABELLED)).astype(np.int8)

    def location(self, tile: Tile, row: int, column: int) -> FloatArray:
        """Return the location vector of a patch: one-hot region (12), or sin, cos of its centre's lat, lon (4)."""
        if self._location == "region":
            return region_vector(tile.region)
        if self._location == "coordinates":
            lon, lat = np.radians(centre_of(tile, row, column, self.patch))
            return np.array([np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)], np.float32)
        return np.zeros(LOCATIONS[""], np.float32)

    def _padded(self, tile: Tile, name: str, row: int, column: int) -> FloatArray:
        """Return a piece of a dataset, C x patch x patch, 0 beyond the tile."""
        rows = slice(row, min(row + self.patch, tile.height))
        columns = slice(column, min(column + self.patch, tile.width))
        piece = np.moveaxis(self._read(tile, name, rows, columns), -1, 0)
        missing = [(0, 0), (0, self.patch - piece.shape[1]), (0, self.patch - piece.shape[2])]
        return np.pad(piece, missing) if max(missing[1:]) > (0, 0) else piece

    def _read(self, tile: Tile, name: str, rows: slice, columns: slice) -> FloatArray:
        if not self._keep:
            return self._reader.read(tile, name, rows, columns)
        key = (tile.path, tile.name, name)
        if key not in self._kept:
            self._kept[key] = self._reader.read(tile, name)
        return self._kept[key][rows, columns]


def pixels_of(tiles: Sequence[Tile]) -> int:
    """Return the number of pixels of all tiles."""
    return sum(tile.height * tile.width for tile in tiles)


def region_vector(region: str) -> FloatArray:
    """Return the one-hot vector of a region, of "unknown" for any other name."""
    place = REGIONS.index(region) if region in REGIONS else REGIONS.index(UNKNOWN)
    vector: FloatArray = np.eye(len(REGIONS), dtype=np.float32)[place]
    return vector


def centre_of(tile: Tile, row: int, column: int, patch: int) -> Tuple[float, float]:
    """Return longitude and latitude (degrees) of a patch's centre, by proportion in the tile's box."""
    xmin, ymin, xmax, ymax = tile.box
    across = min((column + patch / 2) / tile.width, 1)
    down = min((row + patch / 2) / tile.height, 1)
    return xmin + across * (xmax - xmin), ymax - down * (ymax - ymin)


def check_location(tile: Tile, location: str) -> None:
    """Raise DatasetError if a tile does not tell what the location encoding needs."""
    if location == "region" and tile.region not in REGIONS:
        raise DatasetError(
            f"{tile.path}, tile {tile.name}: region {tile.region!r} has no place in the region vector "
            f"({', '.join(REGIONS)}); build the data set with one of these, or choose --strategy global."
        )
    if location == "coordinates" and not np.isfinite(tile.box).all():
        raise DatasetError(
            f"{tile.path}, tile {tile.name}: xmin, ymin, xmax or ymax is missing; --strategy global needs none."
        )


def _bytes_per_pixel(name: str) -> int:
    return 4 * (2 if name == OUTLINES else len(FEATURES[name].bands))
