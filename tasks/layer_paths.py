"""From a layer to the file that GDAL reads."""

from __future__ import annotations

from qgis.core import QgsMapLayer, QgsProviderRegistry, QgsRasterLayer

from ..inference.errors import SourceError


def gdal_path(layer: QgsMapLayer) -> str:
    """Return the layer's file as GDAL names it. Raises SourceError for layers that are no files."""
    if not isinstance(layer, QgsRasterLayer) or layer.providerType() != "gdal":
        raise SourceError(
            f"Layer {layer.name()!r} is not a raster file (it comes from a service); export it as GeoTIFF first."
        )
    parts = QgsProviderRegistry.instance().decodeUri("gdal", layer.source())
    return "".join(str(parts.get(key) or "") for key in ("vsiPrefix", "path", "vsiSuffix"))
