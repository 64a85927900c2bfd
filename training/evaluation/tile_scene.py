"""A tile of a data set seen as a scene, so that it is mapped as deployment maps it: same windows, same blending."""

from __future__ import annotations

import math
from typing import Dict, List, Mapping, Optional, Sequence, Tuple, cast

import numpy as np
from osgeo import osr

from ...inference.arrays import BoolArray, FloatArray
from ...inference.errors import CrsError, DatasetError, ModelError
from ...inference.grid import Grid, local_metric_crs, spatial_reference
from ...inference.model import REGIONS, ModelDescription
from ...inference.predict import predict_strips
from ...inference.predictors import Predictor
from ...inference.progress import NoProgress, Progress
from ...inference.raster_io import SceneReader
from ...inference.request import BACKSCATTER_BANDS, OPTICAL_BANDS
from ...inference.windows import overlap_of, tiling
from ...weights.features import FEATURES
from ..data.tiles import Tile, TileReader

AUTO = "auto"
"""The region that is the tile's own, "unknown" where the model has no such region."""

_PLACES: Dict[str, Tuple[str, int]] = {
    band: (name, channel) for name, feature in FEATURES.items() for channel, band in enumerate(feature.bands)
}


def tile_grid(tile: Tile) -> Grid:
    """Return where the tile lies: in its own CRS, or UTM by its position where it names none.

    A tile without a position lies at the origin of its CRS (check_fits refuses it where a model asks for coordinates).
    Raises CrsError for an EPSG code that is none.
    """
    reference = _reference(tile)
    west, north = 0.0, 0.0
    if _has_position(tile):
        x, y = _project(tile, reference)
        west, north = x - tile.width * tile.resolution / 2, y + tile.height * tile.resolution / 2
    col, row = math.floor(west / tile.resolution), math.ceil(-north / tile.resolution)
    anchor = (west - col * tile.resolution, north + row * tile.resolution)
    return Grid(reference.ExportToWkt(), tile.resolution, col, row, tile.width, tile.height, *anchor)


def _has_position(tile: Tile) -> bool:
    return math.isfinite(tile.lon) and math.isfinite(tile.lat)


def _reference(tile: Tile) -> osr.SpatialReference:
    if tile.epsg:
        return spatial_reference(f"EPSG:{tile.epsg}", f"{tile.path}, tile {tile.name}")
    return local_metric_crs(tile.lon, tile.lat) if _has_position(tile) else local_metric_crs(0.0, 0.0)


def _project(tile: Tile, reference: osr.SpatialReference) -> Tuple[float, float]:
    wgs84 = spatial_reference("EPSG:4326", "WGS 84")
    try:
        x, y, _ = osr.CoordinateTransformation(wgs84, reference).TransformPoint(tile.lon, tile.lat)
    except RuntimeError as error:
        raise CrsError(f"{tile.path}, tile {tile.name}: its position is not in EPSG:{tile.epsg} ({error}).") from error
    if not (math.isfinite(x) and math.isfinite(y)):
        raise CrsError(
            f"{tile.path}, tile {tile.name}: {tile.lon:g} E, {tile.lat:g} N does not exist in EPSG:{tile.epsg}; "
            "correct its attributes."
        )
    return float(x), float(y)


def missing_bands(tile: Tile, bands: Sequence[str]) -> Tuple[str, ...]:
    """Return those of `bands` that the tile has not."""
    return tuple(band for band in bands if _PLACES[band][0] not in tile.features or band in tile.absent)


def check_fits(tile: Tile, description: ModelDescription, region: str = AUTO) -> None:
    """Raise DatasetError where the tile cannot be mapped by the model at all, ModelError for a region it knows not.

    What is not optical may be missing: the network sees it as absent, as deployment shows it a void.
    """
    where = f"{tile.path}, tile {tile.name}"
    optical = [band for band in missing_bands(tile, description.bands) if band in OPTICAL_BANDS]
    if optical:
        raise DatasetError(f"{where} has no {', '.join(optical)}, which {description.name} needs; leave the tile out.")
    if description.location == "coordinates" and not _has_position(tile):
        raise DatasetError(
            f"{where} has no position (xmin, xmax, ymin, ymax in degrees), which {description.name} needs; add it or "
            "leave the tile out."
        )
    if region not in (AUTO, *REGIONS):
        raise ModelError(f"There is no region {region!r}; choose {AUTO}, {', '.join(REGIONS)}.")


