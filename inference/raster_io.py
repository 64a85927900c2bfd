"""Reading: any GDAL raster, warped to the grid on the fly, NaN where there is no data.

Every band comes as float32 in its physical unit. Warping is exact (no approximated transform, a constant resampling
factor), so that a pixel's value does not depend on which block GDAL happened to warp it in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from osgeo import gdal

from .arrays import FloatArray
from .errors import BandError, CrsError, SourceError
from .gdal_calls import checked
from .grid import Box, Grid, spatial_reference
from .request import OPTICAL_BANDS, Source

SENTINELS = (-9999.0, -99999.0, -32768.0, -32767.0)
"""Values that stand for "no data" in practice, also where the file does not say so."""
HUGE = 1e30
PLAUSIBLE = {"elevation": (-500.0, 9000.0), "confidence": (0.0, 1.0)}
"""Physical range (m; share); what lies outside is a void. The other bands are checked before a run (checks.py)."""
SAMPLE_SIZE = 512
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class RasterFacts:
    """What a file's header says. `crs` is WKT; `box` in that CRS; `pixel` in its units."""

    path: str
    crs: str
    box: Box
    pixel: float
    anchor: Tuple[float, float]
    n_bands: int
    north_up: bool


def open_raster(path: str) -> gdal.Dataset:
    """Open a raster for reading. Raises SourceError."""
    how = gdal.OF_RASTER | gdal.OF_READONLY | gdal.OF_VERBOSE_ERROR
    return checked(SourceError, f"Cannot open {path}", gdal.OpenEx, path, how)


def raster_facts(path: str, crs: str = "") -> RasterFacts:
    """Read a file's header; `crs` overrides its own. Raises SourceError; CrsError where CRS or position are missing."""
    dataset = open_raster(path)
    reference = spatial_reference(crs, path) if crs else dataset.GetSpatialRef()
    transform = dataset.GetGeoTransform(can_return_null=True)
    if reference is None or transform is None:
        raise CrsError(
            f"{path} has no coordinate reference system or no position; assign it (in QGIS: Layer > Set CRS; "
            "outside: gdal_edit.py -a_srs, -a_ullr) and try again."
        )
    corners_x, corners_y = _corners(transform, dataset.RasterXSize, dataset.RasterYSize)
    pixel = math.sqrt(abs(transform[1] * transform[5] - transform[2] * transform[4]))
    return RasterFacts(
        path,
        reference.ExportToWkt(),
        (min(corners_x), min(corners_y), max(corners_x), max(corners_y)),
        pixel,
        (transform[0] % pixel, transform[3] % pixel),
        dataset.RasterCount,
        transform[2] == transform[4] == 0 and abs(transform[1] + transform[5]) < 1e-6 * pixel,
    )


def _corners(transform: Sequence[float], width: int, height: int) -> Tuple[List[float], List[float]]:
    ends = [(0, 0), (width, 0), (0, height), (width, height)]
    xs = [transform[0] + c * transform[1] + r * transform[2] for c, r in ends]
    ys = [transform[3] + c * transform[4] + r * transform[5] for c, r in ends]
    return xs, ys


def lies_on(facts: RasterFacts, grid: Grid) -> bool:
    """Return whether the raster's pixels are the grid's, so that nothing needs resampling."""
    same = abs(facts.pixel - grid.resolution) < 1e-6 * grid.resolution and facts.north_up
    shifts = (facts.anchor[0] - grid.anchor_x, facts.anchor[1] - grid.anchor_y)
    aligned = all(abs((s / grid.resolution + 0.5) % 1 - 0.5) < 1e-3 for s in shifts)
    own = spatial_reference(facts.crs, facts.path)
    return same and aligned and bool(own.IsSame(spatial_reference(grid.crs, "The target grid")))


class SourceReader:
    """One source's bands on the lattice of `around`, the largest rectangle that will be asked for.

    In a mosaic the first file that has a value wins.
    """

    def __init__(self, source: Source, names: Sequence[str], around: Grid, nearest: bool = False) -> None:
        self._files = [_WarpedFile(path, source, names, around, nearest) for path in source.paths]

    def read(self, window: Grid) -> Dict[str, FloatArray]:
        """Return each band of `window` (which lies inside `around`): H x W, physical unit, NaN where invalid."""
        bands = self._files[0].read(window)
        for file in self._files[1:]:
            for name, values in file.read(window).items():
                np.copyto(bands[name], values, where=np.isnan(bands[name]))
        return bands

    def close(self) -> None:
        """Let go of the files."""
        self._files.clear()


