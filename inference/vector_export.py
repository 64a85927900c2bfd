"""OGR: finished layers in longitude and latitude as GeoPackage, shapefile and GeoJSON, whole or not at all."""

from __future__ import annotations

import csv
import math
import os
import shutil
from pathlib import Path
from typing import Any, Mapping, Sequence

from osgeo import ogr, osr

from .columns import INTEGER, TEXT, Field
from .errors import OutputError
from .gdal_calls import gdal_faults_as
from .vector_io import KINDS, WRITE_ADVICE, drop_journal
from .vector_table import ExportTables, VectorTable
from .whole_file import whole_file

GEOMETRIES = {"Polygon": ogr.wkbPolygon, "MultiPolygon": ogr.wkbMultiPolygon, "LineString": ogr.wkbMultiLineString}
TEXT_WIDTH, LONGEST_TEXT = 80, 254
"""Of shapefiles: RGI's own width, and dBASE's limit."""
INTEGER_WIDTH, REAL_WIDTH, REAL_DECIMALS = 9, 24, 15
INDICES = (".qix", ".sbn", ".sbx")
"""Spatial indices beside a shapefile: those of one that stood there before would hide features of the new one."""
GEOJSON_OPTIONS = ("RFC7946=YES", "COORDINATE_PRECISION=9", "SIGNIFICANT_FIGURES=17")


def write_export(export: ExportTables, form: str, target: str) -> str:
    """Write an export in the format rgi7, glims or geojson; return the file of the outlines. Raises OutputError."""
    outlines = export.layers[0]
    if form == "glims":
        write_hand_in(export.layers, export.tables, target)
        return str(Path(target) / f"{outlines.name}.shp")
    if form == "geojson":
        write_geojson(outlines, target)
    elif target.lower().endswith(".shp"):
        write_shapefile(outlines, target)
    else:
        write_geopackage(outlines, target)
    return target


def check_new_folder(target: str) -> None:
    """Raise OutputError unless a folder is new or empty."""
    place = Path(target)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise OutputError(f"{target} is there already; choose a new folder, or empty it.")


def write_geopackage(table: VectorTable, target: str) -> None:
    """Write a GeoPackage. Raises OutputError."""
    with whole_file(target) as part:
        _write(table, "GPKG", str(part))
    drop_journal(target)


def write_geojson(table: VectorTable, target: str) -> None:
    """Write GeoJSON as RFC 7946 wants it; polygons must be cut at the antimeridian already. Raises OutputError."""
    with whole_file(target) as part:
        _write(table, "GeoJSON", str(part), GEOJSON_OPTIONS)


def write_shapefile(table: VectorTable, target: str) -> None:
    """Write a shapefile (target.shp and the files beside it); the .shp comes last. Raises OutputError."""
    place = Path(target)
    folder = place.with_name(f".{place.stem}.{os.getpid()}.part")
    try:
        folder.mkdir(parents=True)
        _write(table, "ESRI Shapefile", str(folder / place.name), ("ENCODING=UTF-8",))
        for ending in INDICES:
            place.with_suffix(ending).unlink(missing_ok=True)
        for path in sorted(folder.iterdir(), key=lambda path: path.suffix == ".shp"):
            path.replace(place.with_name(path.name))
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error}); {WRITE_ADVICE}.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_hand_in(layers: Sequence[VectorTable], tables: Mapping[str, Sequence[Sequence[str]]], target: str) -> None:
    """Write a new folder of shapefiles and CSV tables. Raises OutputError, also for a folder that is not empty."""
    check_new_folder(target)
    place = Path(target)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        for layer in layers:
            write_shapefile(layer, str(part / f"{layer.name}.shp"))
        for name, rows in tables.items():
            with open(part / f"{name}.csv", "w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows(rows)
        if place.exists():
            place.rmdir()  # Windows puts no folder in the place of another
        part.replace(place)
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error}); {WRITE_ADVICE}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(table: VectorTable, driver: str, path: str, options: Sequence[str] = ()) -> None:
    with gdal_faults_as(OutputError, f"{path} cannot be written; {WRITE_ADVICE}."):
        dataset = ogr.GetDriverByName(driver).CreateDataSource(path)
        layer = dataset.CreateLayer(table.name, _positions(), GEOMETRIES[table.geometry], options=list(options))
        for column in table.columns:
            layer.CreateField(_definition(column, table.rows, narrow=driver == "ESRI Shapefile"))
        layer.StartTransaction()
        for wkb, row in zip(table.wkb, table.rows):
            layer.CreateFeature(_feature(layer.GetLayerDefn(), table, wkb, row))
        layer.CommitTransaction()
        dataset.FlushCache()
        del layer, dataset


def _positions() -> Any:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference


def _definition(column: Field, rows: Sequence[Mapping[str, Any]], narrow: bool) -> Any:
    """Return a field; in a shapefile as wide as its texts need. Raises OutputError where one is too long."""
    definition = ogr.FieldDefn(column.name, KINDS[column.kind])
    if not narrow:
        return definition
    if column.kind == TEXT:
        longest = max((len(str(row.get(column.name) or "").encode()) for row in rows), default=0)
        if longest > LONGEST_TEXT:
            raise OutputError(f"{column.name} has a text of {longest} bytes, a shapefile takes {LONGEST_TEXT}; "
                              "shorten it, or export a GeoPackage.")  # fmt: skip
        definition.SetWidth(max(TEXT_WIDTH, longest))
    elif column.kind == INTEGER:
        definition.SetWidth(INTEGER_WIDTH)
    else:
        definition.SetWidth(REAL_WIDTH)
        definition.SetPrecision(REAL_DECIMALS)
    return definition


def _feature(definition: Any, table: VectorTable, wkb: bytes, row: Mapping[str, Any]) -> Any:
    feature = ogr.Feature(definition)
    geometry = ogr.CreateGeometryFromWkb(wkb)
    if table.geometry == "MultiPolygon":
        geometry = ogr.ForceToMultiPolygon(geometry)
    feature.SetGeometryDirectly(geometry)
    for number, column in enumerate(table.columns):
        value = row.get(column.name)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            feature.SetFieldNull(number)
        else:
            feature.SetField(number, value)
    return feature
