"""From QGIS's layers to what can be read in the background. To be called on the main thread."""

from __future__ import annotations

from qgis.core import QgsGeometry, QgsVectorLayer

from .comparison_request import LayerSource


def source_of_layer(layer: QgsVectorLayer, id_field: str = "") -> LayerSource:
    """Return a layer as it is now, edits that are not saved and its filter included; nothing is read yet."""
    raise NotImplementedError


def source_of_geometry(geometry: QgsGeometry, crs_wkt: str, name: str = "extent") -> LayerSource:
    """Return one geometry as a layer: the extent of a canvas, for example."""
    raise NotImplementedError


def temporary_difference() -> str:
    """Return a new path for a GeoPackage in QGIS's own folder for temporary files, which goes when QGIS ends."""
    raise NotImplementedError
