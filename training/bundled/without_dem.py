"""Real imagery without elevation and without ice: what cloud, lakes, bright ground look like, and a scene without DEM.

The tiles' elevation and slope are there, and nowhere valid: a training takes only tiles that have all its features.
"""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterator

import numpy as np

from ...inference.arrays import FloatArray
from ...inference.raster_io import open_raster
from ...inference.request import DEM_BANDS, OPTICAL_BANDS
from ..data.ice_labels import NO_LABEL, NOT_GLACIER
from ..data.writing import NewTile

NOWHERE = (float("nan"),) * 4
CLOUD_TESTS = {"landsat5_cloud": 30.0, "landsat7_cloud": 30.0, "sentinel2_cloud": 10.0}
LAUSANNE, LAUSANNE_PIXEL = "LC08_195028_20200507_clip", 30.0


def ice_free_tiles(data: Path) -> Iterator[NewTile]:
    """Yield six-band imagery of land without ice: cloud tests of three sensors, and Lausanne with its lake."""
    for name, pixel in CLOUD_TESTS.items():
        values = open_raster(str(data / "sixband" / f"{name}.tif")).ReadAsArray()[:6]
        yield _ice_free(name, np.where(values == 0, np.nan, values * 1e-4 - 0.1), pixel)
    values = open_raster(str(data / "sixband" / f"{LAUSANNE}.tif")).ReadAsArray()[:6]
    yield _ice_free(LAUSANNE, np.where(values == 0, np.nan, values), LAUSANNE_PIXEL)


def _ice_free(name: str, values: FloatArray, pixel: float) -> NewTile:
    bands = _with_voids(dict(zip(OPTICAL_BANDS, values.astype(np.float32))))
    labels = np.where(np.isfinite(values).all(axis=0), NOT_GLACIER, NO_LABEL).astype(np.int8)
    return NewTile(name, "LAND", "no ice", bands, labels, NOWHERE, 0, pixel)


def _with_voids(bands: Dict[str, FloatArray]) -> Dict[str, FloatArray]:
    void = np.full_like(bands["green"], np.nan)
    return {**bands, **dict.fromkeys(DEM_BANDS, void)}
