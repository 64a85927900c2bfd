"""OGR: GeoPackage layers written whole or not at all, and GDAL's failures as named errors.

GDAL's own exceptions are a switch for the whole process, which QGIS leaves off; nothing here depends on it.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Iterator, Mapping, Optional, Tuple

from osgeo import ogr, osr

from .columns import INTEGER, REAL, TEXT, Field, FieldValue
from .errors import OutputError
from .gdal_calls import gdal_faults_as

KINDS = {TEXT: ogr.OFTString, INTEGER: ogr.OFTInteger, REAL: ogr.OFTReal}
NO_GEOMETRY = ogr.wkbNone
WRITE_ADVICE = "check that the folder can be written to and that the disk has room, then run again"


@dataclass(frozen=True)
class LayerSchema:
    """A layer: its name, geometry type and columns. `wkt` is its CRS ("" where there is no geometry)."""

    name: str
    fields: Tuple[Field, ...]
    geometry: int = ogr.wkbPolygon
    wkt: str = ""


Row = Tuple[Optional[bytes], Mapping[str, FieldValue]]
"""A feature: WKB (None without geometry), and values by column; a column left out gets its `missing`."""


class GeoPackageWriter:
    """A new GeoPackage at `path`; use it in a `with` block and write one layer after the other.

    Failures are OutputError. What stands at `path` after one is of no use: write to a temporary name and publish().
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._dataset: Any = None

    def __enter__(self) -> GeoPackageWriter:
        with self._failures():
            self._dataset = ogr.GetDriverByName("GPKG").CreateDataSource(self._path)
        if self._dataset is None:
            raise OutputError(f"{self._path} cannot be created; {WRITE_ADVICE}.")
        return self

    def __exit__(self, *_: object) -> None:
        with self._failures():
            self._dataset.FlushCache()
            self._dataset = None  # GDAL writes the spatial index when the last reference goes

    def write(self, schema: LayerSchema, rows: Iterable[Row]) -> int:
        """Write a layer in one transaction, features in the order of `rows`; return how many."""
        with self._failures():
            layer = self._create(schema)
            self._dataset.StartTransaction()
            count = 0
            for wkb, values in rows:
                layer.CreateFeature(_feature(layer.GetLayerDefn(), schema, wkb, values))
                count += 1
            self._dataset.CommitTransaction()
        return count

    def _create(self, schema: LayerSchema) -> Any:
        reference = None
        if schema.wkt:
            reference = osr.SpatialReference()
            reference.ImportFromWkt(schema.wkt)
        layer = self._dataset.CreateLayer(schema.name, reference, schema.geometry)
        if layer is None:
            raise OutputError(f"Layer {schema.name} of {self._path} cannot be created; {WRITE_ADVICE}.")
        for field in schema.fields:
            layer.CreateField(ogr.FieldDefn(field.name, KINDS[field.kind]))
        return layer

    def _failures(self) -> Any:
        return gdal_faults_as(OutputError, f"{self._path} cannot be written; {WRITE_ADVICE}.")


def _feature(definition: Any, schema: LayerSchema, wkb: Optional[bytes], values: Mapping[str, FieldValue]) -> Any:
    feature = ogr.Feature(definition)
    if wkb is not None:
        feature.SetGeometryDirectly(ogr.CreateGeometryFromWkb(wkb))
    for index, field in enumerate(schema.fields):
        value = values.get(field.name, field.missing)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            feature.SetFieldNull(index)
        else:
            feature.SetField(index, value)
    return feature


def read_layer(path: str, name: str) -> Iterator[Tuple[Optional[bytes], Dict[str, FieldValue]]]:
    """Yield the features of a layer: WKB or None, and the values by column. OutputError when it cannot be read."""
    with gdal_faults_as(OutputError, f"{path} cannot be read; it may be incomplete: map again."):
        dataset = ogr.Open(path)
        layer = dataset.GetLayerByName(name) if dataset is not None else None
    if layer is None:
        raise OutputError(f"{path} has no layer {name}; map again.")
    for feature in layer:
        geometry = feature.GetGeometryRef()
        yield (None if geometry is None else bytes(geometry.ExportToWkb(ogr.wkbNDR))), feature.items()


def publish(temporary: str, path: str) -> None:
    """Put a finished file at `path` in one step; what stood there before is replaced."""
    try:
        os.replace(temporary, path)
        drop_journal(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written; {WRITE_ADVICE}. ({error})") from error


def drop_journal(path: str) -> None:
    """Remove the journal of a GeoPackage that stood at `path` before: SQLite would apply it to the new file."""
    for ending in ("-wal", "-shm", "-journal"):
        if os.path.exists(path + ending):
            os.remove(path + ending)
