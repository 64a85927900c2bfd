"""The chosen extent as the core wants it: a rectangle with its CRS, and polygons as WKB."""

from __future__ import annotations

from typing import Optional, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsMapLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas

from ..inference.errors import CrsError, ExtentError
from ..inference.request import Extent
from .texts import tr

SelectedArea = Tuple[Extent, Tuple[bytes, ...]]


def crs_text(crs: QgsCoordinateReferenceSystem) -> str:
    """Return the CRS as OSR understands it. Raises CrsError where there is none."""
    if not crs.isValid():
        raise CrsError(tr("The project or the layer has no CRS; set it in its properties."))
    return str(crs.authid() or crs.toWkt())


def rectangle_extent(rectangle: QgsRectangle, crs: QgsCoordinateReferenceSystem) -> Extent:
    """Return a QGIS rectangle as an Extent. Raises ExtentError where it has no area, CrsError without CRS."""
    if rectangle.isNull() or not rectangle.isFinite():
        raise ExtentError(tr("The extent is empty; zoom to the glaciers, or choose another extent."))
    corners = (rectangle.xMinimum(), rectangle.yMinimum(), rectangle.xMaximum(), rectangle.yMaximum())
    return Extent(*corners, crs_text(crs))


def layer_extent(layer: Optional[QgsMapLayer]) -> Extent:
    """Return a layer's extent. Raises ExtentError where no layer is chosen."""
    if layer is None:
        raise ExtentError(tr("No layer is chosen for the extent; choose one, or map the view."))
    return rectangle_extent(layer.extent(), layer.crs())


def view_extent(canvas: QgsMapCanvas) -> Extent:
    """Return what the canvas shows (the core narrows it to the imagery)."""
    return rectangle_extent(canvas.extent(), canvas.mapSettings().destinationCrs())


def selected_area(layer: Optional[QgsMapLayer]) -> SelectedArea:
    """Return the rectangle around a layer's selected polygons, and the polygons as WKB. Raises ExtentError."""
    if not isinstance(layer, QgsVectorLayer) or layer.selectedFeatureCount() == 0:
        raise ExtentError(tr("No polygon is selected; select some in the chosen layer."))
    polygons = []
    for feature in layer.selectedFeatures():
        geometry = feature.geometry()
        if not geometry.isEmpty():
            geometry.convertToMultiType()
            polygons.append(bytes(geometry.asWkb().data()))
    return rectangle_extent(layer.boundingBoxOfSelected(), layer.crs()), tuple(polygons)
