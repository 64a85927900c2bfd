"""Layers of the project as the core needs them: paths that GDAL reads, band labels, guesses by name."""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Sequence, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsProject,
    QgsRasterLayer,
)

from ..inference.errors import SourceError
from ..tasks.layer_paths import assigned_crs, gdal_path
from .texts import tr

_ELEVATION = re.compile(r"(?<![a-z])(dem|dsm|dtm|elev|srtm|cop30|copdem|glo30|glo90|aster_?gdem|arcticdem)")


def raster_of(project: QgsProject, layer_id: str) -> Optional[QgsRasterLayer]:
    """Return the project's raster of that id, None if it is gone."""
    layer = project.mapLayer(layer_id)
    return layer if isinstance(layer, QgsRasterLayer) else None


def path_of(project: QgsProject, layer_id: str) -> str:
    """Return the path behind a layer id. Raises SourceError if the layer is gone or is no file."""
    layer = raster_of(project, layer_id)
    if layer is None:
        raise SourceError(tr("A layer that was chosen is no longer in the project; choose another."))
    return gdal_path(layer)


def crs_by_path(project: QgsProject) -> Dict[str, str]:
    """Return the CRS (WKT), by path, of rasters whose CRS the user set to another than the file's."""
    files = [layer for layer in rasters(project) if layer.providerType() == "gdal"]
    return {gdal_path(layer): assigned_crs(layer) for layer in files if assigned_crs(layer)}


def lonlat_of(layer: QgsRasterLayer) -> Optional[Tuple[float, float]]:
    """Return longitude and latitude (degrees) of the layer's middle, None where it has no usable position."""
    wgs84 = QgsCoordinateReferenceSystem("EPSG:4326")
    try:
        centre = QgsCoordinateTransform(layer.crs(), wgs84, QgsProject.instance()).transform(layer.extent().center())
    except QgsCsException:
        return None
    return (centre.x(), centre.y()) if layer.crs().isValid() else None


def looks_like_elevation(layer: QgsRasterLayer) -> bool:
    """Return True if a single-band layer is named like a terrain model."""
    return layer.bandCount() == 1 and bool(_ELEVATION.search(layer.name().lower()))


def guess_imagery(layers: Sequence[QgsRasterLayer]) -> Optional[QgsRasterLayer]:
    """Return the layer that is most likely the scene: the most bands, first come first; never a terrain model."""
    scenes = [layer for layer in layers if layer.providerType() == "gdal" and not looks_like_elevation(layer)]
    return max(scenes, key=lambda layer: layer.bandCount(), default=None)


def guess_elevation(layers: Sequence[QgsRasterLayer]) -> Optional[QgsRasterLayer]:
    """Return the first layer that is named like a terrain model."""
    return next((layer for layer in layers if looks_like_elevation(layer)), None)


def rasters(project: QgsProject) -> List[QgsRasterLayer]:
    """Return the project's valid rasters, in the order of the layer tree, results of IceMargin left out."""
    found = [node.layer() for node in project.layerTreeRoot().findLayers()]
    return [
        layer
        for layer in found
        if isinstance(layer, QgsRasterLayer) and layer.isValid() and not layer.customProperty("icemargin/result")
    ]


def single_band_layers(layers: Sequence[QgsRasterLayer]) -> List[QgsRasterLayer]:
    """Return the layers that may be bands of one scene delivered as single files."""
    return [
        layer
        for layer in layers
        if layer.bandCount() == 1 and layer.providerType() == "gdal" and not looks_like_elevation(layer)
    ]
