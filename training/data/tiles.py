"""Tiles of a data set in the published benchmark's layout: found by their attributes, read piece by piece.

doi 10.11582/2024.00168 (facts: GlaViTU, The benchmark data set's layout). One HDF5 group is one tile; its datasets are
H x W x C: the features of weights/features.py, already normalised (0 where absent), and `outlines`, one-hot (0 not
glacier, 1 glacier; neither: no label). Of our own is `debris` (H x W x 1, 1 on debris-covered ice), for scores alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, List, Sequence, Tuple

import h5py
import numpy as np

from ...inference.arrays import FloatArray
from ...inference.errors import DatasetError
from ...weights.features import FEATURES

OUTLINES, DEBRIS = "outlines", "debris"


@dataclass(frozen=True)
class Tile:
    """What the attributes of one group say. Sizes in pixels; the centre's `lon`, `lat` and `box` (xmin, ymin, xmax,
    ymax) in degrees, NaN where they are not told.

    `height` and `width` are without the padding, which lies at the bottom and at the right. `features` are the
    datasets that are there; `absent` the bands of them that were never measured (all 0).
    """

    path: str
    name: str
    region: str
    subregion: str
    height: int
    width: int
    lon: float
    lat: float
    features: Tuple[str, ...]
    epsg: int = 0
    resolution: float = 10.0
    absent: Tuple[str, ...] = ()
    sensor: str = ""
    date: str = ""
    box: Tuple[float, float, float, float] = (float("nan"),) * 4


def find_tiles(
    paths: Sequence[str],
    regions: Sequence[str] = (),
    subregions: Sequence[str] = (),
    features: Sequence[str] = (),
    names: Sequence[str] = (),
) -> Tuple[Tile, ...]:
    """Return the tiles of the files in order; each filter that is not empty must hold, `features` all of them.

    Raises DatasetError where a file cannot be read or no tile is left.
    """
    found = [tile for path in paths for tile in _tiles_of(path)]
    kept = tuple(
        tile
        for tile in found
        if (not regions or tile.region in regions)
        and (not subregions or tile.subregion in subregions)
        and (not names or tile.name in names)
        and set(features) <= set(tile.features)
    )
    if not kept:
        raise DatasetError(_nothing_found(paths, found, features))
    return kept


def _nothing_found(paths: Sequence[str], found: Sequence[Tile], features: Sequence[str]) -> str:
    there = sorted({tile.region for tile in found})
    inputs = sorted({name for tile in found for name in tile.features})
    return (
        f"No tile of {', '.join(paths) or 'no file'} fits (regions there: {', '.join(there) or 'none'}; inputs there: "
        f"{', '.join(inputs) or 'none'}; inputs asked for: {', '.join(features) or 'any'}); choose others."
    )


def open_dataset(path: str) -> h5py.File:
    """Open a data set for reading. Raises DatasetError."""
    if not Path(path).is_file():
        raise DatasetError(f"There is no data set {path}; make one with `icemargin dataset build`.")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise DatasetError(f"{path} is no HDF5 file, or is cut off ({error}); copy or build it again.") from error


def _tiles_of(path: str) -> List[Tile]:
    with open_dataset(path) as file:
        groups = [(name, group) for name, group in file.items() if isinstance(group, h5py.Group)]
        return [_tile(path, name, group) for name, group in groups]


def _tile(path: str, name: str, group: h5py.Group) -> Tile:
    if OUTLINES not in group:
        raise DatasetError(f"{path}, tile {name}: the dataset 'outlines' is missing; `icemargin dataset check` it.")
    attributes = group.attrs
    height, width = group[OUTLINES].shape[:2]
    return Tile(
        path=str(path),
        name=name,
        region=_text(attributes, "region"),
        subregion=_text(attributes, "subregion"),
        height=int(attributes.get("original_height", height)),
        width=int(attributes.get("original_width", width)),
        lon=_centre(attributes, "xmin", "xmax"),
        lat=_centre(attributes, "ymin", "ymax"),
        features=tuple(feature for feature in FEATURES if feature in group),
        epsg=int(attributes.get("epsg", 0)),
        resolution=float(attributes.get("resolution", 10.0)),
        absent=tuple(part for part in _text(attributes, "absent").split(",") if part),
        sensor=_text(attributes, "sensor"),
        date=_text(attributes, "date"),
        box=_box(attributes),
    )


def _text(attributes: Any, name: str) -> str:
    value = attributes.get(name, "")
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _box(attributes: Any) -> Tuple[float, float, float, float]:
    xmin, ymin, xmax, ymax = (float(attributes.get(name, np.nan)) for name in ("xmin", "ymin", "xmax", "ymax"))
    return xmin, ymin, xmax, ymax


def _centre(attributes: Any, low: str, high: str) -> float:
    """Return the middle of two attributes, NaN where they are missing."""
    return (float(attributes.get(low, np.nan)) + float(attributes.get(high, np.nan))) / 2


class TileReader:
    """Reads pieces of tiles; opens each file once a process, so that it may travel to workers (fork or spawn)."""

    def __init__(self) -> None:
        self._files: Dict[Tuple[int, str], h5py.File] = {}

    def read(
        self, tile: Tile, name: str, rows: slice = slice(None), columns: slice = slice(None)
    ) -> FloatArray:
        """Return a piece of a dataset, H x W x C float32, as stored. Raises DatasetError."""
        group = self._file(tile.path)[tile.name]
        if name not in group:
            raise DatasetError(f"{tile.path}, tile {tile.name}: the dataset '{name}' is missing.")
        try:
            piece: FloatArray = np.asarray(group[name][rows, columns], dtype=np.float32)
        except OSError as error:
            raise DatasetError(f"{tile.path}, tile {tile.name}: '{name}' is damaged ({error}).") from error
        return piece

    def close(self) -> None:
        """Close this process's files."""
        for key in [key for key in self._files if key[0] == os.getpid()]:
            self._files.pop(key).close()

    def __getstate__(self) -> Dict[str, Any]:
        return {"_files": {}}

    def _file(self, path: str) -> h5py.File:
        key = (os.getpid(), path)
        if key not in self._files:
            self._files[key] = open_dataset(path)
        return self._files[key]


def regions_of(tiles: Iterable[Tile]) -> Tuple[str, ...]:
    """Return the regions of tiles, sorted, each once."""
    return tuple(sorted({tile.region for tile in tiles}))
