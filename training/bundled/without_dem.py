"""Real imagery without elevation: Landsat tiles with masks of whole glaciers, and land without ice.

Such tiles teach what to make of a scene without a DEM or without a band, and what bright ground, cloud and lakes look
like. Their elevation and slope are there, and nowhere valid: a training takes only tiles that have all its features.
"""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterator

import numpy as np
from scipy import ndimage

from ...inference.arrays import FloatArray
from ...inference.raster_io import open_raster
from ...inference.request import DEM_BANDS, OPTICAL_BANDS
from ..data.ice_labels import GLACIER, NO_LABEL, NOT_GLACIER
from ..data.writing import NewTile

NOWHERE = (float("nan"),) * 4
LANDSAT = ("blue", "green", "red", "swir1")
SCALE, OFFSET = 2.75e-5, -0.2
"""Landsat collection 2, level 2."""
RAGGED = 3
"""Pixels beside what is masked out where the glacier masks are ragged."""
CLOUD_TESTS = {"landsat5_cloud": 30.0, "landsat7_cloud": 30.0, "sentinel2_cloud": 10.0}
LAUSANNE, LAUSANNE_PIXEL = "LC08_195028_20200507_clip", 30.0


def landsat_tiles(data: Path) -> Iterator[NewTile]:
    """Yield the snow-covered Landsat-8 tiles of Zanskar, 30 m; no near infrared, saturated snow."""
    for path in sorted((data / "landsat_hma").glob("*.tif")):
        values = open_raster(str(path)).ReadAsArray()
        masked = (values[:4] == 0).any(axis=0)
        reflectance = np.where(masked, np.nan, values[:4] * SCALE + OFFSET).astype(np.float32)
        labels = np.where(values[5] > 0, GLACIER, NOT_GLACIER).astype(np.int8)
        labels[ndimage.binary_dilation(masked, iterations=RAGGED)] = NO_LABEL
        bands = _with_voids(dict(zip(LANDSAT, reflectance)))
        yield NewTile(path.stem, "HMA", "A", bands, labels, NOWHERE, 0, 30.0, attributes={"sensor": "Landsat-8"})


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
