"""Simulated light on real mountains: height models with the outlines of the glaciers that lie on them.

Where the glaciers are is known there, and how their surfaces look in a height model; only what the sensor sees is
simulated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

import numpy as np
from osgeo import gdal, osr
from scipy import ndimage

from ...inference.arrays import BoolArray, DoubleArray
from ...inference.errors import SourceError
from ...inference.grid import spatial_reference, transform_box
from ..data.ice_labels import NO_LABEL, NOT_GLACIER
from ..data.writing import NewTile
from ..ground import Ground
from .conditions import draw_conditions
from .rendering import View, view

REGION, SUBREGION = "SIM", "real terrain"
PIXEL = 20.0
SIZE, MARGIN = 416, 52
BEYOND = 400.0
"""m from the outlines within which other glaciers would be in them too; what is farther, high and not steep is in
doubt."""
STEEP = 30.0
LARGEST_VOID = 60
"""Pixels over which heights are interpolated: stereo imagery leaves holes on snow."""
MOST = 4
"""Tiles of a terrain: those with most glacier."""


@dataclass(frozen=True)
class Terrain:
    """A height model and its outlines in the data folder's rgi/, a UTM zone, how heavy debris is there, and over how
    many pixels the heights are smoothed."""

    dem: str
    outlines: str
    epsg: int
    debris: float
    smoothing: float = 0.0


TERRAINS: Dict[str, Terrain] = {
    "oetztal": Terrain("oggm_srtm_oetztal.tif", "oetztal_rgi50.gpkg", 32632, -1.5),
    "exploradores": Terrain("exploradores_aster_dem_2012.tif", "exploradores_rgi60.gpkg", 32718, -0.5, 2.5),
    "baltoro": Terrain("oggm_baltoro_srtm_clip.tif", "baltoro.gpkg", 32643, 1.0),
}


def real_terrain_tiles(data: Path, variants: int) -> Iterator[NewTile]:
    """Yield the tiles with most glacier of each terrain, `variants` times in other conditions."""
    for number, (name, terrain) in enumerate(TERRAINS.items()):
        elevation, glacier, box = _rasters(data / "rgi", terrain)
        for row, column in _places(elevation, glacier):
            for variant in range(variants):
                rng = np.random.default_rng([number, variant, row, column, 6])
                yield _tile(rng, f"{name}-{row}-{column}-{variant}", terrain, elevation, glacier, box, (row, column))


def _rasters(folder: Path, terrain: Terrain) -> Tuple[DoubleArray, BoolArray, Tuple[float, float, float, float]]:
    """Return heights (m, NaN where there are none) and glaciers on pixels of 20 m, and the box in the CRS."""
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(terrain.epsg)
    warped = gdal.Warp(
        "", str(folder / terrain.dem), format="MEM", dstSRS=crs.ExportToWkt(), xRes=PIXEL, yRes=PIXEL,
        resampleAlg="cubicspline", outputType=gdal.GDT_Float32, dstNodata=-9999,
    )  # fmt: skip
    if warped is None:
        raise SourceError(f"{folder / terrain.dem} cannot be read: {gdal.GetLastErrorMsg()}")
    band = warped.GetRasterBand(1)
    gdal.FillNodata(band, band.GetMaskBand(), LARGEST_VOID, 0)
    elevation = np.where(band.GetMaskBand().ReadAsArray() > 0, band.ReadAsArray().astype(np.float64), np.nan)
    left, size, _, top, _, _ = warped.GetGeoTransform()
    height, width = elevation.shape
    box = (left, top - height * size, left + width * size, top)
    mask = gdal.GetDriverByName("MEM").Create("", width, height, 1, gdal.GDT_Byte)
    mask.SetGeoTransform(warped.GetGeoTransform())
    mask.SetProjection(warped.GetProjection())
    outlines = gdal.VectorTranslate(
        "", str(folder / terrain.outlines), format="Memory", dstSRS=crs.ExportToWkt(), reproject=True, dim="XY"
    )
    gdal.RasterizeLayer(mask, [1], outlines.GetLayer(0), burn_values=[1])
    return elevation, mask.ReadAsArray() > 0, box


def _places(elevation: DoubleArray, glacier: BoolArray) -> List[Tuple[int, int]]:
    """Return the first pixels of the tiles with most glacier, with a margin of known heights on every side."""
    found = []
    for row in range(MARGIN, elevation.shape[0] - SIZE - MARGIN + 1, SIZE // 2):
        for column in range(MARGIN, elevation.shape[1] - SIZE - MARGIN + 1, SIZE // 2):
            whole = elevation[row - MARGIN : row + SIZE + MARGIN, column - MARGIN : column + SIZE + MARGIN]
            if np.isfinite(whole).all():
                found.append((int(glacier[row : row + SIZE, column : column + SIZE].sum()), row, column))
    return [(row, column) for pixels, row, column in sorted(found, reverse=True)[:MOST] if pixels]


def _tile(
    rng: np.random.Generator, name: str, terrain: Terrain, elevation: DoubleArray, glacier: BoolArray,
    box: Tuple[float, float, float, float], place: Tuple[int, int],
) -> NewTile:  # fmt: skip
    row, column = place
    around = (slice(row - MARGIN, row + SIZE + MARGIN), slice(column - MARGIN, column + SIZE + MARGIN))
    heights, ice = ndimage.gaussian_filter(elevation[around], terrain.smoothing), glacier[around]
    drawn = draw_conditions(rng)
    conditions = replace(drawn, debris=0.5 * drawn.debris + terrain.debris)
    seen = view(rng, ground_of(heights, ice), np.zeros_like(ice), conditions, PIXEL, MARGIN)
    inner = (slice(MARGIN, -MARGIN),) * 2
    labels = seen.labels(PIXEL)
    labels[in_doubt(seen, ice[inner], heights[inner]) & (labels == NOT_GLACIER)] = NO_LABEL
    left, top = box[0] + column * PIXEL, box[3] - row * PIXEL
    own = (left, top - SIZE * PIXEL, left + SIZE * PIXEL, top)
    degrees = transform_box(
        own, spatial_reference(f"EPSG:{terrain.epsg}", name), spatial_reference("EPSG:4326", "degrees")
    )
    return NewTile(name, REGION, SUBREGION, seen.bands, labels, degrees, terrain.epsg, PIXEL, seen.debris)


def ground_of(elevation: DoubleArray, glacier: BoolArray) -> Ground:
    """Return the ground (all H x W) under real glaciers.

    The thickness only says where margins are near: 5 m and a tenth of the distance to the margin. The equilibrium line
    is the glaciers' median height.
    """
    distance = ndimage.distance_transform_edt(glacier) * PIXEL
    thickness = np.where(glacier, 5 + 0.1 * distance, 0.0)
    median = float(np.median(elevation[glacier])) if glacier.any() else float(elevation.max())
    return Ground(elevation - thickness, elevation, np.full(elevation.shape, median))


def in_doubt(seen: View, glacier: BoolArray, elevation: DoubleArray) -> BoolArray:
    """Return where a glacier may lie that is in no outline: far from those that are, high, and not steep."""
    if not glacier.any():
        return np.ones_like(glacier)
    distance = ndimage.distance_transform_edt(~glacier) * PIXEL
    high = elevation > np.quantile(elevation[glacier], 0.02)
    doubt: BoolArray = (distance > BEYOND) & high & (seen.bands["slope"] < STEEP)
    return doubt
