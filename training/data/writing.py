"""Writing a data set in the published benchmark's layout (tiles.py); a file appears only when it is whole."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Dict, Mapping, Optional, Tuple, Type

import h5py
import numpy as np

from ...inference.arrays import BoolArray, FloatArray
from ...inference.errors import DatasetError, OutputError
from ...inference.preprocess import normalise
from ...weights.features import FEATURES
from .tiles import DEBRIS, OUTLINES

CHUNK = 128
"""Pixels along a chunk's side: a patch of 384 touches nine to sixteen of them."""


@dataclass(frozen=True)
class NewTile:
    """One tile to write. `bands` are physical (H x W, NaN where invalid) by the names of inference.request.

    `glacier` is H x W: 1 glacier, 0 not, -1 no label. `box` is xmin, ymin, xmax, ymax in degrees.
    """

    name: str
    region: str
    subregion: str
    bands: Mapping[str, FloatArray]
    glacier: Any
    box: Tuple[float, float, float, float]
    epsg: int = 0
    resolution: float = 10.0
    debris: Optional[BoolArray] = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


def features_of(bands: Mapping[str, FloatArray]) -> Tuple[str, ...]:
    """Return the features of which at least one band is there."""
    return tuple(name for name, feature in FEATURES.items() if any(band in bands for band in feature.bands))


class DatasetWriter:
    """Writes tiles to `path`; use as a context. On an error nothing is left and an older file stands.

    Raises DatasetError for a tile that does not fit, OutputError where the file cannot be written.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = h5py.File(self._temporary, "w")
        except OSError as error:
            raise OutputError(f"{path} cannot be written ({error}); choose another folder.") from error

    def __enter__(self) -> DatasetWriter:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._file.close()
        if kind is None:
            os.replace(self._temporary, self.path)
        else:
            with contextlib.suppress(OSError):
                self._temporary.unlink()

    def add(self, tile: NewTile) -> None:
        """Normalise and write one tile."""
        if tile.name in self._file:
            raise DatasetError(f"{self.path}: there are two tiles called {tile.name}; name each differently.")
        try:
            self._add(tile)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written ({error}); free some space.") from error

    def _add(self, tile: NewTile) -> None:
        group = self._file.create_group(tile.name)
        names = features_of(tile.bands)
        if not names:
            raise DatasetError(f"Tile {tile.name} has no band of a feature; give optical bands.")
        for name in names:
            self._write(group, name, stored_feature(tile.bands, name))
        labels = np.asarray(tile.glacier)
        self._write(group, OUTLINES, np.stack([labels == 0, labels == 1], axis=-1).astype(np.uint8))
        if tile.debris is not None:
            self._write(group, DEBRIS, tile.debris[..., None].astype(np.uint8))
        group.attrs.update(_attributes(tile, names))

    def _write(self, group: h5py.Group, name: str, values: Any) -> None:
        chunk = (min(CHUNK, values.shape[0]), min(CHUNK, values.shape[1]), values.shape[2])
        group.create_dataset(name, data=values, chunks=chunk, compression="lzf", shuffle=True)


def stored_feature(bands: Mapping[str, FloatArray], name: str) -> FloatArray:
    """Return a feature as it is stored, H x W x C; a band that is not there is 0, like what is invalid.

    A pixel that is invalid in one measured band is 0 in all of the feature.
    """
    feature = FEATURES[name]
    stored: FloatArray = np.moveaxis(normalise(bands, feature), 0, -1)
    return stored


def _attributes(tile: NewTile, names: Tuple[str, ...]) -> Dict[str, Any]:
    height, width = np.shape(tile.glacier)
    absent = [band for name in names for band in FEATURES[name].bands if band not in tile.bands]
    box = dict(zip(("xmin", "ymin", "xmax", "ymax"), map(float, tile.box)))
    return {
        "region": tile.region, "subregion": tile.subregion, "tile_name": tile.name, "epsg": tile.epsg,
        "height": height, "width": width, "original_height": height, "original_width": width,
        "padding_height": 0, "padding_width": 0, "resolution": tile.resolution, "absent": ",".join(absent),
        **box, **tile.attributes,
    }  # fmt: skip
