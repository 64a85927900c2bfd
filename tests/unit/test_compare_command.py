"""`icemargin compare`: from files to what is printed and written, and what happens to wrong input."""

import csv
import json
from pathlib import Path

import pytest
import shapely
from icemargin.cli import main
from osgeo import ogr, osr

RGI = Path(__file__).parents[3] / "shared" / "data" / "rgi"
NEEDS_RGI = pytest.mark.skipif(not RGI.exists(), reason="real inventories are not in ../shared/data/rgi")
LEFT, RIGHT = shapely.box(5e5, 5e6, 5.01e5, 5.001e6), shapely.box(5.01e5, 5e6, 5.02e5, 5.001e6)


def write(path, geometries, epsg=32632, layer="outlines", driver="GPKG", **fields):
    """A vector file of the geometries; each field has a value a feature."""
    new = ogr.GetDriverByName(driver).CreateDataSource
    dataset = ogr.Open(str(path), 1) if path.exists() else new(str(path))
    reference = None
    if epsg:
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(epsg)
    target = dataset.CreateLayer(layer, reference, ogr.wkbUnknown)
    for name in fields:
        target.CreateField(ogr.FieldDefn(name, ogr.OFTString))
    for number, geometry in enumerate(geometries):
        feature = ogr.Feature(target.GetLayerDefn())
        if geometry is not None:
            feature.SetGeometry(ogr.CreateGeometryFromWkb(shapely.to_wkb(geometry)))
        for name, values in fields.items():
            feature.SetField(name, values[number])
        target.CreateFeature(feature)
    return str(path)


@pytest.fixture
def reference(tmp_path):
    return write(tmp_path / "reference.gpkg", [LEFT, RIGHT], rgi_id=["R1", "R2"], src_date=["2016-08-01", "2017-09-01"],
                 term_type=["land", "lake"])  # fmt: skip


@pytest.fixture
def candidate(tmp_path):
    whole = shapely.union_all([LEFT, RIGHT])
    return write(tmp_path / "candidate.gpkg", [shapely.buffer(whole, 10, join_style="mitre")], im_id=["IM1"],
                 src_date=["2017-08-30"], sensor=["Sentinel-2"])  # fmt: skip