class _WarpedFile:
    """One file, seen through a warping VRT."""

    def __init__(self, path: str, source: Source, names: Sequence[str], around: Grid, nearest: bool) -> None:
        facts = raster_facts(path, source.crs)
        _check_bands(facts, source, names)
        self._path = path
        self._names = tuple(names)
        self._around = around
        part = _band_subset(path, [source.bands[name] for name in names])
        self._scales = _scales(part, source)
        nodata = _nodata(part, path, names, source.nodata)
        self._warped = _warp(part, facts, nodata, around, nearest or lies_on(facts, around))

    def read(self, window: Grid) -> Dict[str, FloatArray]:
        at = (window.col - self._around.col, window.row - self._around.row, window.width, window.height)
        what = f"{self._path} cannot be read; is the file complete?"
        raw = checked(SourceError, what, self._warped.ReadAsArray, *at)
        stack = raw.reshape(len(self._names), window.height, window.width)
        return {name: self._physical(name, *pair) for name, *pair in zip(self._names, stack, self._scales)}

    @staticmethod
    def _physical(name: str, raw: FloatArray, scale: Tuple[float, float]) -> FloatArray:
        known = np.abs(raw) < HUGE
        value: FloatArray = np.where(known, raw * np.float32(scale[0]) + np.float32(scale[1]), np.float32(np.nan))
        low, high = PLAUSIBLE.get(name, (-math.inf, math.inf))
        value[(value < low) | (value > high)] = np.nan
        return value


def _check_bands(facts: RasterFacts, source: Source, names: Sequence[str]) -> None:
    for name in names:
        if source.bands[name] > facts.n_bands:
            raise BandError(f"{facts.path} has {facts.n_bands} bands, so {name} cannot be band {source.bands[name]}.")


def _band_subset(path: str, numbers: Sequence[int]) -> gdal.Dataset:
    """Return a VRT of the bands that are used, with the file's mask or alpha band as its mask."""
    dataset = open_raster(path)
    last = dataset.GetRasterBand(dataset.RasterCount)
    mask = str(dataset.RasterCount) if last.GetColorInterpretation() == gdal.GCI_AlphaBand else "auto"
    what = f"Cannot read the bands of {path}"
    return checked(
        SourceError, what, gdal.Translate, "", dataset, format="VRT", bandList=list(numbers), maskBand=mask
    )


def _scales(part: gdal.Dataset, source: Source) -> List[Tuple[float, float]]:
    """Scale and offset of each band: the source's, else the file's, else 1 and 0."""

    def of_band(band: gdal.Band) -> Tuple[float, float]:
        own_scale, own_offset = band.GetScale(), band.GetOffset()
        scale = own_scale if source.scale is None else source.scale
        # A scale that was given does not go with the file's offset.
        offset = source.offset if source.offset is not None or source.scale is not None else own_offset
        return (1.0 if scale is None else scale, 0.0 if offset is None else offset)

    return [of_band(part.GetRasterBand(number)) for number in range(1, part.RasterCount + 1)]


@dataclass(frozen=True)
class _Nodata:
    """Each band's nodata value (None: it has none), and whether a pixel is invalid only if all bands say so."""

    values: Tuple[Optional[float], ...]
    unified: bool = False


def _nodata(part: gdal.Dataset, path: str, names: Sequence[str], given: Optional[float]) -> _Nodata:
    """Find the nodata values: given, declared, or a sentinel that the values give away.

    Optical integers without a declared nodata value: a pixel that is 0 in every band was never measured.
    """
    bands = [part.GetRasterBand(number) for number in range(1, part.RasterCount + 1)]
    declared = [given if given is not None else band.GetNoDataValue() for band in bands]
    if all(value is not None for value in declared):
        return _Nodata(tuple(declared))
    sample = _sample(part, path)
    optical = all(name in OPTICAL_BANDS for name in names)
    integer = all(band.DataType not in (gdal.GDT_Float32, gdal.GDT_Float64) for band in bands)
    silent = all(value is None for value in declared)
    if optical and integer and silent and (sample == 0).all(axis=0).any():
        return _Nodata((0.0,) * len(bands), unified=True)
    return _Nodata(tuple(_sentinel(sample[k]) if value is None else value for k, value in enumerate(declared)))


def _sample(part: gdal.Dataset, path: str) -> FloatArray:
    """Return every n-th pixel, bands x rows x columns: enough to see which sentinel a file uses."""
    width, height = min(SAMPLE_SIZE, part.RasterXSize), min(SAMPLE_SIZE, part.RasterYSize)
    what = f"{path} cannot be read; is the file complete?"
    sample = checked(SourceError, what, part.ReadAsArray, buf_xsize=width, buf_ysize=height)
    found: FloatArray = np.asarray(sample, dtype=np.float32).reshape(part.RasterCount, height, width)
    return found


