"""A raster to classes (1 in, 0 out), strip by strip, and the classes to the raw polygons along pixel borders."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Tuple

import numpy as np
from osgeo import gdal, ogr

from .arrays import BoolArray, FloatArray
from .errors import OutputError, SourceError
from .gdal_calls import gdal_faults_as
from .progress import PartOfProgress, Progress, stop_if_cancelled
from .vector_io import WRITE_ADVICE

STRIP_PIXELS = 4_000_000
TIFF_OPTIONS = ["TILED=YES", "COMPRESS=DEFLATE", "ZLEVEL=1", "BIGTIFF=IF_SAFER"]

Member = Callable[[FloatArray], BoolArray]
"""Tells which values belong to the class; it is never asked about NaN alone: those are out."""


@dataclass(frozen=True)
class RasterGrid:
    """Size, affine transform (GDAL's six numbers) and CRS (WKT) of a raster."""

    width: int
    height: int
    transform: Tuple[float, float, float, float, float, float]
    wkt: str

    @property
    def pixel_area(self) -> float:
        """Area of a pixel in squared units of the CRS."""
        _, a, b, _, c, d = self.transform
        return abs(a * d - b * c)

    @property
    def strip_rows(self) -> int:
        return max(1, min(self.height, STRIP_PIXELS // self.width))


def open_band(path: str) -> Tuple[Any, Any]:
    """Return the dataset (keep it as long as the band) and the first band. Raises SourceError."""
    with gdal_faults_as(SourceError, f"{path} cannot be opened; map again."):
        dataset = gdal.Open(path)
    if dataset is None:
        raise SourceError(f"{path} cannot be opened; map again.")
    return dataset, dataset.GetRasterBand(1)


def raster_grid(path: str) -> RasterGrid:
    """Return the grid of a raster."""
    dataset, _ = open_band(path)
    return RasterGrid(dataset.RasterXSize, dataset.RasterYSize, dataset.GetGeoTransform(), dataset.GetProjection())


def read_rows(band: Any, first: int, count: int) -> Any:
    """Return `count` whole rows of a band as an array. Raises SourceError for a damaged file."""
    with gdal_faults_as(SourceError, "A raster cannot be read; it may be damaged or cut off: map again."):
        rows = band.ReadAsArray(0, first, band.XSize, count)
    band.FlushCache()  # GDAL's cache may be a share of the machine's memory; strips are read once
    if rows is None:
        raise SourceError("A raster cannot be read; it may be damaged or cut off: map again.")
    return rows


def strips(grid: RasterGrid, progress: Progress, text: str) -> Iterator[Tuple[int, int]]:
    """Yield (first row, rows) of each strip; reports, and stops when cancelled."""
    for first in range(0, grid.height, grid.strip_rows):
        stop_if_cancelled(progress)
        progress.report(first / grid.height, text)
        yield first, min(grid.strip_rows, grid.height - first)


def classify(values: FloatArray, member: Member, median: bool) -> BoolArray:
    """Return which pixels of `values` (rows + 2 x columns + 2) are in the class; the outermost ring is context only.

    The 3 x 3 median goes over the valid pixels alone (a majority vote; even votes leave a pixel as it is), so that
    neither nodata nor the raster's edge eats into a glacier. An invalid pixel (NaN) is always out.
    """
    valid = ~np.isnan(values)
    inside = valid & member(values)
    centre = inside[1:-1, 1:-1]
    if not median:
        return centre
    excess = 2 * _sum_3x3(inside) - _sum_3x3(valid)
    voted: BoolArray = valid[1:-1, 1:-1] & ((excess > 0) | ((excess == 0) & centre))
    return voted


def _sum_3x3(flags: BoolArray) -> Any:
    tall = flags.astype(np.int8)
    tall = tall[:-2] + tall[1:-1] + tall[2:]
    return tall[:, :-2] + tall[:, 1:-1] + tall[:, 2:]


def write_classes(path: str, member: Member, median: bool, out_path: str, progress: Progress) -> None:
    """Write the classes of the raster at `path` as a byte raster in pixel coordinates (no CRS, identity transform)."""
    grid = raster_grid(path)
    source, band = open_band(path)
    with created_raster(out_path, grid) as target:
        for first, count in strips(grid, progress, "Sorting pixels into classes"):
            values = np.full((count + 2, grid.width + 2), np.nan, dtype=np.float32)
            top, bottom = max(first - 1, 0), min(first + count + 1, grid.height)
            offset = top - (first - 1)
            values[offset : offset + bottom - top, 1:-1] = read_rows(band, top, bottom - top)
            target.GetRasterBand(1).WriteArray(classify(values, member, median).astype(np.uint8), 0, first)
    del source


@contextmanager
def created_raster(path: str, grid: RasterGrid) -> Iterator[Any]:
    """Give a new byte raster of the grid's size in pixel coordinates; failures in the block are OutputError."""
    with gdal_faults_as(OutputError, f"{path} cannot be written; {WRITE_ADVICE}."):
        target = gdal.GetDriverByName("GTiff").Create(path, grid.width, grid.height, 1, gdal.GDT_Byte, TIFF_OPTIONS)
        if target is None:
            raise OutputError(f"{path} cannot be created; {WRITE_ADVICE}.")
        yield target
        target.FlushCache()


def drop_specks(path: str, out_path: str, pixels: int, progress: Progress) -> None:
    """Write the classes at `path` without 4-connected pieces of fewer than `pixels`; gaps in larger ones stay.

    GDAL's sieve takes small pieces and fills small gaps; what it and the original both hold is what is wanted.
    Millions of specks are so gone before they become polygons.
    """
    grid = raster_grid(path)
    source, band = open_band(path)
    sieved_path = out_path + ".sieve.tif"
    with created_raster(sieved_path, grid) as sieved, created_raster(out_path, grid) as target:
        sieved_band = sieved.GetRasterBand(1)
        run_cancellable(
            lambda callback: gdal.SieveFilter(band, None, sieved_band, pixels, 4, callback=callback),
            PartOfProgress(progress, 0.0, 0.8), "Dropping specks",
        )  # fmt: skip
        for first, count in strips(grid, PartOfProgress(progress, 0.8, 1.0), "Dropping specks"):
            kept = read_rows(band, first, count) & read_rows(sieved_band, first, count)
            target.GetRasterBand(1).WriteArray(kept, 0, first)
    del source


def polygonize(path: str, out_path: str, progress: Progress) -> None:
    """Write the 4-connected pieces of class 1 as polygons in pixel coordinates: layer `pieces` of a GeoPackage."""
    source, band = open_band(path)
    with gdal_faults_as(OutputError, f"{out_path} cannot be written; {WRITE_ADVICE}."):
        dataset = ogr.GetDriverByName("GPKG").CreateDataSource(out_path)
        try:
            layer = dataset.CreateLayer("pieces", None, ogr.wkbPolygon, ["SPATIAL_INDEX=NO"])
            dataset.StartTransaction()
            run_cancellable(
                lambda callback: gdal.Polygonize(band, band, layer, -1, [], callback=callback),
                progress, "Tracing outlines",
            )  # fmt: skip
            dataset.CommitTransaction()
        finally:
            # Closed here, not when a traceback lets go: by then the folder is gone.
            layer = dataset = None
    del source


def run_cancellable(work: Callable[[Callable[..., int]], object], progress: Progress, text: str) -> None:
    """Run a GDAL algorithm with a callback that reports and ends it when the user cancels. Raises Cancelled."""

    def callback(fraction: float, *_: object) -> int:
        progress.report(fraction, text)
        return 0 if progress.is_cancelled() else 1

    try:
        work(callback)
    except RuntimeError:  # with GDAL's exceptions on, an ended algorithm raises
        stop_if_cancelled(progress)
        raise
    stop_if_cancelled(progress)