def compared(capsys, *words):
    assert main(["compare", *words, "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)


def test_json(candidate, reference, capsys):
    found = compared(capsys, candidate, reference, "--strata", "term_type")
    assert found["total"]["iou"] == pytest.approx(2.0 / (2.02 * 1.02), rel=1e-4)
    assert found["total"]["distance_median_m"] == pytest.approx(10, rel=2e-3)
    assert [row["id"] for row in found["glaciers"]] == ["R1", "R2"]
    assert {row["class"] for row in found["glaciers"]} == {"merged"}
    assert found["glaciers"][0]["links"][0]["id"] == "IM1"
    assert set(found["strata"]["term_type"]) == {"land", "lake"}
    assert found["sources"]["candidate"]["sensors"] == "Sentinel-2"
    assert found["sources"]["reference"]["dates"] == "2016 to 2017" and found["sources"]["reference"]["n"] == 2
    assert found["experts"]["basis"] == "published" or found["experts"]["glaciers"]


def test_summary_files_and_page_have_the_same_numbers(candidate, reference, tmp_path, capsys):
    paths = {name: str(tmp_path / "new" / f"out.{name}") for name in ("json", "csv", "html")}
    words = ["--json", paths["json"], "--csv", paths["csv"], "--report", paths["html"]]
    assert main(["compare", candidate, reference, *words]) == 0
    printed = capsys.readouterr().out
    found = json.loads(Path(paths["json"]).read_text())
    assert f"{found['total']['iou']:.4f}" in printed and "2 merged" in printed and "2016 to 2017" in printed
    rows = list(csv.DictReader(Path(paths["csv"]).read_text().splitlines()))
    assert [float(row["iou"]) for row in rows] == [row["iou"] for row in found["glaciers"]]
    assert "<html" in Path(paths["html"]).read_text()


def test_other_crs_format_and_layer(candidate, reference, tmp_path, capsys):
    geographic = osr.SpatialReference()
    geographic.ImportFromEPSG(4326)
    geographic.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    metric = osr.SpatialReference()
    metric.ImportFromEPSG(32632)
    change = osr.CoordinateTransformation(metric, geographic)
    degrees = [shapely.transform(shapely.segmentize(one, 100), lambda xy: [p[:2] for p in change.TransformPoints(xy)])
               for one in (LEFT, RIGHT)]  # fmt: skip
    other = write(tmp_path / "other.geojson", degrees, 4326, driver="GeoJSON", rgi_id=["R1", "R2"])
    write(Path(reference), [LEFT], layer="second")
    here = compared(capsys, candidate, reference, "--reference-layer", "outlines")
    there = compared(capsys, candidate, other)
    assert there["total"] == pytest.approx(here["total"], rel=1e-3, abs=0.01)
    second = compared(capsys, candidate, reference, "--reference-layer", "second")
    assert len(second["glaciers"]) == 1 and second["glaciers"][0]["id"] == "feature 1"


def test_rejected_outlines_do_not_count(reference, tmp_path, capsys):
    both = write(tmp_path / "edited.gpkg", [LEFT, RIGHT], status=["accepted", "rejected"])
    found = compared(capsys, both, reference)
    assert found["classes"]["matched"] == 1 and found["classes"]["missed"] == 1


def test_extent_and_zones(candidate, reference, tmp_path, capsys):
    half = write(tmp_path / "half.gpkg", [shapely.box(4.9e5, 4.9e6, 5.01e5, 5.1e6)], layer="aoi")
    found = compared(capsys, candidate, reference, "--extent", half, "--zones", f"debris={half}")
    assert found["total"]["area_ref_km2"] == pytest.approx(1.0, rel=2e-3)
    assert set(found["strata"]["debris"]) == {"debris", "clean"}
    assert found["strata"]["debris"]["debris"]["area_ref_km2"] == pytest.approx(found["total"]["area_ref_km2"])


def test_experts(candidate, reference, tmp_path, capsys):
    repeats = [write(tmp_path / f"e{n}.gpkg", [shapely.buffer(one, n) for one in (LEFT, RIGHT)]) for n in (-5, 0, 5)]
    found = compared(capsys, candidate, reference, "--experts", *repeats)["experts"]
    assert found["basis"] == "repeats" and found["layers"] == ["e-5.gpkg", "e0.gpkg", "e5.gpkg"]


def test_years_apart_are_told(candidate, tmp_path, capsys):
    old = write(tmp_path / "old.gpkg", [LEFT, RIGHT], BgnDate=["20030799", "99999999"])
    found = compared(capsys, candidate, old)
    assert found["sources"]["reference"]["dates"] == "2003"
    assert any("14 years or more apart" in warning for warning in found["warnings"])
    undated = write(tmp_path / "undated.gpkg", [LEFT])
    assert "date of the reference is not known" in compared(capsys, candidate, undated)["warnings"][0]


def test_faults_are_told(candidate, tmp_path, capsys):
    bow = shapely.Polygon([(5e5, 5e6), (5.01e5, 5.001e6), (5.01e5, 5e6), (5e5, 5.001e6)])
    path = write(tmp_path / "faulty.gpkg", [bow, None, LEFT, LEFT], rgi_id=["a", "b", "c", "c"])
    assert main(["compare", candidate, path]) == 0
    printed = capsys.readouterr().out
    assert "a: was invalid" in printed and "b: is empty" in printed and "c (2)" in printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{candidate}", "missing.gpkg"], "cannot be read"),
        (["{candidate}", "{empty}"], "no outlines"),
        (["{candidate}", "{nocrs}"], "has no CRS"),
        (["{candidate}", "{points}"], "is a point"),
        (["{candidate}", "{two}"], "which layer is meant"),
        (["{candidate}", "{reference}", "--reference-layer", "x"], "no layer x"),
        (["{candidate}", "{reference}", "--id-field", "x"], "no field x"),
        (["{candidate}", "{reference}", "--strata", "x"], "no field x"),
        (["{candidate}", "{reference}", "--pixel", "0"], "pixel of 0 m"),
        (["{candidate}", "{reference}", "--pixel", "nan"], "pixel of nan m"),
        (["{candidate}", "{reference}", "--extent", "{far}"], "extent holds no"),
        (["{candidate}", "{reference}", "--zones", "debris.gpkg"], "has no name"),
        (["{candidate}", "{reference}", "--experts", "{reference}"], "no spread"),
        (["{candidate}", "{reference}", "--imagery", "x.tif"], "--report"),
        (["{candidate}", "{reference}", "--json", "{folder}"], "cannot be written"),
    ],
)
def test_wrong_input_is_named_in_one_line(words, message, candidate, reference, tmp_path, capsys):
    two = tmp_path / "two.gpkg"
    write(two, [LEFT], layer="a")
    paths = {
        "candidate": candidate, "reference": reference, "folder": str(tmp_path), "two": write(two, [LEFT], layer="b"),
        "empty": write(tmp_path / "empty.gpkg", []), "nocrs": write(tmp_path / "nocrs.gpkg", [LEFT], 0),
        "points": write(tmp_path / "points.gpkg", [shapely.Point(0, 0)]),
        "far": write(tmp_path / "far.gpkg", [shapely.box(6e5, 5e6, 6.01e5, 5.001e6)]),
    }  # fmt: skip
    assert main(["compare", *(word.format(**paths) for word in words)]) in (1, 2)
    told = capsys.readouterr()
    assert message in told.err and told.err.count("\n") == 1 and told.out == ""


@NEEDS_RGI
def test_an_inventory_against_itself(capsys):
    path = str(RGI / "oetztal_rgi50.gpkg")
    found = compared(capsys, path, path)
    assert found["classes"] == {"matched": 20, "split": 0, "merged": 0, "missed": 0, "new": 0}
    for row in (found["total"], *found["glaciers"]):
        assert (row["iou"], row["boundary_iou_1px"], row["hausdorff_m"]) == pytest.approx((1, 1, 0))
    assert found["glaciers"][0]["id"].startswith("RGI50-11.")
