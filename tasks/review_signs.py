"""Reads what `inventory.review_signs` needs, coarsely: a layer as labels, and the rasters its map was made from."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np
from osgeo import gdal, ogr
from qgis.core import QgsFeatureRequest, QgsVectorLayer, QgsVectorLayerFeatureSource

from ..inference.class_raster import raster_grid
from ..inference.classic import BANDS, ClassicPredictor, classic_index
from ..inference.errors import IceMarginError, ModelError
from ..inference.grid import Grid, centre_lonlat, snapped_grid, spatial_reference
from ..inference.progress import Progress, stop_if_cancelled
from ..inference.provenance import lies_at
from ..inference.raster_io import SceneReader
from ..inference.request import ClassicSettings, Source
from ..inference.vector_io import read_layer
from ..inventory.review import Signs
from ..inventory.review_signs import Ground, LabelArray, signs_of, sun_at

PIXELS = 2_000_000
"""Of the grid on which signs are looked for: enough for glaciers that matter, in seconds."""
CLASSIC = "classic"
WANTED = ("blue", "green", "red", "nir", "swir1", "elevation", "slope")


@dataclass(frozen=True)
class Outlined:
    """A layer of polygons, to be read in the background: its name, features and CRS (WKT)."""

    name: str
    features: Any
    crs: str

    @classmethod
    def of(cls, layer: QgsVectorLayer) -> Outlined:
        """Take a layer as it is now. Main thread."""
        return cls(layer.name(), QgsVectorLayerFeatureSource(layer), layer.crs().toWkt())


@dataclass(frozen=True)
class SignsRequest:
    """Outlines, the folder of the run that made them, and outlines that they are laid beside."""

    outlines: Outlined
    folder: str
    against: Optional[Outlined] = None


def find_signs(request: SignsRequest, python: str, progress: Progress) -> Dict[int, Signs]:
    """Return the signs by the features' numbers. Off the main thread; `python` is not needed. Raises IceMarginError."""
    del python
    confidence = str(Path(request.folder, "confidence.tif"))
    grid = _coarse(confidence)
    labels, keys = _labels(request.outlines, grid)
    progress.report(0.3, "Looking for signs")
    stop_if_cancelled(progress)
    sources, settings = _mapped_from(Path(request.folder, "outlines.gpkg"))
    bands = _read(sources, grid)
    stop_if_cancelled(progress)
    others = {} if settings.model == CLASSIC else _classic(bands, settings.classic)
    if request.against is not None:
        others[request.against.name] = _labels(request.against, grid)[0] > 0
    sure = _read((Source((confidence,), {"confidence": 1}),), grid)["confidence"]
    return signs_of(Ground(labels, grid.resolution, sure, bands, _sun(settings.day, grid), others), keys)


@dataclass(frozen=True)
class _Run:
    """What a run's provenance says of how it was made."""

    model: str = CLASSIC
    classic: ClassicSettings = field(default_factory=ClassicSettings)
    day: str = ""


def _coarse(path: str) -> Grid:
    """Return a raster's grid with fewer pixels."""
    fine = raster_grid(path)
    left, size, _, top, _, _ = fine.transform
    box = (left, top - size * fine.height, left + size * fine.width, top)
    factor = max(math.ceil(math.sqrt(fine.width * fine.height / PIXELS)), 1)
    step = factor * size
    return snapped_grid(fine.wkt, step, box, (left % step, top % step))


def _labels(outlined: Outlined, grid: Grid) -> Tuple[LabelArray, List[int]]:
    """Return the number of the outline at each pixel, from 1, and the outlines' keys in that order."""
    target = spatial_reference(grid.crs, "The map")
    source = spatial_reference(outlined.crs, outlined.name)
    memory = ogr.GetDriverByName("Memory").CreateDataSource("outlines")
    layer = memory.CreateLayer("outlines", target, ogr.wkbUnknown)
    layer.CreateField(ogr.FieldDefn("place", ogr.OFTInteger))
    keys: List[int] = []
    for feature in outlined.features.getFeatures(QgsFeatureRequest().setNoAttributes()):
        keys.append(int(feature.id()))
        row = ogr.Feature(layer.GetLayerDefn())
        row.SetField("place", len(keys))
        if feature.hasGeometry():
            geometry = ogr.CreateGeometryFromWkb(bytes(feature.geometry().asWkb()))
            geometry.AssignSpatialReference(source)
            if not source.IsSame(target):
                geometry.TransformTo(target)
            row.SetGeometryDirectly(geometry)
        layer.CreateFeature(row)
    raster = gdal.GetDriverByName("MEM").Create("", grid.width, grid.height, 1, gdal.GDT_Int32)
    raster.SetGeoTransform(grid.geotransform)
    raster.SetProjection(target.ExportToWkt())
    gdal.RasterizeLayer(raster, [1], layer, options=["ATTRIBUTE=place"])
    labels: LabelArray = raster.ReadAsArray().astype(np.int32)
    return labels, keys


def _mapped_from(outlines: Path) -> Tuple[Tuple[Source, ...], _Run]:
    """Return the rasters of a map that are still there, and how it was made; nothing where that is not told."""
    try:
        rows = {str(row["key"]): row["value"] for _, row in read_layer(str(outlines), "provenance")}
        request = json.loads(str(rows["request"]))
        run = _Run(request["model"], ClassicSettings(**request["classic"]), request["scene"]["src_date"])
        sources = [_source(values, str(outlines)) for values in request["sources"]]
    except (IceMarginError, ValueError, KeyError, TypeError):
        return (), _Run()
    return tuple(source for source in sources if source is not None), run


def _source(values: Mapping[str, Any], outlines: str) -> Optional[Source]:
    paths = [lies_at(path, outlines) for path in values["paths"]]
    return Source(**{**values, "paths": tuple(paths)}) if all(paths) else None


def _read(sources: Tuple[Source, ...], grid: Grid) -> Dict[str, Any]:
    given = {name for source in sources for name in source.bands}
    names = [name for name in (*WANTED, "confidence") if name in given]
    if "elevation" in names and "slope" not in names:
        names.append("slope")
    if not names:
        return {}
    with SceneReader(sources, names, grid) as reader:
        return dict(reader.read(grid))


def _classic(bands: Mapping[str, Any], settings: ClassicSettings) -> Dict[str, Any]:
    """Return where the classic method has ice."""
    try:
        index = classic_index(tuple(bands))
    except ModelError:
        return {}
    predictor = ClassicPredictor(ClassicSettings(index, settings.ratio_threshold, settings.blue_threshold,
                                                 settings.ndsi_threshold))  # fmt: skip
    optical = np.stack([bands[name] for name in BANDS[index]])[np.newaxis]
    return {CLASSIC: predictor.predict({"optical": optical})[0] > 0.5}


def _sun(day: str, grid: Grid) -> Optional[Tuple[float, float]]:
    try:
        when = date.fromisoformat(day)
    except ValueError:
        return None
    return sun_at(when, centre_lonlat(grid.box, spatial_reference(grid.crs, "The map"))[1])
