"""What was gained, lost and common, as a GeoPackage."""

from __future__ import annotations

from pathlib import Path

from osgeo import ogr

from ..inference.columns import REAL, TEXT, Field
from ..inference.vector_io import GeoPackageWriter, LayerSchema, publish
from ..inference.vector_layer import VectorLayer

FIELDS = (Field("kind", TEXT), Field("area_km2", REAL), Field("glacier", TEXT))


def write_difference(path: str, layer: VectorLayer) -> None:
    """Write `Difference.to_layer()` whole or not at all, in place of what stood at `path`. Raises OutputError."""
    place = Path(path).absolute()
    part = place.with_name(f".{place.stem}.part.gpkg")
    try:
        with GeoPackageWriter(str(part)) as writer:
            schema = LayerSchema(layer.name, FIELDS, ogr.wkbMultiPolygon, layer.crs)
            writer.write(schema, zip(layer.wkb, layer.rows))
        publish(str(part), path)
    finally:
        part.unlink(missing_ok=True)
