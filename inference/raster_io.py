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
from .gdal_calls import checked, gdal_faults_as
from .grid import Box, Grid, spatial_reference
from .request import OPTICAL_BANDS, Source

SENTINELS = (-9999.0, -99999.0, -32768.0, -32767.0)
"""Values that stand for "no data" in practice, also where the file does not say so."""
HUGE = 1e30
PLAUSIBLE = {"elevation": (-500.0, 9000.0)}
"""Physical range (m); what lies outside is a void. The other bands are checked before a run (checks.py)."""
SAMPLE_SIZE = 512


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
    return checked(SourceError, f"Cannot open {path}", gdal.OpenEx, path, gdal.OF_RASTER | gdal.OF_READONLY)


def raster_facts(path: str) -> RasterFacts:
    """Read a file's header. Raises SourceError, or CrsError where it has no CRS or no position."""
    dataset = open_raster(path)
    reference = dataset.GetSpatialRef()
    transform = dataset.GetGeoTransform(can_return_null=True)
    if reference is None or transform is None:
        raise CrsError(f"{path} has no coordinate reference system; assign it (gdal_edit.py -a_srs) and try again.")
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
    """One source's bands on the lattice of `around`, the largest rectangle that will be asked for."""

    def __init__(self, source: Source, names: Sequence[str], around: Grid, nearest: bool = False) -> None:
        self.names = tuple(names)
        self._around = around
        facts = [raster_facts(path) for path in source.paths]
        self._check_bands(source, facts)
        self._parts = [_band_subset(path, [source.bands[name] for name in names]) for path in source.paths]
        self._scales = _scales(self._parts[0], source)
        self._nodata = _nodata(self._parts, self.names, source.nodata)
        nearest = nearest or all(lies_on(one, around) for one in facts)
        self._warped = _warp(self._parts, self._nodata, around, nearest)

    def _check_bands(self, source: Source, facts: Sequence[RasterFacts]) -> None:
        for one in facts:
            for name in self.names:
                if source.bands[name] > one.n_bands:
                    number = source.bands[name]
                    raise BandError(f"{one.path} has {one.n_bands} bands, so {name} cannot be band {number}.")

    def read(self, window: Grid) -> Dict[str, FloatArray]:
        """Return each band of `window` (which lies inside `around`): H x W, physical unit, NaN where invalid."""
        at = (window.col - self._around.col, window.row - self._around.row, window.width, window.height)
        with gdal_faults_as(SourceError, f"{self._parts[0].GetDescription() or 'The raster'} cannot be read"):
            raw = self._warped.ReadAsArray(*at)
        if raw is None:
            raise SourceError(f"The bands {', '.join(self.names)} cannot be read; is the file complete?")
        stack = raw.reshape(len(self.names), window.height, window.width)
        return {name: self._physical(name, band) for name, band in zip(self.names, stack)}

    def _physical(self, name: str, raw: FloatArray) -> FloatArray:
        scale, offset = self._scales[self.names.index(name)]
        bad = ~(np.abs(raw) < HUGE)
        value: FloatArray = np.where(bad, np.nan, raw * np.float32(scale) + np.float32(offset)).astype(np.float32)
        low, high = PLAUSIBLE.get(name, (-math.inf, math.inf))
        value[(value < low) | (value > high)] = np.nan
        return value


def _band_subset(path: str, numbers: Sequence[int]) -> gdal.Dataset:
    dataset = open_raster(path)
    what = f"Cannot read the bands of {path}"
    subset = checked(SourceError, what, gdal.Translate, "", dataset, format="VRT", bandList=list(numbers))
    subset.SetDescription(path)
    return subset


def _scales(part: gdal.Dataset, source: Source) -> List[Tuple[float, float]]:
    """Scale and offset of each band: the source's, else the file's, else 1 and 0."""

    def first(*values: Optional[float]) -> float:
        return next(value for value in values if value is not None)

    bands = [part.GetRasterBand(number) for number in range(1, part.RasterCount + 1)]
    own_scale = [None if source.scale is not None else band.GetScale() for band in bands]
    own_offset = [None if source.scale is not None else band.GetOffset() for band in bands]
    return [
        (first(source.scale, scale, 1.0), first(source.offset, offset, 0.0))
        for scale, offset in zip(own_scale, own_offset)
    ]


