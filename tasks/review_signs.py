"""Reads what `inventory.review_signs` needs, coarsely: layers as labels, and rasters of the ground."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
from osgeo import gdal, ogr
from qgis.core import QgsFeatureRequest, QgsVectorLayer, QgsVectorLayerFeatureSource

from ..inference.arrays import BoolArray, FloatArray
from ..inference.classic import BANDS, ClassicPredictor, classic_index
from ..inference.errors import ModelError
from ..inference.grid import Grid, centre_lonlat, spatial_reference
from ..inference.progress import Progress, stop_if_cancelled
from ..inference.raster_io import SceneReader
from ..inference.request import ClassicSettings, DelineationRequest, Extent, Source, given_bands
from ..inventory.review import Signs
from ..inventory.review_signs import Ground, LabelArray, signs_of, sun_at
from .review_rasters import CONFIDENCE, ReviewRasters, no_rasters, rasters_of_run, rasters_of_scene

CLASSIC = "classic"
WANTED = ("blue", "green", "red", "nir", "swir1", "elevation", "slope", "thermal", CONFIDENCE)
ICE = 0.5


@dataclass(frozen=True)
class Outlined:
    """A layer of polygons, to be read in the background: its name, features and box."""

    name: str
    features: Any
    box: Extent

    @classmethod
    def of(cls, layer: QgsVectorLayer) -> Outlined:
        """Take a layer as it is now. Main thread. Raises ExtentError where there is nothing in it."""
        box = layer.extent()
        sides = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
        return cls(layer.name(), QgsVectorLayerFeatureSource(layer), Extent(*sides, layer.crs().toWkt()))


@dataclass(frozen=True)
class SignsRequest:
    """Outlines; what the signs are looked for in, and outlines that they are laid beside.

    `folder` is that of the run that made the outlines, "" where there is none: then it is the imagery of `scene`.
    Without either only what lies beside them tells.
    """

    outlines: Outlined
    folder: str = ""
    scene: Optional[DelineationRequest] = None
    against: Optional[Outlined] = None


def find_signs(request: SignsRequest, python: str, progress: Progress) -> Dict[int, Signs]:
    """Return the signs by the features' numbers. Off the main thread; `python` is not needed. Raises IceMarginError."""
    del python
    rasters = _rasters(request)
    labels, keys = _labels(request.outlines, rasters.grid)
    progress.report(0.3, "Looking for signs")
    stop_if_cancelled(progress)
    bands = _read(rasters.sources, rasters.grid)
    stop_if_cancelled(progress)
    sure = bands.pop(CONFIDENCE, None)
    others = {} if rasters.classic is None else _classic(bands, rasters.classic, labels > 0)
    if request.against is not None:
        others[request.against.name] = _labels(request.against, rasters.grid)[0] > 0
    sun = _sun(rasters.day, rasters.grid)
    return signs_of(Ground(labels, rasters.grid.resolution, sure, bands, sun, others), keys)


def _rasters(request: SignsRequest) -> ReviewRasters:
    if request.folder:
        return rasters_of_run(request.folder)
    if request.scene is not None:
        return rasters_of_scene(request.scene, request.outlines.box)
    return no_rasters(request.outlines.box)


def _labels(outlined: Outlined, grid: Grid) -> Tuple[LabelArray, List[int]]:
    """Return the number of the outline at each pixel, from 1, and the outlines' keys in that order."""
    target = spatial_reference(grid.crs, "The map")
    source = spatial_reference(outlined.box.crs, outlined.name)
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


def _read(sources: Tuple[Source, ...], grid: Grid) -> Dict[str, FloatArray]:
    """Return the bands that there are, by name: float32 H x W, NaN where unknown."""
    names = [name for name in WANTED if name in given_bands(sources)]
    if not names:
        return {}
    with SceneReader(sources, names, grid) as reader:
        return dict(reader.read(grid))


def _classic(bands: Dict[str, FloatArray], settings: ClassicSettings, ice: BoolArray) -> Dict[str, BoolArray]:
    """Return where the classic method has ice, {} without its bands; as outlined (`ice`) where it sees nothing."""
    try:
        index = classic_index(tuple(bands))
    except ModelError:
        return {}
    predictor = ClassicPredictor(replace(settings, index=index))
    optical = np.stack([bands[name] for name in BANDS[index]])
    found = predictor.predict({"optical": np.nan_to_num(optical)[np.newaxis]})[0] > ICE
    return {CLASSIC: np.where(np.isfinite(optical).all(axis=0), found, ice)}


def _sun(day: str, grid: Grid) -> Optional[Tuple[float, float]]:
    try:
        when = date.fromisoformat(day)
    except ValueError:
        return None
    return sun_at(when, centre_lonlat(grid.box, spatial_reference(grid.crs, "The map"))[1])
