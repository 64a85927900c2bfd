"""Export as QGIS does it, through the runtime's child; the files are read by OGR alone, and compared with lists and
areas that were not made by our code."""

import csv
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from icemargin.inference import errors
from icemargin.inference.vector_export import write_shapefile
from icemargin.inference.vector_layer import VectorLayer
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.attributes_state import full_key
from icemargin.inventory.export_order import ExportOrder, told_rows
from icemargin.inventory.export_tally import tally
from icemargin.tasks import exporting
from icemargin.tasks.comparison_request import LayerSource
from icemargin.tasks.export_files import read_export_file, write_export_file
from icemargin.tasks.exporting import ExportRequest, run_export
from icemargin.tests.unit.processes import Recorder, bare_python, is_alive
from icemargin.tests.unit.test_check_command import BOW, GLACIER, run, write
from osgeo import gdal, ogr
from pyproj import Geod, Transformer

pytest_plugins = ["icemargin.tests.unit.child_fixtures"]
# As they stand in the facts file: "RGI 7.0 glacier attributes, in order", with the missing value of each.
TEXT, REAL, WHOLE = (ogr.OFTString, ""), (ogr.OFTReal, None), (ogr.OFTInteger, -999)
CODE = (ogr.OFTInteger, 9)
RGI7 = {
    "rgi_id": TEXT, "o1region": TEXT, "o2region": TEXT, "glims_id": TEXT, "anlys_id": WHOLE, "subm_id": WHOLE,
    "src_date": TEXT, "cenlon": REAL, "cenlat": REAL, "utm_zone": WHOLE, "area_km2": REAL, "primeclass": WHOLE,
    "conn_lvl": WHOLE, "surge_type": CODE, "term_type": CODE, "glac_name": TEXT, "is_rgi6": WHOLE, "termlon": REAL,
    "termlat": REAL, "zmin_m": REAL, "zmax_m": REAL, "zmed_m": REAL, "zmean_m": REAL, "slope_deg": REAL,
    "aspect_deg": REAL, "aspect_sec": CODE, "dem_source": TEXT, "lmax_m": WHOLE,
}  # fmt: skip
MADE = ("cenlon", "cenlat", "utm_zone", "area_km2")
# "GLIMS hand-in": scene ids and dates, sensor, analyst, method, local and global x/y uncertainty.
GLIMS = {
    "image_id": "S2A_1", "src_date": "2020-08-01", "inst_name": "S2", "analyst": "Ann", "proc_desc": "by hand",
    "loc_unc_x": 5, "loc_unc_y": 6, "glob_unc_x": 10, "glob_unc_y": 12,
}  # fmt: skip
ORDER = {"local_m": (5.0, 6.0), "global_m": (10.0, 12.0)}
TARGETS = {"a.gpkg": "rgi7", "a.shp": "rgi7", "a.geojson": "geojson", "hand-in": "glims"}
GEOD = Geod(ellps="WGS84")
SOUTH = "EPSG:3031"


def source(path):
    return LayerSource(Path(path).stem, lambda _progress: read_vectors(str(path)), path=str(path))


def request(path, target, **more):
    lines = {kind: source(one) for kind, one in more.pop("lines", {}).items()}
    form = more.pop("form", "") or TARGETS[target.name]
    return ExportRequest(source(path), ExportOrder(form, **more), str(target), lines)


def opened(path):
    """Fields (name and type), CRS, values and geometries of a file, by OGR; nothing of a shapefile is null for it."""
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    layer = dataset.GetLayer(0)
    fields = {field.GetName(): field.GetType() for field in layer.schema}
    rows = [(one.items(), shapely.from_wkb(bytes(one.GetGeometryRef().ExportToWkb()))) for one in layer]
    return fields, layer.GetSpatialRef().GetAuthorityCode(None), rows


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson"])
def test_fields_and_missing_values_are_those_of_the_inventory(tmp_path, room, name):
    path = write(tmp_path / "in.gpkg", [GLACIER])
    answer = run_export(request(path, tmp_path / "out" / name), sys.executable, Recorder())
    fields, crs, [(row, _)] = opened(answer.path)
    assert crs == "4326" and list(fields)[: len(RGI7)] == list(RGI7) and list(fields)[len(RGI7)] == "im_id"
    if name != "a.geojson":  # which has no types of its own: what is null everywhere is a text to OGR
        assert {field: kind for field, kind in fields.items() if field in RGI7} == {n: k for n, (k, _) in RGI7.items()}
    for field, (kind, missing) in RGI7.items():
        if field not in (*MADE, "src_date"):
            empty = name == "a.shp" and kind == ogr.OFTString  # dBASE knows no empty text
            assert row[field] == (None if empty else missing), field
    assert str(row["src_date"]).replace("/", "-") == "2020-08-01" and list(room.iterdir()) == []
    assert not answer.faults and not answer.unchecked and answer.count == 1


