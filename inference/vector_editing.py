"""OGR: a copy of a vector file in which some features of one layer are changed, removed or added."""

from __future__ import annotations

from typing import Any, List, Sequence

from osgeo import gdal, ogr

from .columns import Field
from .errors import OutlinesError, OutputError
from .gdal_calls import checked, gdal_faults_as
from .layer_edits import LayerEdits, Values
from .vector_io import KINDS, WRITE_ADVICE, drop_journal
from .vector_layer import VectorLayer
from .whole_file import whole_file

GEOPACKAGE = ".gpkg"


def write_edited(layer: VectorLayer, edits: LayerEdits, target: str) -> None:
    """Write a copy of the whole file that a layer was read from, with the edits, as a GeoPackage. All or nothing.

    Other layers of the file (and its styles) are copied too. Raises OutlinesError and OutputError.
    """
    if not target.lower().endswith(GEOPACKAGE):
        raise OutputError(f"{target}: edited outlines are written as a GeoPackage; give a name that ends in .gpkg.")
    what = f"{target} cannot be written; {WRITE_ADVICE}."
    source = checked(OutlinesError, f"{layer.path} cannot be read", gdal.OpenEx, layer.path, gdal.OF_VECTOR)
    with whole_file(target) as part:
        # Features keep their numbers where these are in the order of reading: OGR reads a GeoPackage by number.
        same = ["-preserve_fid"] if source.GetDriver().ShortName == "GPKG" else []
        with gdal_faults_as(OutputError, what):
            copy = gdal.VectorTranslate(str(part), source, format="GPKG", options=same)
            del copy
            dataset = ogr.Open(str(part), 1)
            _edit(dataset.GetLayerByName(layer.name), dataset, edits)
            del dataset
    drop_journal(target)


def _edit(layer: Any, dataset: Any, edits: LayerEdits) -> None:
    missing = _create_fields(layer, edits.fields)
    features: List[Any] = list(layer)
    multi = ogr.GT_Flatten(layer.GetGeomType()) == ogr.wkbMultiPolygon
    dataset.StartTransaction()
    for place in range(len(features)) if missing else {**edits.shapes, **edits.values}:
        feature = features[place]
        _put(feature, missing)
        if place in edits.shapes:
            feature.SetGeometry(_geometry(edits.shapes[place], multi))
        _put(feature, edits.values.get(place, {}))
        layer.SetFeature(feature)
    for place, wkb, values in edits.added:
        feature = features[place].Clone()
        feature.SetFID(-1)
        feature.SetGeometry(_geometry(wkb, multi))
        _put(feature, values)
        layer.CreateFeature(feature)
    for place in edits.removed:
        layer.DeleteFeature(features[place].GetFID())
    dataset.CommitTransaction()


def _create_fields(layer: Any, fields: Sequence[Field]) -> Values:
    """Create the fields that a layer has not; return their missing values."""
    known = {own.GetName().lower() for own in layer.schema}
    new = [one for one in fields if one.name.lower() not in known]
    for one in new:
        layer.CreateField(ogr.FieldDefn(one.name, KINDS[one.kind]))
    return {one.name: one.missing for one in new}


def _put(feature: Any, values: Values) -> None:
    for name, value in values.items():
        if value is None:
            feature.SetFieldNull(name)
        else:
            feature.SetField(name, value)


def _geometry(wkb: bytes, multi: bool) -> Any:
    geometry = ogr.CreateGeometryFromWkb(wkb)
    return ogr.ForceToMultiPolygon(geometry) if multi else geometry
