"""`icemargin check` and `icemargin export`: from files to files, read back with GDAL, and wrong input."""

import csv
import gzip
import json

import numpy as np
import pytest
import shapely
from icemargin.cli import main
from osgeo import gdal, ogr, osr
from shapely import box

LEFT, RIGHT = box(5e5, 5e6, 5.01e5, 5.001e6), box(5.010005e5, 5e6, 5.02e5, 5.001e6)
BOW = shapely.Polygon([(5.1e5, 5e6), (5.12e5, 5.002e6), (5.12e5, 5e6), (5.1e5, 5.002e6)])
APART = shapely.MultiPolygon([box(5.2e5, 5e6, 5.21e5, 5.001e6), box(5.22e5, 5e6, 5.222e5, 5.0002e6)])
FACTS = {"src_date": "2020-08-01", "analyst": "Ann", "method": "by hand", "sensor": "S2", "src_id": "S2A_1"}


def write(path, geometry, driver="GPKG", epsg=32632, layer="outlines", rows=None):
    """A vector file of geometries with ids g0, g1 ... and FACTS; `rows` has other values."""
    rows = rows or [{} for _ in geometry]
    values = [{"im_id": f"g{n}", **FACTS, **row} for n, row in enumerate(rows)]
    dataset = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    target = dataset.CreateLayer(layer, reference, ogr.wkbUnknown)
    for name in values[0]:
        target.CreateField(ogr.FieldDefn(name, ogr.OFTString))
    for one, row in zip(geometry, values):
        feature = ogr.Feature(target.GetLayerDefn())
        feature.SetGeometry(ogr.CreateGeometryFromWkb(shapely.to_wkb(one)))
        for name, value in row.items():
            feature.SetField(name, value)
        target.CreateFeature(feature)
    return str(path)


def read(path, layer=0):
    """Values and shapely geometries of a file's layer."""
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    found = dataset.GetLayer(layer)
    return [(feature.items(), shapely.from_wkb(bytes(feature.GetGeometryRef().ExportToWkb()))) for feature in found]


