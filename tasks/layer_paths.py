"""From a layer to the file that GDAL reads, and the CRS that the user gave it."""

from __future__ import annotations

from qgis.core import QgsCoordinateReferenceSystem, QgsMapLayer, QgsProviderRegistry, QgsRasterLayer

from ..inference.errors import SourceError


def gdal_path(layer: QgsMapLayer) -> str:
    """Return the layer's file as GDAL names it. Raises SourceError for layers that are no files."""
    if not isinstance(layer, QgsRasterLayer) or layer.providerType() != "gdal":
        raise SourceError(
            f"Layer {layer.name()!r} is not a raster file (it comes from a service); export it as GeoTIFF first."
        )
    parts = QgsProviderRegistry.instance().decodeUri("gdal", layer.source())
    return "".join(str(parts.get(key) or "") for key in ("vsiPrefix", "path", "vsiSuffix"))


def assigned_crs(layer: QgsRasterLayer) -> str:
    """Return the CRS (WKT) that the user set where it is another than the file's, else ""."""
    if not layer.crs().isValid() or layer.crs() == layer.dataProvider().crs():
        return ""
    return str(layer.crs().toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED))