def test_a_hand_in_holds_what_glims_asks_for(tmp_path, room):
    path = write(tmp_path / "in.gpkg", [GLACIER])
    centre = write(tmp_path / "lines.gpkg", [shapely.LineString([(5.01e5, 5.001e6), (5.01e5, 5.009e6)])])
    debris = write(tmp_path / "debris.gpkg", [shapely.box(5e5, 5e6, 5.001e5, 5.001e6)])
    asked = request(path, tmp_path / "hand-in", lines={"centerline": centre, "debris_cov": debris}, **ORDER)
    answer = run_export(asked, sys.executable, Recorder())
    _, crs, [(row, outline)] = opened(answer.path)
    assert crs == "4326" and {name: row[name] for name in GLIMS} == GLIMS and row["line_type"] == "glac_bound"
    assert answer.faults == () and len(outline.interiors) == 1
    for name, kind in (("internal_rock", "intrnl_rock"), ("centerline", "centerline"), ("debris_cov", "debris_cov")):
        _, crs, [(line, _)] = opened(tmp_path / "hand-in" / f"{name}.shp")
        assert crs == "4326" and (line["line_type"], line["local_id"]) == (kind, "g0")
    with open(tmp_path / "hand-in" / "session.csv", encoding="utf-8") as stream:
        session = dict(csv.reader(stream))
    assert (session["loc_unc_m"], session["glob_unc_m"], session["n_internal_rock"]) == ("5 6", "10 12", "1")


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "hand-in"])
def test_the_command_and_qgis_write_the_same(tmp_path, capsys, name):
    path = write(tmp_path / "in.gpkg", [GLACIER, BOW], rows=[{}, {"analyst": "", "src_date": ""}])
    fill = {"analyst": "Eve", "src_date": "1999-09-09"}
    answer = run_export(request(path, tmp_path / "qgis" / name, fill=fill, **ORDER), sys.executable, Recorder())
    code, told, err = run(
        capsys, "export", path, "--format", TARGETS[name], "--out", tmp_path / "here" / name, "--analyst", "Eve",
        "--src-date", "1999-09-09",
        *(("--local-uncertainty", 5, 6, "--global-uncertainty", 10, 12) if name == "hand-in" else ()),
    )  # fmt: skip
    here = tmp_path / "here" / Path(answer.path).relative_to(tmp_path / "qgis")
    assert code == 1 and opened(answer.path) == opened(here) and all(note in err for note in answer.notes)
    assert f"{answer.count} outlines, {answer.area_km2:.3f} km2" in told
    assert [fault["kind"] for fault in answer.faults] == ["multipart"] and "1 multipart" in err
    dates = [str(row["src_date"]).replace("/", "-") for row, _ in opened(answer.path)[2]]
    assert dates == ["2020-08-01", "1999-09-09"]


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson"])
def test_official_ids_are_ids_too(tmp_path, capsys, name):
    """They are handed on as what they are, not as ours, and the check knows them."""
    official = "RGI2000-v7.0-G-11-00001"
    path = write(tmp_path / "in.gpkg", [GLACIER], rows=[{"im_id": official, "rgi_id": official}])
    answer = run_export(request(path, tmp_path / name, id_field="rgi_id"), sys.executable, Recorder())
    [(row, _)] = opened(answer.path)[2]
    assert row["rgi_id"] == official and not row["im_id"] and answer.faults == ()
    assert run(capsys, "check", answer.path, "--format", TARGETS[name])[0] == 0
    code, told, _ = run(capsys, "check", write(tmp_path / "no.gpkg", [GLACIER], rows=[{"im_id": ""}]))
    assert code == 1 and "has no id" in told


