"""Crops of a raster in the outlines' plane, as colours to look at."""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np
from osgeo import gdal

from ..inference.arrays import FloatArray
from ..inference.errors import SourceError
from ..inference.gdal_calls import checked
from ..inference.raster_io import open_raster
from .cropping import Bounds

COMPOSITES = (("swir1", "nir", "green"), ("swir16", "nir", "green"), ("b11", "b8", "b3"), ("red", "green", "blue"))
"""By the bands' descriptions, the first that is there; else bands 1 to 3, or 1 as grey."""


class Imagery:
    """A raster that crops are taken from. Raises SourceError where it cannot be opened."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._dataset = open_raster(path)
        self._bands = _shown_bands(self._dataset)

    def crop(self, bounds: Bounds, crs: str, size: int) -> Optional[FloatArray]:
        """Return size x size x 3 colours (0..1, each band stretched from 2 % to 98 %, NaN where there is no image).

        `bounds` are left, bottom, right, top in `crs`. None where the raster has nothing there. Raises SourceError.
        """
        what = f"{self._path} cannot be read as imagery; check the file and its CRS."
        bands = list(dict.fromkeys(self._bands))
        part = checked(SourceError, what, gdal.Translate, "", self._dataset, format="VRT", bandList=bands)
        warped = checked(
            SourceError, what, gdal.Warp, "", part, format="MEM", dstSRS=crs, outputBounds=bounds, width=size,
            height=size, resampleAlg="bilinear", dstAlpha=True, outputType=gdal.GDT_Float32,
        )  # fmt: skip
        pixels = checked(SourceError, what, warped.ReadAsArray)
        there = (pixels[-1] > 0) & np.isfinite(pixels[:-1]).all(axis=0)
        if not there.any():
            return None
        colours = [_stretched(pixels[bands.index(number)], there) for number in self._bands]
        stacked: FloatArray = np.stack(colours, axis=-1)
        return stacked


def _shown_bands(dataset: Any) -> Tuple[int, int, int]:
    names = [(dataset.GetRasterBand(n + 1).GetDescription() or "").strip().lower() for n in range(dataset.RasterCount)]
    for wanted in COMPOSITES:
        if set(wanted) <= set(names):
            first, second, third = (names.index(name) + 1 for name in wanted)
            return first, second, third
    return (1, 2, 3) if len(names) >= 3 else (1, 1, 1)


def _stretched(band: Any, there: Any) -> FloatArray:
    low, high = np.percentile(band[there], (2, 98))
    scaled = np.clip((band - low) / max(high - low, 1e-6), 0, 1)
    stretched: FloatArray = np.where(there, scaled, np.nan).astype(np.float32)
    return stretched