class TileScene:
    """Reads bands of a tile by windows of its grid, in physical units; NaN where there is nothing, and outside.

    Invalid is a pixel that is stored as 0 in all channels of a feature, as the data set's layout has it.
    """

    def __init__(self, reader: TileReader, tile: Tile, bands: Sequence[str]) -> None:
        self.grid = tile_grid(tile)
        self._reader, self._tile, self._bands = reader, tile, tuple(bands)

    def read(self, window: Grid) -> Mapping[str, FloatArray]:
        """Return each band of `window`: H x W float32."""
        rows, rows_there = overlap_of(self.grid.row - window.row, self._tile.height, window.height)
        columns, columns_there = overlap_of(self.grid.col - window.col, self._tile.width, window.width)
        found: Dict[str, FloatArray] = {}
        stored: Dict[str, FloatArray] = {}
        for band in self._bands:
            found[band] = np.full((window.height, window.width), np.nan, np.float32)
            name, channel = _PLACES[band]
            if missing_bands(self._tile, [band]):
                continue
            if name not in stored:
                stored[name] = self._reader.read(self._tile, name, rows_there, columns_there)
            found[band][rows, columns] = physical(band, stored[name][..., channel], is_measured(stored[name]))
        return found

    def close(self) -> None:
        """Nothing to let go of; the reader belongs to the caller."""


def is_measured(stored: FloatArray) -> BoolArray:
    """Return where a feature (H x W x C as stored) was measured: where any channel is not 0."""
    measured: BoolArray = (stored != 0).any(axis=-1)
    return measured


def physical(band: str, stored: FloatArray, measured: BoolArray) -> FloatArray:
    """Return a stored channel in its physical unit, NaN where it was not measured: `normalise` backwards."""
    name, channel = _PLACES[band]
    low, high = FEATURES[name].minimum[channel], FEATURES[name].maximum[channel]
    values = stored.astype(np.float64) * (high - low) + low
    if band in BACKSCATTER_BANDS:
        # A stored 0 beside a measured channel is sigma0 0; rounding must not make it negative, which is invalid.
        values = np.maximum(10**values - 1e-6, 0)
    return np.where(measured, values, np.nan).astype(np.float32)


def map_tile(
    predictor: Predictor,
    tile: Tile,
    reader: TileReader,
    region: str = AUTO,
    overlap: Optional[float] = None,
    progress: Optional[Progress] = None,
) -> FloatArray:
    """Return the probability of glacier (H x W, NaN where nothing is valid), without the padding.

    `overlap` None is the model's own, as in deployment. Raises DatasetError, ModelError, CrsError, and what the
    predictor raises.
    """
    description = predictor.description
    check_fits(tile, description, region)
    scene = TileScene(reader, tile, description.bands)
    share = description.overlap if overlap is None else overlap
    tiles = tiling(scene.grid, description.patch, 0.0 if description.pixelwise else share)
    # Of a SceneReader the window loop asks `read` alone.
    strips = predict_strips(
        tiles, cast(SceneReader, scene), predictor, region_of(tile, region), progress or NoProgress(), tiles.strips[0]
    )
    parts: List[FloatArray] = [strip.probability for strip in strips]
    return np.concatenate(parts)


def region_of(tile: Tile, region: str) -> str:
    """Return the region that the model is told."""
    if region != AUTO:
        return region
    return tile.region if tile.region in REGIONS else "unknown"


def whole(tile: Tile) -> Tuple[slice, slice]:
    """Return rows and columns of the tile without its padding."""
    return slice(0, tile.height), slice(0, tile.width)