def circle(x, y, radius):
    """A circle of points less than 100 m apart, so that a straight side in the plane is one on the ellipsoid."""
    turn = np.linspace(0, 2 * np.pi, int(radius / 10), endpoint=False)
    return np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)])


POLAR = [
    shapely.Polygon(circle(2_000, -3_000, 12_000), [circle(4_000, 0, 3_000)]),  # the pole, the antimeridian beside it
    shapely.Polygon(circle(0, -1_500_000, 9_000), [circle(500, -1_500_000, 2_000)]),  # across 180 degrees
    shapely.Polygon(circle(1_400_000, 300_000, 5_000)),
]


def true_km2(polygon):
    """The area of the rings themselves, on the ellipsoid: no cut, no closing along a pole."""
    to_degrees = Transformer.from_crs(SOUTH, "EPSG:4326", always_xy=True)
    rings = [np.array(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
    areas = [abs(GEOD.polygon_area_perimeter(*to_degrees.transform(*ring.T))[0]) / 1e6 for ring in rings]
    return areas[0] - sum(areas[1:])


@pytest.mark.parametrize("name", TARGETS)
def test_across_the_antimeridian_and_round_the_pole(tmp_path, name):
    path = write(tmp_path / "in.gpkg", POLAR, epsg=3031)
    answer = run_export(request(path, tmp_path / name, **ORDER), sys.executable, Recorder())
    field = "area" if name == "hand-in" else "area_km2"
    _, crs, rows = opened(answer.path)
    assert crs == "4326" and len(rows) == 3 and not answer.faults
    for (row, written), outline in zip(rows, POLAR):
        true = true_km2(outline)
        assert row[field] == pytest.approx(true, rel=1e-6)
        parts = [shapely.geometry.polygon.orient(part) for part in shapely.get_parts(written)]
        shape = sum(GEOD.geometry_area_perimeter(part)[0] for part in parts) / 1e6
        assert shape == pytest.approx(true, rel=1e-6 if name != "a.geojson" else 1e-5)
        west, south, east, north = written.bounds
        assert -90 <= south < north < -60 and written.is_valid
        limit = 360 if name in ("a.gpkg", "a.shp", "hand-in") else 180
        assert -limit <= west < east <= limit
    pole, crossing, _ = (written for _, written in rows)
    assert pole.bounds[0] == -180 and pole.bounds[2] == 180 and pole.bounds[1] == -90
    assert (crossing.geom_type == "MultiPolygon" and len(crossing.geoms) == 2) == (name == "a.geojson")


LINE = shapely.LineString([(5e5, 5e6), (5.1e5, 5e6)])


@pytest.mark.parametrize(
    ("layer", "target", "more", "kind", "words"),
    [
        ({"geometry": []}, "a.gpkg", {}, errors.OutlinesError, "no outline to hand in"),
        ({"rows": [{"status": "rejected"}]}, "a.gpkg", {}, errors.OutlinesError, "1 features, 1 rejected"),
        ({"geometry": [LINE]}, "a.gpkg", {}, errors.OutlinesError, "no outline to hand in"),
        ({"epsg": 0}, "a.gpkg", {}, errors.CrsError, "no CRS"),
        ({}, "a.gpkg", {"id_field": "nix"}, errors.OutlinesError, "no field nix"),
        ({}, "a.kml", {"form": "rgi7"}, errors.InputError, "does not fit the format rgi7"),
        ({}, "a.b", {"form": "glims"}, errors.InputError, "a new folder without a dot"),
        ({}, "in.gpkg", {"form": "rgi7"}, errors.InputError, "outlines' own file"),
        ({}, "other.gpkg", {"form": "rgi7"}, errors.InputError, "holds moraines too, which would go"),
        ({}, "full", {"form": "glims"}, errors.OutputError, "is there already"),
        ({}, "full.gpkg", {"form": "rgi7"}, errors.OutputError, "it is a folder"),
        ({}, "/proc/nowhere/a.gpkg", {"form": "rgi7"}, errors.OutputError, "cannot be written"),
        ({}, "hand-in", {"lines": {"debris_cov": LINE}}, errors.InputError, "debris_cov are polygons"),
        ({}, "hand-in", {"lines": {"moraine": LINE}}, errors.InputError, "no line type"),
    ],
)
def test_what_is_wrong_comes_back_by_name(tmp_path, room, layer, target, more, kind, words):
    full = {"geometry": [GLACIER], **layer}
    rows = full.pop("rows", None) or [{} for _ in full["geometry"]] or [{}]
    path = write(tmp_path / "in.gpkg", full.pop("geometry"), rows=rows, **full)
    write(tmp_path / "other.gpkg", [GLACIER], layer="moraines")
    for name in ("full", "full.gpkg"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept").write_text("mine")
    lines = {name: write(tmp_path / "lines.gpkg", [shape]) for name, shape in more.pop("lines", {}).items()}
    before = sorted(tmp_path.rglob("*")), Path(path).read_bytes()
    with pytest.raises(kind, match=words):
        run_export(request(path, tmp_path / target, lines=lines, **more), sys.executable, Recorder())
    assert (sorted(tmp_path.rglob("*")), Path(path).read_bytes()) == before


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"form": "kml"}, "no format"),
        ({"form": "glims", "fill": {"area_km2": "3"}}, "cannot be filled in"),
        ({"form": "glims", "fill": {"src_date": "yesterday"}}, "no date"),
        ({"form": "glims", "local_m": (5.0, -1.0)}, "not below 0"),
    ],
)
def test_an_order_that_cannot_be_meant(values, words):
    with pytest.raises(errors.InputError, match=words):
        ExportOrder(**values)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_only_what_is_empty_is_filled_in(value):
    rows = [{"SENSOR": value, "method": "by hand"}, {"SENSOR": "Landsat", "method": value}]
    fields, found = told_rows(("SENSOR", "method"), rows, {"sensor": "S2", "src_id": "x"})
    assert fields == ("SENSOR", "method", "src_id", "sensor")
    assert [(row["sensor"], row["src_id"]) for row in found] == [("S2", "x"), ("Landsat", "x")]
    assert [row["method"] for row in found] == ["by hand", None]