def _sentinel(sample: FloatArray) -> Optional[float]:
    for value in SENTINELS:
        if (sample == value).any():
            return value
    huge = sample[np.abs(sample) >= HUGE]
    return float(huge.flat[0]) if huge.size else None


def _warp(part: gdal.Dataset, facts: RasterFacts, nodata: _Nodata, around: Grid, nearest: bool) -> gdal.Dataset:
    values = ["None" if value is None else repr(float(value)) for value in nodata.values]
    factor = _resampling_factor(facts, around)
    return checked(
        SourceError,
        f"{facts.path} cannot be brought to the target grid",
        gdal.Warp,
        "",
        part,
        format="VRT",
        srcSRS=facts.crs,
        dstSRS=around.crs,
        outputBounds=around.box,
        width=around.width,
        height=around.height,
        outputType=gdal.GDT_Float32,
        workingType=gdal.GDT_Float32,
        resampleAlg="near" if nearest else "bilinear",
        errorThreshold=0,
        srcNodata=" ".join(values) if set(values) != {"None"} else None,
        dstNodata="nan",
        warpOptions=[f"UNIFIED_SRC_NODATA={'YES' if nodata.unified else 'NO'}", f"XSCALE={factor}", f"YSCALE={factor}"],
    )


def _resampling_factor(facts: RasterFacts, around: Grid) -> float:
    """Return the warper's resampling factor (1: none), which it would otherwise find anew for every block."""
    reference = spatial_reference(facts.crs, facts.path)
    metres = facts.pixel * (METRES_PER_DEGREE if reference.IsGeographic() else reference.GetLinearUnits())
    return min(1.0, metres / around.resolution)


class SceneReader:
    """All bands of a request on one lattice; slope is derived from elevation where no slope is given."""

    def __init__(self, sources: Sequence[Source], names: Sequence[str], around: Grid, nearest: bool = False) -> None:
        given = {name for source in sources for name in source.bands}
        self._derive_slope = "slope" in names and "slope" not in given
        wanted = {name for name in names if name in given} | ({"elevation"} if self._derive_slope else set())
        missing = [name for name in names if name not in wanted and not (name == "slope" and "elevation" in given)]
        if missing or not wanted <= given:
            raise BandError(f"No raster is given for: {', '.join(missing or sorted(wanted - given))}.")
        self._resolution = around.resolution
        margin = around.part(around.col - 1, around.row - 1, around.width + 2, around.height + 2)
        self._readers = [
            SourceReader(source, sorted(wanted & set(source.bands)), margin, nearest)
            for source in sources
            if wanted & set(source.bands)
        ]

    def read(self, window: Grid) -> Mapping[str, FloatArray]:
        """Return each band of the window: H x W float32, NaN where invalid."""
        if not self._derive_slope:
            return {name: band for reader in self._readers for name, band in reader.read(window).items()}
        wider = window.part(window.col - 1, window.row - 1, window.width + 2, window.height + 2)
        bands = {name: band for reader in self._readers for name, band in reader.read(wider).items()}
        slope = horn_slope(bands["elevation"], self._resolution)
        inner = {name: band[1:-1, 1:-1] for name, band in bands.items()}
        return {**inner, "slope": slope}

    def __enter__(self) -> SceneReader:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files now: a data set that an error's traceback kept alive until QGIS ends would crash it."""
        for reader in self._readers:
            reader.close()


def horn_slope(elevation: FloatArray, resolution: float) -> FloatArray:
    """Return the slope in degrees (Horn 1981) of the inner pixels: (H + 2) x (W + 2) in, H x W out; NaN spreads."""
    z = elevation.astype(np.float64)
    east = z[:-2, 2:] + 2 * z[1:-1, 2:] + z[2:, 2:]
    west = z[:-2, :-2] + 2 * z[1:-1, :-2] + z[2:, :-2]
    south = z[2:, :-2] + 2 * z[2:, 1:-1] + z[2:, 2:]
    north = z[:-2, :-2] + 2 * z[:-2, 1:-1] + z[:-2, 2:]
    steepness = np.hypot(east - west, south - north) / (8 * resolution)
    # Horn's formula does not look at the pixel itself; where that is void there is no slope either.
    slope: FloatArray = np.where(np.isnan(z[1:-1, 1:-1]), np.nan, np.degrees(np.arctan(steepness))).astype(np.float32)
    return slope
