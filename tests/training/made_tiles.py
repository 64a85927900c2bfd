"""Tiny tiles made by hand, and a method that maps what is bright in blue."""

from __future__ import annotations

import numpy as np
from icemargin.inference.model import ModelDescription
from icemargin.inference.request import OPTICAL_BANDS
from icemargin.training.data.tiles import find_tiles
from icemargin.training.data.writing import DatasetWriter, NewTile
from icemargin.weights.features import FEATURES

OPTICAL = ModelDescription("optical", (FEATURES["optical"],), 32, 10.0, overlap=0.25)


class Bright:
    """Says 0.75 where blue is bright, else 0.25."""

    provider, warning, batch_size = "numpy", "", 2
    description = OPTICAL

    def predict(self, inputs):
        low, high = (FEATURES["optical"].minimum[0], FEATURES["optical"].maximum[0])
        return np.where(inputs["optical"][:, 0] * (high - low) + low > 0.5, 0.75, 0.25).astype(np.float32)

    def close(self):
        pass


def made(name, region, subregion, glacier, bright, debris=None, **more):
    """A tile whose blue is bright where `bright`; 1.0 apart from `more`'s NaN places."""
    shape = np.shape(glacier)
    bands = {band: np.full(shape, 0.1, np.float32) for band in OPTICAL_BANDS}
    bands["blue"] = np.where(bright, 0.9, 0.1).astype(np.float32)
    for place in more.get("invalid", ()):
        bands["red"][place] = np.nan
    return NewTile(name, region, subregion, bands, np.asarray(glacier), (8.0, 46.0, 8.01, 46.01), 32632, 10.0, debris)


def files(tmp_path, *tiles):
    with DatasetWriter(str(tmp_path / "made.hdf5")) as writer:
        for tile in tiles:
            writer.add(tile)
    return find_tiles([str(tmp_path / "made.hdf5")])