def run(capsys, *arguments):
    """Return code, stdout and stderr."""
    code = main([str(argument) for argument in arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_sound_layer(tmp_path, capsys):
    code, out, _ = run(capsys, "check", write(tmp_path / "a.gpkg", [LEFT]))
    assert code == 0 and "1 outlines, no faults" in out


def test_faults_are_told_and_left_alone(tmp_path, capsys):
    path = write(tmp_path / "a.gpkg", [LEFT, RIGHT, BOW, APART])
    code, out, _ = run(capsys, "check", path)
    assert code == 1 and "3 faults" in out
    for words in ("1 self_intersection", "1 multipart", "1 gap", "g0, g1: a gap of 500", "(9.0127, 45.1580)"):
        assert words in out
    assert "2 of them can be repaired" in out and "1 can be split" in out


def test_repaired_copy(tmp_path, capsys):
    path, fixed = write(tmp_path / "a.gpkg", [LEFT, RIGHT, BOW, APART]), tmp_path / "fixed.gpkg"
    code, out, _ = run(capsys, "check", path, "--repair", "--split", "--out", fixed)
    assert code == 0 and "Left: 0" in out
    rows = read(fixed)
    assert [row["im_id"] for row, _ in rows[:4]] == ["g0", "g1", "g2", "g3"] and len(rows) == 6
    assert all(row["im_id"].startswith("IM") and row["analyst"] == "Ann" for row, _ in rows[4:])
    before = shapely.union_all([LEFT, RIGHT, shapely.make_valid(BOW), APART]).area
    after = shapely.union_all([geometry for _, geometry in rows]).area
    assert after - before == pytest.approx(500, abs=3)
    assert read(path)[2][1].equals_exact(BOW, 0)  # the input is as it was
    assert run(capsys, "check", fixed)[0] == 0


@pytest.mark.parametrize(("driver", "ending"), [("ESRI Shapefile", "shp"), ("GeoJSON", "geojson")])
def test_other_formats_are_repaired_too(tmp_path, capsys, driver, ending):
    square = box(9, 45, 9.01, 45.01)
    path = write(tmp_path / f"a.{ending}", [square.reverse(), square.reverse()], driver, 4326, "a",
                 [{"im_id": "x"}, {"im_id": "x"}])  # fmt: skip
    code, out, _ = run(capsys, "check", path, "--repair", "--out", tmp_path / "fixed.gpkg")
    assert code == 0 and "the second copy is removed" in out
    assert len(read(tmp_path / "fixed.gpkg")) == 1


def test_other_layers_of_the_file_come_along(tmp_path, capsys):
    path = write(tmp_path / "a.gpkg", [BOW])
    dataset = ogr.Open(path, 1)
    notes = dataset.CreateLayer("provenance", None, ogr.wkbNone)
    notes.CreateField(ogr.FieldDefn("key"))
    feature = ogr.Feature(notes.GetLayerDefn())
    feature["key"] = "model"
    notes.CreateFeature(feature)
    del notes, dataset
    run(capsys, "check", path, "--repair", "--out", tmp_path / "fixed.gpkg")
    copy = ogr.Open(str(tmp_path / "fixed.gpkg"))
    assert copy.GetLayerByName("provenance").GetNextFeature()["key"] == "model"


def test_rejected_outlines_stay_as_they_are(tmp_path, capsys):
    path = write(tmp_path / "a.gpkg", [BOW, LEFT, BOW], rows=[{"status": "rejected"}, {"status": ""}, {"status": ""}])
    code, out, _ = run(capsys, "check", path, "--json")
    found = json.loads(out)
    assert code == 1 and found["outlines"] == 2 and [fault["places"] for fault in found["faults"]] == [[2]]
    run(capsys, "check", path, "--repair", "--out", tmp_path / "fixed.gpkg")
    assert [geometry.is_valid for _, geometry in read(tmp_path / "fixed.gpkg")] == [False, True, True]


def test_json(tmp_path, capsys):
    path = write(tmp_path / "a.gpkg", [LEFT, RIGHT])
    found = json.loads(run(capsys, "check", path, "--json")[1])
    (fault,) = found["faults"]
    assert (fault["kind"], fault["ids"], fault["unit"]) == ("gap", ["g0", "g1"], "m2")
    assert (fault["lon"], fault["lat"]) == pytest.approx((9.0127, 45.158), abs=1e-4)
    assert fault["size"] == pytest.approx(500, rel=0.01) and found["left"] == found["faults"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--repair"], "give --repair and --out"),
        (["--out", "x.gpkg"], "give --repair and --out"),
        (["--split"], "--split is a repair"),
        (["--sliver", "0"], "width of slivers"),
        (["--id-field", "nix"], "has no field nix"),
    ],
)
def test_wrong_options(tmp_path, capsys, options, words):
    code, _, err = run(capsys, "check", write(tmp_path / "a.gpkg", [LEFT]), *options)
    assert code == 2 and words in err


def test_wrong_files(tmp_path, capsys):
    assert run(capsys, "check", tmp_path / "none.gpkg")[0] == 2
    path = write(tmp_path / "a.gpkg", [BOW])
    code, _, err = run(capsys, "check", path, "--repair", "--out", tmp_path / "fixed.shp")
    assert code == 2 and ".gpkg" in err and list(tmp_path.iterdir()) == [tmp_path / "a.gpkg"]


@pytest.mark.parametrize("name", ["a.gpkg.gz", "a.ZIP"])
def test_a_packed_file_is_to_be_unpacked(tmp_path, capsys, name):
    (tmp_path / name).write_bytes(gzip.compress(b"outlines"))
    code, _, err = run(capsys, "check", tmp_path / name)
    assert code == 2 and "unpack it first" in err and err.count("\n") == 1


GLACIER = shapely.Polygon(box(5e5, 5e6, 5.02e5, 5.01e6).exterior, [box(5.005e5, 5.001e6, 5.01e5, 5.002e6).exterior])


@pytest.mark.parametrize(("form", "name"), [("rgi7", "a.gpkg"), ("rgi7", "b.shp"), ("geojson", "a.geojson")])
def test_an_export_read_back(tmp_path, capsys, form, name):
    path, out = write(tmp_path / "in.gpkg", [GLACIER, BOW]), tmp_path / "out" / name
    code, told, err = run(capsys, "export", path, "--format", form, "--out", out)
    assert code == 1 and "2 outlines, 21.5" in told and "1 outlines were invalid" in err
    dataset = ogr.Open(str(out))
    layer = dataset.GetLayer(0)
    assert layer.GetSpatialRef().GetAuthorityCode(None) == "4326"
    assert [field.GetName() for field in layer.schema][:3] == ["rgi_id", "o1region", "o2region"]
    row, geometry = read(out)[0]
    assert (row["im_id"], row["surge_type"], row["primeclass"], row["zmin_m"]) == ("g0", 9, -999, None)
    assert row["src_date"].replace("/", "-") == "2020-08-01" and row["area_km2"] == pytest.approx(19.5, rel=1.5e-3)
    assert geometry.bounds == pytest.approx((9.0, 45.1535, 9.0255, 45.2435), abs=1e-3)
    code, said, _ = run(capsys, "check", out, "--format", form)
    assert "multipart" in said and "wrong_value" not in said  # what crossed itself is in two parts


def test_types_and_widths_of_a_shapefile(tmp_path, capsys):
    path = write(tmp_path / "in.gpkg", [GLACIER], rows=[{"glac_name": "x" * 90}])
    run(capsys, "export", path, "--format", "rgi7", "--out", tmp_path / "a.shp")
    dataset = ogr.Open(str(tmp_path / "a.shp"))
    layer = dataset.GetLayer(0)
    found = {field.GetName(): (field.GetTypeName(), field.GetWidth(), field.GetPrecision()) for field in layer.schema}
    assert found["rgi_id"] == ("String", 80, 0) and found["glac_name"] == ("String", 90, 0)
    assert found["term_type"] == ("Integer", 9, 0) and found["area_km2"] == ("Real", 24, 15)


def test_a_text_too_long_for_a_shapefile(tmp_path, capsys):
    path = write(tmp_path / "in.gpkg", [GLACIER], rows=[{"glac_name": "x" * 300}])
    code, _, err = run(capsys, "export", path, "--format", "rgi7", "--out", tmp_path / "a.shp")
    assert code == 1 and "shorten it" in err and not list(tmp_path.glob("*.part")) + list(tmp_path.glob("a.*"))


def test_geojson_across_the_antimeridian(tmp_path, capsys):
    shape = shapely.transform(GLACIER, lambda xy: xy + np.array([1.4e5, 2.2e6]))
    path = write(tmp_path / "in.gpkg", [shape], epsg=32660)
    code, _, err = run(capsys, "export", path, "--format", "geojson", "--out", tmp_path / "a.geojson")
    assert code == 0 and "cross the antimeridian" in err and "has faults" not in err
    found = json.loads((tmp_path / "a.geojson").read_text())
    (feature,) = found["features"]
    parts = feature["geometry"]["coordinates"]
    assert "crs" not in found and feature["geometry"]["type"] == "MultiPolygon" and len(parts) == 2
    assert {np.sign(part[0][0][0]) for part in parts} == {-1, 1}


def test_a_hand_in_for_glims(tmp_path, capsys):
    path, out = write(tmp_path / "in.gpkg", [GLACIER]), tmp_path / "hand-in"
    lines = write(tmp_path / "lines.gpkg", [shapely.LineString([(5.01e5, 5.001e6), (5.01e5, 5.009e6)])])
    arguments = ("export", path, "--format", "glims", "--out", out, "--lines", f"centerline={lines}",
                 "--local-uncertainty", "5", "--global-uncertainty", "10", "12")  # fmt: skip
    code, _, err = run(capsys, *arguments)
    assert code == 0 and "the export has faults" not in err
    names = {file.name for file in out.iterdir()}
    assert {"outlines.shp", "internal_rock.shp", "centerline.shp", "images.csv", "session.csv"} <= names
    (row, geometry), ((rock, _),) = read(out / "outlines.shp")[0], read(out / "internal_rock.shp")
    assert (row["local_id"], row["line_type"], row["glob_unc_y"], rock["line_type"]) == (
        "g0", "glac_bound", 12, "intrnl_rock")  # fmt: skip
    assert len(geometry.interiors) == 1 and read(out / "centerline.shp")[0][0]["local_id"] == "g0"
    with open(out / "images.csv", encoding="utf-8") as stream:
        assert list(csv.DictReader(stream)) == [
            {"image_id": "S2A_1", "inst_name": "S2", "acq_time": "2020-08-01", "outlines": "1"}
        ]
    code, _, err = run(capsys, *arguments)
    assert code == 1 and "there already" in err  # nothing is written over


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "rgi7", "--out", "a.json"], "does not fit"),
        (["--format", "glims", "--out", "a.shp"], "does not fit"),
        (["--format", "glims", "--out", "x", "--lines", "centerline"], "is not like"),
        (["--format", "glims", "--out", "x", "--local-uncertainty", "1", "2", "3"], "one number"),
        (["--format", "glims", "--out", "x", "--global-uncertainty=-1"], "not below 0"),
        (["--format", "glims", "--out", "x", "--local-uncertainty", "nan"], "not below 0"),
        (["--format", "rgi7", "--out", "a.gpkg", "--local-uncertainty", "5"], "are for a hand-in"),
        (["--format", "geojson", "--out", "a.json", "--lines", "centerline=a.gpkg"], "are for a hand-in"),
    ],
)
def test_wrong_exports(tmp_path, capsys, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "export", write(tmp_path / "in.gpkg", [GLACIER]), *options)
    assert code == 2 and words in err and [path.name for path in tmp_path.iterdir()] == ["in.gpkg"]


@pytest.mark.parametrize("name", ["oetztal_rgi50", pytest.param("exploradores_rgi60", marks=pytest.mark.slow)])
def test_real_inventories(shared, tmp_path, capsys, name):
    """Repaired, exported and read back: the area is that of the inventory, and nothing is found any more."""
    source = shared / "data" / "rgi" / f"{name}.gpkg"
    if not source.exists():
        pytest.skip(f"{source.name} is not there")
    run(capsys, "check", source, "--repair", "--split", "--out", tmp_path / "fixed.gpkg")
    run(capsys, "export", tmp_path / "fixed.gpkg", "--format", "rgi7", "--out", tmp_path / "a.gpkg")
    found = json.loads(run(capsys, "check", tmp_path / "a.gpkg", "--format", "rgi7", "--json")[1])
    assert {fault["kind"] for fault in found["faults"]} <= {"missing_value", "overlap", "below_minimum", "missing_id"}
    rows = read(tmp_path / "a.gpkg")
    told = sum(row["Area"] for row, _ in read(source))
    assert sum(row["area_km2"] for row, _ in rows) == pytest.approx(told, rel=0.001)
