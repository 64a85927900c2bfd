"""GeoPackage layers: what is written is read again, and failures are named."""

from __future__ import annotations

import os

import numpy as np
import pytest
from icemargin.inference.errors import OutputError, SourceError
from icemargin.inference.gdal_calls import gdal_faults_as
from icemargin.inference.ring_wkb import polygon_wkb
from icemargin.inference.rings import Rings
from icemargin.inference.vector_io import (
    INTEGER,
    NO_GEOMETRY,
    REAL,
    TEXT,
    Field,
    GeoPackageWriter,
    LayerSchema,
    publish,
    read_layer,
)
from osgeo import gdal, ogr, osr

SQUARE = polygon_wkb(Rings(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), np.array([0])))
FIELDS = (Field("name", TEXT, ""), Field("zone", INTEGER, -999), Field("height", REAL))


def utm_wkt() -> str:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32643)
    return reference.ExportToWkt()


def write(path, rows, schema=None):
    with GeoPackageWriter(str(path)) as writer:
        return writer.write(schema or LayerSchema("things", FIELDS, wkt=utm_wkt()), rows)


def test_there_and_back(tmp_path):
    rows = [(SQUARE, {"name": "a", "zone": 43, "height": 1.5}), (SQUARE, {"height": float("nan")})]
    assert write(tmp_path / "t.gpkg", rows) == 2
    (wkb, first), (_, second) = read_layer(str(tmp_path / "t.gpkg"), "things")
    assert wkb == SQUARE
    assert first == {"name": "a", "zone": 43, "height": 1.5}
    assert second == {"name": "", "zone": -999, "height": None}


def test_layer_has_its_crs_and_a_spatial_index(tmp_path):
    write(tmp_path / "t.gpkg", [(SQUARE, {})])
    dataset = ogr.Open(str(tmp_path / "t.gpkg"))
    layer = dataset.GetLayerByName("things")
    assert layer.GetSpatialRef().GetAuthorityCode(None) == "32643"
    assert layer.TestCapability(ogr.OLCFastSpatialFilter)


def test_an_empty_layer_keeps_its_schema(tmp_path):
    write(tmp_path / "t.gpkg", [])
    dataset = ogr.Open(str(tmp_path / "t.gpkg"))
    definition = dataset.GetLayerByName("things").GetLayerDefn()
    assert [definition.GetFieldDefn(i).GetName() for i in range(3)] == ["name", "zone", "height"]


def test_a_table_without_geometry(tmp_path):
    write(tmp_path / "t.gpkg", [(None, {"key": "k"})], LayerSchema("notes", (Field("key", TEXT),), NO_GEOMETRY))
    assert list(read_layer(str(tmp_path / "t.gpkg"), "notes")) == [(None, {"key": "k"})]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OutputError, match="can be written to"):
        write(tmp_path / "missing" / "t.gpkg", [])


@pytest.mark.parametrize("content", [b"", b"not a database"])
def test_a_file_that_is_no_geopackage_is_named(tmp_path, content):
    (tmp_path / "t.gpkg").write_bytes(content)
    with pytest.raises(OutputError, match="map again"):
        list(read_layer(str(tmp_path / "t.gpkg"), "things"))


def test_a_missing_layer_is_named(tmp_path):
    write(tmp_path / "t.gpkg", [])
    with pytest.raises(OutputError, match="no layer other"):
        list(read_layer(str(tmp_path / "t.gpkg"), "other"))


@pytest.fixture(params=[False, True])
def gdal_exceptions(request):
    """Both settings of GDAL's switch, put back afterwards."""
    before = gdal.GetUseExceptions()
    (gdal.UseExceptions if request.param else gdal.DontUseExceptions)()
    yield request.param
    (gdal.UseExceptions if before else gdal.DontUseExceptions)()


def test_gdal_faults_become_named_errors_either_way(gdal_exceptions):
    with pytest.raises(SourceError, match="choose another"), gdal_faults_as(SourceError, "It fails; choose another."):
        gdal.Open("nowhere.tif")
    assert bool(gdal.GetUseExceptions()) == gdal_exceptions


def test_publish_replaces_and_takes_old_journals_away(tmp_path):
    target = tmp_path / "out.gpkg"
    for name, text in (("out.gpkg", "old"), ("out.gpkg-wal", "journal"), ("new.gpkg", "new")):
        (tmp_path / name).write_text(text)
    publish(str(tmp_path / "new.gpkg"), str(target))
    assert target.read_text() == "new"
    assert os.listdir(tmp_path) == ["out.gpkg"]


def test_publish_into_nowhere_is_named(tmp_path):
    (tmp_path / "new.gpkg").write_text("new")
    with pytest.raises(OutputError, match="disk has room"):
        publish(str(tmp_path / "new.gpkg"), str(tmp_path / "missing" / "out.gpkg"))