def _nodata(
    parts: Sequence[gdal.Dataset], names: Sequence[str], given: Optional[float]
) -> Tuple[List[str], bool]:
    """Return each band's nodata value for the warper ("None" if there is none), and whether all bands must have it.

    Optical integers without a declared nodata value: a pixel that is 0 in every band was never measured.
    """
    bands = [parts[0].GetRasterBand(number) for number in range(1, parts[0].RasterCount + 1)]
    declared = [given if given is not None else band.GetNoDataValue() for band in bands]
    samples = [_sample(part) for part in parts]
    optical = all(name in OPTICAL_BANDS for name in names)
    integer = all(band.DataType not in (gdal.GDT_Float32, gdal.GDT_Float64) for band in bands)
    silent = all(value is None for value in declared)
    if optical and integer and silent and any((sample == 0).all(axis=0).any() for sample in samples):
        return ["0"] * len(bands), True
    values = [
        value if value is not None else _sentinel([sample[index] for sample in samples])
        for index, value in enumerate(declared)
    ]
    return ["None" if value is None else repr(float(value)) for value in values], False


def _sample(part: gdal.Dataset) -> FloatArray:
    """Return every n-th pixel, bands x rows x columns: enough to see which sentinel a file uses."""
    size = [min(SAMPLE_SIZE, part.RasterXSize), min(SAMPLE_SIZE, part.RasterYSize)]
    with gdal_faults_as(SourceError, f"{part.GetDescription()} cannot be read; is the file complete?"):
        sample = part.ReadAsArray(buf_xsize=size[0], buf_ysize=size[1])
    found: FloatArray = np.asarray(sample, dtype=np.float32).reshape(part.RasterCount, size[1], size[0])
    return found


def _sentinel(samples: Sequence[FloatArray]) -> Optional[float]:
    for sample in samples:
        for value in SENTINELS:
            if (sample == value).any():
                return value
        huge = sample[np.abs(sample) >= HUGE]
        if huge.size:
            return float(huge.flat[0])
    return None


def _warp(parts: Sequence[gdal.Dataset], nodata: Tuple[List[str], bool], around: Grid, nearest: bool) -> gdal.Dataset:
    values, unified = nodata
    options = [f"UNIFIED_SRC_NODATA={'YES' if unified else 'NO'}", *_resampling_factor(parts[0], around)]
    return checked(
        SourceError,
        f"{parts[0].GetDescription()} cannot be brought to the target grid",
        gdal.Warp,
        "",
        list(parts),
        format="VRT",
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
        warpOptions=options,
        setColorInterpretation=False,
    )


def _resampling_factor(part: gdal.Dataset, around: Grid) -> List[str]:
    """Fix the warper's resampling factor, which it would otherwise find anew for every block."""
    facts = raster_facts(part.GetDescription())
    reference = spatial_reference(facts.crs, facts.path)
    metres = facts.pixel * (111_320.0 if reference.IsGeographic() else reference.GetLinearUnits())
    factor = min(1.0, metres / around.resolution)
    return [f"XSCALE={factor!r}", f"YSCALE={factor!r}"]


class SceneReader:
    """All bands of a request on one lattice; slope is derived from elevation where no slope is given."""

    def __init__(self, sources: Sequence[Source], names: Sequence[str], around: Grid, nearest: bool = False) -> None:
        given = {name for source in sources for name in source.bands}
        self._derive_slope = "slope" in names and "slope" not in given
        wanted = {name for name in names if name in given} | ({"elevation"} if self._derive_slope else set())
        missing = [name for name in names if name not in wanted and not (name == "slope" and "elevation" in given)]
        if missing or not wanted <= given:
            raise BandError(f"No raster is given for: {', '.join(missing or sorted(wanted - given))}.")
        self.resolution = around.resolution
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
        slope = horn_slope(bands["elevation"], self.resolution)
        inner = {name: band[1:-1, 1:-1] for name, band in bands.items()}
        return {**inner, "slope": slope}


def horn_slope(elevation: FloatArray, resolution: float) -> FloatArray:
    """Return the slope in degrees (Horn 1981) of the inner pixels: (H + 2) x (W + 2) in, H x W out; NaN spreads."""
    z = elevation.astype(np.float64)
    east = z[:-2, 2:] + 2 * z[1:-1, 2:] + z[2:, 2:]
    west = z[:-2, :-2] + 2 * z[1:-1, :-2] + z[2:, :-2]
    south = z[2:, :-2] + 2 * z[2:, 1:-1] + z[2:, 2:]
    north = z[:-2, :-2] + 2 * z[:-2, 1:-1] + z[:-2, 2:]
    steepness = np.hypot(east - west, south - north) / (8 * resolution)
    slope: FloatArray = np.degrees(np.arctan(steepness)).astype(np.float32)
    return slope