def test_what_is_told_before_an_export():
    wkb = shapely.to_wkb(GLACIER)
    current = full_key(wkb, b"dem")
    rows = [
        ({"status": "to review", "Sensor": "S2"}, wkb),
        ({"status": "Rejected"}, wkb),
        ({"status": "rejected"}, None),
        ({"status": "accepted", "attr_key": current, "attr_state": "current", "src_date": " "}, wkb),
        ({"status": "accepted", "attr_key": full_key(b"other", b"dem"), "attr_state": "current"}, wkb),
        ({"status": "edited"}, wkb),
        ({"status": "edited", "attr_key": current, "attr_state": "current"}, wkb),
        ({"status": None, "Sensor": "S2"}, wkb),
        ({"status": "accepted"}, None),
    ]
    found = tally(("status", "Sensor", "src_date", "attr_key", "attr_state"), rows)
    assert (found.outlines, found.rejected, found.empty, found.to_review, found.stale) == (6, 2, 1, 1, 2)
    assert found.untold == {"src_date": 6, "src_id": 6, "sensor": 4, "analyst": 6, "method": 6}
    assert found.values["sensor"] == {"S2": 2} and tally((), []).outlines == 0


def test_what_is_left_out_or_stale_is_told_with_an_export(tmp_path):
    rows = [{"status": "rejected"}, {"status": "edited"}]
    path = write(tmp_path / "in.gpkg", [GLACIER, GLACIER], rows=rows)
    notes = run_export(request(path, tmp_path / "hand-in", **ORDER), sys.executable, Recorder()).notes
    assert notes == (
        "Rejected outlines left out: 1.",
        "Outlines changed since their attributes were measured: 1; measure them again, and export again.",
    )


@pytest.mark.parametrize("text", ["Reading in", "Making"])
def test_cancel_before_the_file_is_there_leaves_what_stood_there(tmp_path, room, children, text):
    path, target = write(tmp_path / "in.gpkg", [GLACIER]), tmp_path / "a.gpkg"
    target.write_text("the one before")
    progress = Recorder(text)
    progress.act = lambda: setattr(progress, "stopped", True)
    with pytest.raises(errors.Cancelled):
        run_export(request(path, target), sys.executable, progress)
    assert target.read_text() == "the one before" and list(room.iterdir()) == []
    assert not any(is_alive(child.pid) for child in children) and not list(tmp_path.glob(".*"))


