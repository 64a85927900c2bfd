"""Small seeded rasters and models for the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping, Optional, Sequence

import numpy as np
from icemargin.inference.model import Feature, ModelDescription
from icemargin.inference.request import OPTICAL_BANDS, DelineationRequest, Source
from osgeo import gdal, osr

UTM43 = "EPSG:32643"
SIX = {name: number for number, name in enumerate(OPTICAL_BANDS, start=1)}


def write_raster(
    path: Path,
    bands: np.ndarray,
    *,
    crs: Optional[str] = UTM43,
    left: float = 600000.0,
    top: float = 3800000.0,
    pixel: float = 10.0,
    kind: int = gdal.GDT_Float32,
    nodata: Optional[float] = None,
    names: Sequence[str] = (),
    scale: Optional[float] = None,
    offset: Optional[float] = None,
) -> str:
    """Write bands (B x H x W, or H x W) as a GeoTIFF and return its path."""
    stack = np.atleast_3d(bands.T).T
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), stack.shape[2], stack.shape[1], stack.shape[0], kind)
    if crs is not None:
        reference = osr.SpatialReference()
        reference.SetFromUserInput(crs)
        dataset.SetProjection(reference.ExportToWkt())
        dataset.SetGeoTransform((left, pixel, 0, top, 0, -pixel))
    for number, values in enumerate(stack, start=1):
        band = dataset.GetRasterBand(number)
        if nodata is not None:
            band.SetNoDataValue(nodata)
        if number <= len(names):
            band.SetDescription(names[number - 1])
        if scale is not None:
            band.SetScale(scale)
        if offset is not None:
            band.SetOffset(offset)
        band.WriteArray(values)
    dataset.FlushCache()
    return str(path)


def snow_scene(shape: tuple[int, int] = (200, 240), seed: int = 1) -> np.ndarray:
    """Return six bands of reflectance: smooth blobs of ice on rock."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(size=(shape[0] // 20 + 2, shape[1] // 20 + 2))
    rows = np.linspace(0, coarse.shape[0] - 1.001, shape[0])
    columns = np.linspace(0, coarse.shape[1] - 1.001, shape[1])
    r, c = rows.astype(int), columns.astype(int)
    fr, fc = (rows - r)[:, None], (columns - c)[None, :]
    field = (
        coarse[np.ix_(r, c)] * (1 - fr) * (1 - fc) + coarse[np.ix_(r + 1, c)] * fr * (1 - fc)
        + coarse[np.ix_(r, c + 1)] * (1 - fr) * fc + coarse[np.ix_(r + 1, c + 1)] * fr * fc
    )  # fmt: skip
    ice = 1 / (1 + np.exp(-8 * field))
    visible, infrared = 0.12 + 0.6 * ice, 0.2 - 0.15 * ice
    noise = rng.normal(0, 0.005, size=(6, *shape))
    return (np.stack([visible, visible, visible, visible * 0.9, infrared, infrared * 0.8]) + noise).astype(np.float32)


def cone(shape: tuple[int, int], pixel: float = 10.0) -> np.ndarray:
    """Return a cone of elevation (m) with a slope of 45 degrees around the centre pixel."""
    rows, columns = np.indices(shape)
    return (5000 - pixel * np.hypot(rows - shape[0] / 2, columns - shape[1] / 2)).astype(np.float32)


def request_for(paths: Sequence[str], out: Path, bands: Optional[Mapping[str, int]] = None, **more: object):
    """Return a request for one optical source."""
    return DelineationRequest((Source(tuple(paths), bands or SIX),), str(out), **more)


class BlurPredictor:
    """A stub that looks around: the mean of red over 9 x 9 pixels, 0 beyond the window, like a padded convolution."""

    provider = "stub"
    warning = ""
    batch_size = 1

    def __init__(self, patch: int = 64, overlap: float = 0.5, resolution: Optional[float] = None) -> None:
        feature = Feature("optical", ("red",), (0.0,), (1.0,))
        self.description = ModelDescription("blur", (feature,), patch, resolution, overlap=overlap)
        self.calls = 0

    def predict(self, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        self.calls += 1
        padded = np.pad(inputs["optical"][:, 0], ((0, 0), (4, 4), (4, 4)))
        sums = np.cumsum(np.cumsum(padded, axis=1, dtype=np.float64), axis=2)
        sums = np.pad(sums, ((0, 0), (1, 0), (1, 0)))
        total = sums[:, 9:, 9:] - sums[:, :-9, 9:] - sums[:, 9:, :-9] + sums[:, :-9, :-9]
        return np.clip(total / 81, 0, 1).astype(np.float32)

    def close(self) -> None:
        pass


def read(path: str) -> np.ndarray:
    """Return a raster's first band."""
    return gdal.Open(path).ReadAsArray()
