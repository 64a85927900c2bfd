"""From QGIS's layers to what can be read in the background. The functions are for the main thread."""

from __future__ import annotations

from typing import Any, Collection, Dict, List, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProcessingUtils,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
)
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime

from ..inference.progress import Progress, stop_if_cancelled
from ..inference.vector_layer import VectorLayer
from .comparison_request import LayerSource

AT_ONCE = 500
"""Features between two looks at whether the user wants to stop."""


def source_of_layer(
    layer: QgsVectorLayer, id_field: str = "", keys: Optional[Collection[int]] = None
) -> LayerSource:  # fmt: skip
    """Return a layer as it is now, edits that are not saved and its filter included; nothing is read yet.

    `keys`: only these features, those of them that there are.
    """
    request = QgsFeatureRequest() if keys is None else QgsFeatureRequest().setFilterFids(list(keys))
    features = QgsVectorLayerFeatureSource(layer)
    path, name = file_of(layer), layer.name()
    crs, fields, count = _wkt(layer.crs()), tuple(layer.fields().names()), max(layer.featureCount(), 1)

    def read(progress: Progress) -> VectorLayer:
        wkb: List[Optional[bytes]] = []
        rows: List[Dict[str, Any]] = []
        found: List[int] = []
        for number, feature in enumerate(features.getFeatures(request)):
            if number % AT_ONCE == 0:
                progress.report(number / count, f"Reading {name}")
                stop_if_cancelled(progress)
            found.append(feature.id())
            wkb.append(flat_wkb(feature.geometry()))
            rows.append(plain_row(fields, feature.attributes()))
        return VectorLayer(path or name, name, crs, tuple(wkb), tuple(rows), fields, tuple(found))

    return LayerSource(name, read, id_field, path)


def source_of_geometry(geometry: QgsGeometry, crs_wkt: str, name: str = "extent") -> LayerSource:
    """Return one geometry as a layer: the extent of a canvas, for example."""
    layer = VectorLayer(name, name, crs_wkt, (flat_wkb(geometry),), ({},), ())
    return LayerSource(name, lambda _progress: layer)


def temporary_difference() -> str:
    """Return a new path for a GeoPackage in QGIS's own folder for temporary files, which goes when QGIS ends."""
    return str(QgsProcessingUtils.generateTempFilename("difference.gpkg"))


def file_of(layer: QgsVectorLayer) -> str:
    """Return the file that a layer is from, "" where it is from none."""
    if layer.providerType() != "ogr":
        return ""
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    return str(parts.get("path") or "")


def _wkt(crs: QgsCoordinateReferenceSystem) -> str:
    return str(crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED)) if crs.isValid() else ""


def flat_wkb(geometry: QgsGeometry) -> Optional[bytes]:
    """Return a geometry as WKB, 2-D and with curves as lines; None for none."""
    if geometry.isEmpty():
        return None
    plain = geometry.constGet().segmentize()
    plain.dropZValue()
    plain.dropMValue()
    return bytes(plain.asWkb())


def plain_row(fields: Sequence[str], values: Sequence[Any]) -> Dict[str, Any]:
    """Return a feature's values by field as Python's own, NULL as None."""
    return {name: _plain(value) for name, value in zip(fields, values)}


def _plain(value: Any) -> Any:
    """Return a field's value as Python's own; NULL as None."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (QDate, QDateTime, QTime)):
        return value.toString(Qt.DateFormat.ISODate)
    return None if getattr(value, "isNull", lambda: False)() else str(value)
