"""A simulated mountain scene: terrain, glaciers, snow, rock, a lake, light and a sensor. The same seed, the same scene.

Everything is made on a wider field and cut to size, so that ice and shadow come in from outside as they do in life.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal, ogr, osr

from ..inference.arrays import BoolArray, DoubleArray, FloatArray
from ..inference.errors import OutputError
from ..inference.request import OPTICAL_BANDS
from . import ice, terrain
from .ground import Ground, flood_lake, level_lake, simulate_ground
from .spectra import lit, read_spectra, sense, texture

SCALE, OFFSET = 1e-4, -0.1
"""Of the optical file, as in Sentinel-2 products since baseline 04.00."""
FILES = ("optical.tif", "dem.tif", "truth.tif", "truth.gpkg")
MARGIN = 0.125
"""Share of the scene's width that is simulated beyond each side."""


class Surface(IntEnum):
    """The truth's classes. The glacier is the first three."""

    CLEAN_ICE = 1
    DEBRIS_COVERED_ICE = 2
    SNOW_ON_ICE = 3
    SNOW = 4
    ROCK = 5
    LAKE = 6


GLACIER_CLASSES = (Surface.CLEAN_ICE, Surface.DEBRIS_COVERED_ICE, Surface.SNOW_ON_ICE)


@dataclass(frozen=True)
class Scene:
    """What the sensor sees and what is there.

    `optical` is 6 x H x W TOA reflectance (blue, green, red, NIR, SWIR1, SWIR2), `elevation` H x W metres,
    `truth` H x W of `Surface`; `shadow` and `glacier` are masks. Angles in degrees, `resolution` in m.
    """

    optical: FloatArray
    elevation: FloatArray
    truth: NDArray[np.uint8]
    shadow: BoolArray
    glacier: BoolArray
    sun_elevation: float
    sun_azimuth: float
    resolution: float
    seed: int


def classify(
    rng: np.random.Generator,
    ground: Ground,
    lake: BoolArray,
    resolution: float,
    snow_shift: float = 0.0,
    debris_amount: float = 0.0,
) -> NDArray[np.uint8]:
    """Return what covers the ground (H x W of `Surface`).

    `snow_shift` is the snow line's height above the equilibrium line in m; `debris_amount` as in ice.debris_cover.
    """
    glacier = ground.thickness > 0
    snow_line = ground.line + snow_shift
    snow = ice.snow_cover(rng, ground.surface, snow_line, resolution)
    debris = ice.debris_cover(rng, ground.surface, ground.thickness, ground.line, resolution, debris_amount)
    # Debris warms and sheds its snow first; well above the snow line it is buried too.
    debris &= ~(snow & (ground.surface > snow_line + 100))
    truth = np.where(snow, Surface.SNOW, Surface.ROCK)
    truth[glacier] = np.where(snow & ~debris, Surface.SNOW_ON_ICE, Surface.CLEAN_ICE)[glacier]
    truth[glacier & debris] = Surface.DEBRIS_COVERED_ICE
    truth[lake] = Surface.LAKE
    return truth.astype(np.uint8)


def draw_surfaces(rng: np.random.Generator, shape: Tuple[int, int]) -> Dict[Surface, DoubleArray]:
    """Return 6 x H x W reflectance on level ground in the sun for every class, as if it covered everything."""
    spectra = read_spectra()
    drawn: Dict[Surface, DoubleArray] = {}
    spreads = {Surface.CLEAN_ICE: 0.55, Surface.SNOW: 0.35, Surface.ROCK: 0.5, Surface.LAKE: 0.5}
    names = {Surface.CLEAN_ICE: "ice", Surface.SNOW: "snow", Surface.ROCK: "rock", Surface.LAKE: "water"}
    for kind, name in names.items():
        drawn[kind] = texture(rng, shape, spectra[name], spreads[kind])
    drawn[Surface.SNOW_ON_ICE] = drawn[Surface.SNOW]
    # Debris is young rock without soil: a little darker and less varied, with some ice between the blocks.
    rubble = texture(rng, shape, spectra["rock"], 0.4)
    drawn[Surface.DEBRIS_COVERED_ICE] = 0.94 * rubble + 0.06 * drawn[Surface.CLEAN_ICE]
    return drawn


def mix(truth: NDArray[np.uint8], drawn: Dict[Surface, DoubleArray]) -> DoubleArray:
    """Return 6 x H x W reflectance where each class's surface shows where it lies, blurred at its edges."""
    optical = np.zeros((6, *truth.shape))
    for kind, values in drawn.items():
        share = terrain.blur((truth == kind).astype(float), 0.7)
        optical += share * values
    return optical


