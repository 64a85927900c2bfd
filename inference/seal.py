"""Has somebody worked on these outlines? A checksum over geometries and fields, kept in the file's provenance."""

from __future__ import annotations

import hashlib

from osgeo import gdal, ogr

from .errors import OutputError
from .gdal_calls import checked, gdal_faults_as, quiet_gdal

KEY = "outlines_sha256"


def seal(path: str) -> None:
    """Store the checksum of layer `outlines` in layer `provenance`. Raises OutputError."""
    what = f"Cannot write to {path}"
    dataset = checked(OutputError, what, gdal.OpenEx, path, gdal.OF_VECTOR | gdal.OF_UPDATE)
    digest = _checksum(dataset)
    with gdal_faults_as(OutputError, what):
        layer = dataset.GetLayerByName("provenance")
        row = ogr.Feature(layer.GetLayerDefn())
        row.SetField("key", KEY)
        row.SetField("value", digest)
        layer.CreateFeature(row)
        dataset.FlushCache()
        del row, layer, dataset


def was_edited(path: str) -> bool:
    """Return whether the outlines differ from what the run wrote; True also where that cannot be told."""
    with quiet_gdal():
        try:
            dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY)
            layer = dataset.GetLayerByName("provenance") if dataset else None
            if layer is None:
                return True
            layer.SetAttributeFilter(f"key = '{KEY}'")
            row = layer.GetNextFeature()
            return row is None or row.GetField("value") != _checksum(dataset)
        except RuntimeError:
            return True


def _checksum(dataset: gdal.Dataset) -> str:
    digest = hashlib.sha256()
    for feature in dataset.GetLayerByName("outlines"):
        geometry = feature.GetGeometryRef()
        digest.update(bytes(geometry.ExportToWkb()) if geometry is not None else b"none")
        digest.update(repr(feature.items()).encode())
    return digest.hexdigest()