def test_the_files_of_a_hand_in_are_checked_against_each_other(tmp_path, room):
    path, target = write(tmp_path / "in.gpkg", [GLACIER]), tmp_path / "hand-in"
    progress = Recorder("Reading it back")
    progress.act = (target / "images.csv").unlink
    answer = run_export(request(path, target, **ORDER), sys.executable, progress)
    assert [fault["what"] for fault in answer.faults] == ["images.csv is missing"] and not answer.unchecked


@pytest.mark.parametrize("by", ["cancel", "crash"])
def test_a_check_that_does_not_end_leaves_the_file(tmp_path, room, children, by):
    """Nothing takes away what was handed in; the answer tells that it was not checked."""
    path, target = write(tmp_path / "in.gpkg", [GLACIER]), tmp_path / "a.gpkg"
    progress = Recorder("Reading it back")
    if by == "cancel":
        progress.act = lambda: setattr(progress, "stopped", True)
    else:
        progress.act = lambda: os.kill(children[-1].pid, signal.SIGKILL)
    answer = run_export(request(path, target), sys.executable, progress)
    assert ("cancelled" if by == "cancel" else "ended") in answer.unchecked and answer.faults == ()
    assert len(opened(target)[2]) == 1 and list(room.iterdir()) == []


def test_a_full_disk_leaves_what_stood_there(tmp_path, room, monkeypatch):
    def refuse(*_):
        raise errors.OutputError("a.gpkg cannot be written (disk full)")

    monkeypatch.setattr(exporting, "write_export", refuse)
    with pytest.raises(errors.OutputError, match="disk full"):
        run_export(request(write(tmp_path / "in.gpkg", [GLACIER]), tmp_path / "a.gpkg"), sys.executable, Recorder())
    assert not (tmp_path / "a.gpkg").exists() and list(room.iterdir()) == []


def test_without_a_runtime(tmp_path):
    path = write(tmp_path / "in.gpkg", [GLACIER])
    with pytest.raises(errors.RuntimeMissingError, match="press Set up"):
        run_export(request(path, tmp_path / "a.gpkg"), "", Recorder())
    with pytest.raises(errors.RuntimeMissingError, match="lacks shapely, scipy, pyproj"):
        run_export(request(path, tmp_path / "a.gpkg"), bare_python(tmp_path / "bare", numpy=True), Recorder())
    assert not (tmp_path / "a.gpkg").exists()


def test_an_old_index_does_not_hide_what_is_new(tmp_path):
    table = read_back(tmp_path).layers[0]
    target = tmp_path / "a.shp"
    for _ in range(2):
        write_shapefile(table, str(target))
        dataset = gdal.OpenEx(str(target), gdal.OF_VECTOR | gdal.OF_UPDATE)
        dataset.ExecuteSQL("CREATE SPATIAL INDEX ON a")
        dataset = None
        assert target.with_suffix(".qix").exists()
    write_shapefile(table, str(target))
    assert not target.with_suffix(".qix").exists()


def read_back(folder):
    """The tables of an export, through a file."""
    from icemargin.inventory.export_tables import export_tables

    layer = VectorLayer("x", "x", "EPSG:32632", (shapely.to_wkb(GLACIER),), ({"im_id": "ö", "zmin_m": 3},), ("im_id",))
    made = export_tables(layer, ExportOrder("glims"), {}, "IceMargin", "2026-11-22")
    write_export_file(folder / "made", made)
    found = read_export_file(folder / "made")
    for one, other in zip(made.layers, found.layers):
        assert (one.name, one.geometry, one.columns, one.wkb) == (other.name, other.geometry, other.columns, other.wkb)
        assert [dict(row) for row in one.rows] == list(other.rows)
    assert (found.notes, found.area_km2, found.count) == (made.notes, made.area_km2, 1)
    assert {name: [list(row) for row in rows] for name, rows in made.tables.items()} == found.tables
    return found
