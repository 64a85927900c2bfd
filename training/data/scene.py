"""A scene as training sees it: the user's rasters on the grid that mapping would choose, read piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, Optional, Tuple

import numpy as np
from osgeo import gdal

from ...inference.area import AreaOfInterest
from ...inference.arrays import BoolArray, FloatArray
from ...inference.checks import check_sample, read_sample
from ...inference.errors import SettingsError
from ...inference.estimate import CACHE_MIB
from ...inference.grid import Grid, centre_lonlat, spatial_reference, transform_box
from ...inference.model import REGIONS, Feature, ModelDescription
from ...inference.plan import plan_tiling
from ...inference.preprocess import valid_pixels
from ...inference.raster_io import SceneReader
from ...inference.request import DelineationRequest, Extent, Source
from ...scenes.regions import region_of
from ...weights.features import FEATURES
from .units import check_units
from .writing import NewTile

TILE = 1024
"""Largest side of a tile in pixels, about the benchmark's."""
SMALLEST_SIDE = 32
"""Slivers at a scene's edge are left out: each would be drawn as often as a whole tile."""


@dataclass(frozen=True)
class SceneInput:
    """The rasters of one acquisition, and what the tiles should say of it.

    `resolution` in m per pixel; nothing outside `area` (WKB in the extent's CRS; empty: everywhere) is used. `region`
    "" means: by position; `name` "" means the first raster's.
    """

    sources: Tuple[Source, ...]
    resolution: float = 10.0
    extent: Optional[Extent] = None
    area: Tuple[bytes, ...] = ()
    crs: Optional[str] = None
    region: str = ""
    subregion: str = ""
    sensor: str = ""
    date: str = ""
    name: str = ""
    tile: int = TILE

    def __post_init__(self) -> None:
        if self.region and self.region not in REGIONS:
            raise SettingsError(f"There is no region {self.region!r}; choose {', '.join(REGIONS)}.")
        if self.tile < SMALLEST_SIDE:
            raise SettingsError(f"A tile has at least {SMALLEST_SIDE} pixels a side (1024 is usual).")


class TrainingScene:
    """The scene's `grid`, and its bands as mapping would read them. Use as a context.

    Units, nodata, warping and derived slope are the core's (inference.raster_io); nonsense is refused before anything
    is read in whole, and `tell` hears of doubts. Raises InputError.
    """

    def __init__(self, scene: SceneInput, tell: Callable[[str], None] = lambda _: None) -> None:
        self.scene = scene
        # The output folder is of no use to a plan.
        request = DelineationRequest(
            scene.sources, "", extent=scene.extent, crs=scene.crs, resolution=scene.resolution
        )
        description = _description(scene)
        tiling = plan_tiling(request, description)
        sample = read_sample(request, description, tiling)
        self.grid: Grid = tiling.grid
        check_units(sample)
        for doubt in check_sample(sample, self.grid.width * self.grid.height):
            tell(doubt)
        self._reference = spatial_reference(self.grid.crs, "The scene")
        self._degrees = spatial_reference("EPSG:4326", "WGS 84")
        self.region = scene.region or region_of(*centre_lonlat(self.grid.box, self._reference))
        area_crs = scene.extent.crs if scene.extent else ""
        self._area = AreaOfInterest(scene.area, area_crs, self.grid.crs) if scene.area else None
        self._reader = SceneReader(scene.sources, description.bands, self.grid)

    def __enter__(self) -> TrainingScene:
        # GDAL's block cache takes 5 % of the machine's memory by default; tiles are read once or twice.
        self._cache = gdal.GetCacheMax()
        gdal.SetCacheMax(min(self._cache, CACHE_MIB * 2**20))
        self._reader.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._reader.__exit__(*error)
        gdal.SetCacheMax(self._cache)

    def read(self, grid: Grid) -> Tuple[Mapping[str, FloatArray], BoolArray]:
        """Return the bands (physical, H x W, NaN where invalid) and where all optical bands are valid, in the area."""
        bands = self._reader.read(grid)
        valid = valid_pixels(bands)
        return bands, valid if self._area is None else valid & self._area.mask(grid)

    def name_of(self, grid: Grid, ending: str = "") -> str:
        """Return a tile's name: where it is from and where on the lattice it begins."""
        scene = self.scene
        words = [scene.subregion or self.region, scene.name or Path(scene.sources[0].paths[0]).stem]
        return "-".join([*words, str(grid.col), str(grid.row), *([ending] if ending else [])]).replace("/", "_")

    def new_tile(
        self, grid: Grid, bands: Mapping[str, FloatArray], labels: Any, debris: Optional[BoolArray], **more: Any
    ) -> NewTile:
        """Return a tile to write; `labels` H x W: 1, 0, -1; `more` are further attributes (`ending`: of its name)."""
        scene = self.scene
        code = self._reference.GetAuthorityCode(None)
        return NewTile(
            name=self.name_of(grid, more.pop("ending", "")),
            region=self.region,
            subregion=scene.subregion,
            bands=_measured(bands),
            glacier=labels,
            box=transform_box(grid.box, self._reference, self._degrees),
            epsg=int(code) if code else 0,
            resolution=grid.resolution,
            debris=debris,
            attributes={"sensor": scene.sensor, "date": scene.date, "left": grid.left, "top": grid.top, **more},
        )


def too_thin(grid: Grid, whole: Grid) -> bool:
    """Return whether a piece is a sliver at the edge of the scene."""
    return min(grid.width, grid.height) < min(SMALLEST_SIDE, whole.width, whole.height)


def _measured(bands: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
    """Return the bands without those that have no value at all there: these are stored as absent."""
    return {name: values for name, values in bands.items() if np.isfinite(values).any()}


def _description(scene: SceneInput) -> ModelDescription:
    """Return a "model" that needs just the bands that are given, so that the core plans, checks and reads them all."""
    given = {name for source in scene.sources for name in source.bands}
    given |= {"slope"} if "elevation" in given else set()
    features = [_given(feature, given) for feature in FEATURES.values() if given & set(feature.bands)]
    return ModelDescription("training", tuple(features), scene.tile, scene.resolution, pixelwise=True)


def _given(feature: Feature, given: set[str]) -> Feature:
    rows = [row for row in zip(feature.bands, feature.minimum, feature.maximum) if row[0] in given]
    return Feature(feature.name, *(tuple(column) for column in zip(*rows)))