def simulate_scene(seed: int, size: int = 512, resolution: float = 10.0) -> Scene:
    """Simulate `size` x `size` pixels of `resolution` m. Takes some seconds; the same seed gives the same bytes."""
    rng = np.random.default_rng(seed)
    margin = round(MARGIN * size)
    pixels = size + 2 * margin
    sun_elevation, sun_azimuth = float(rng.uniform(32, 44)), float(rng.uniform(145, 170))
    ground = simulate_ground(rng, pixels, resolution)
    lake = flood_lake(ground, resolution)
    truth = classify(rng, ground, lake, resolution)
    elevation = level_lake(ground.surface, lake)
    sun = (resolution, sun_elevation, sun_azimuth)
    facing = terrain.illumination(elevation, *sun)
    shadow = terrain.cast_shadow(elevation, *sun) | (facing <= 0)
    slope, _ = terrain.slope_and_aspect(elevation, resolution)
    light = facing / np.sin(np.radians(sun_elevation))
    drawn = draw_surfaces(rng, (pixels, pixels))
    seen = lit(mix(truth, drawn), light, shadow, np.cos(slope / 2) ** 2)
    optical = sense(rng, seen, swir_blur=1.0 if resolution < 20 else 0.5)
    cut = (..., slice(margin, margin + size), slice(margin, margin + size))
    return Scene(
        optical=optical[cut].astype(np.float32),
        elevation=elevation[cut].astype(np.float32),
        truth=truth[cut],
        shadow=shadow[cut],
        glacier=np.isin(truth, GLACIER_CLASSES)[cut],
        sun_elevation=sun_elevation,
        sun_azimuth=sun_azimuth,
        resolution=resolution,
        seed=seed,
    )


def write_scene(scene: Scene, folder: Path) -> Dict[str, Path]:
    """Write optical.tif, dem.tif, truth.tif and truth.gpkg; return their paths by the names without ending.

    The optical file is what an archive delivers: 16-bit numbers with scale and offset, 0 for nodata, named bands.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {path.stem if path.suffix == ".tif" else "outlines": folder / path for path in map(Path, FILES)}
    numbers = np.clip(np.rint((scene.optical - OFFSET) / SCALE), 1, 65535).astype(np.uint16)
    _write_raster(paths["optical"], numbers, scene, OPTICAL_BANDS, nodata=0, scale=SCALE, offset=OFFSET)
    _write_raster(paths["dem"], scene.elevation[None], scene, ("elevation",), nodata=-9999)
    layers = np.stack([scene.truth, scene.shadow, scene.glacier]).astype(np.uint8)
    _write_raster(paths["truth"], layers, scene, ("surface", "shadow", "glacier"))
    _write_outlines(paths["truth"], paths["outlines"])
    return paths


def _write_raster(
    path: Path,
    values: NDArray[Any],
    scene: Scene,
    names: Tuple[str, ...],
    nodata: Optional[float] = None,
    scale: float = 1.0,
    offset: float = 0.0,
) -> None:
    """Write C x H x W values as a compressed GeoTIFF with named bands."""
    kind = {"uint8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16, "float32": gdal.GDT_Float32}[values.dtype.name]
    options = ["COMPRESS=DEFLATE", "TILED=YES", f"PREDICTOR={3 if kind == gdal.GDT_Float32 else 2}"]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), *values.shape[:0:-1], len(values), kind, options)
    if dataset is None:
        raise OutputError(f"{path} cannot be written: {gdal.GetLastErrorMsg()}")
    dataset.SetGeoTransform(geotransform(scene.resolution))
    dataset.SetProjection(_crs().ExportToWkt())
    for index, name in enumerate(names, 1):
        band = dataset.GetRasterBand(index)
        band.SetDescription(name)
        if nodata is not None:
            band.SetNoDataValue(nodata)
        if (scale, offset) != (1.0, 0.0):
            band.SetScale(scale)
            band.SetOffset(offset)
    dataset.WriteArray(values)


def _crs() -> Any:
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32632)
    return crs


def _write_outlines(truth: Path, path: Path) -> None:
    """Write the outlines of the truth's third band (glacier) as polygons, without attributes."""
    path.unlink(missing_ok=True)
    # The fixed date goes into the GeoPackage's table of contents: the same seed, the same bytes.
    gdal.SetConfigOption("OGR_CURRENT_DATE", "2020-01-01T00:00:00.000Z")
    try:
        raster = gdal.Open(str(truth))
        target = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
        if target is None:
            raise OutputError(f"{path} cannot be written: {gdal.GetLastErrorMsg()}")
        layer = target.CreateLayer("outlines", _crs(), ogr.wkbPolygon)
        mask = raster.GetRasterBand(3)
        gdal.Polygonize(mask, mask, layer, -1, [])
        del layer, target
    finally:
        gdal.SetConfigOption("OGR_CURRENT_DATE", None)


def geotransform(resolution: float) -> Tuple[float, float, float, float, float, float]:
    """Return where the scene is said to lie: UTM 32N, in the Alps (the place is made up)."""
    return (640_000.0, resolution, 0.0, 5_190_000.0, 0.0, -resolution)
