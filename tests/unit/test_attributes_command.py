"""`icemargin attributes`: from files to fields, and what happens to wrong input."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import shapely
from builders import write_raster
from icemargin.cli import main
from icemargin.inference.outline_fields import RGI_FIELDS
from icemargin.inference.vector_io import GeoPackageWriter
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.rgi_fields import BY_NAME, contradictions
from icemargin.tests.unit.test_compare_command import write

X, Y = 6e5, 3.8e6
LEFT, RIGHT = shapely.box(X + 500, Y - 2500, X + 1500, Y - 500), shapely.box(X + 1500, Y - 2500, X + 2500, Y - 500)


@pytest.fixture
def outlines(tmp_path):
    return write(tmp_path / "in.gpkg", [LEFT, RIGHT, LEFT.buffer(-300)], 32643, im_id=["A", "", "R"],
                 status=["accepted", "", "rejected"], glac_name=["Left", "", ""], O1Region=["14", "", ""])  # fmt: skip


@pytest.fixture
def dem(tmp_path):
    south = np.repeat(3000 - 2.0 * np.arange(300)[:, None], 300, axis=1)
    return write_raster(tmp_path / "hills.tif", south.astype(np.float32))


def measured(outlines, dem, tmp_path, *words, out="out.gpkg"):
    target = str(tmp_path / out)
    assert main(["attributes", outlines, "--dem", dem, "--out", target, *words]) == 0
    return read_vectors(target)


def test_fields(outlines, dem, tmp_path, capsys):
    layer = measured(outlines, dem, tmp_path)
    left, right, rejected = layer.rows
    assert {field.name for field in RGI_FIELDS} - {"o1region"} <= set(layer.fields) and "O1Region" in layer.fields
    assert (left["im_id"], left["glac_name"], left["status"]) == ("A", "Left", "accepted")
    assert right["im_id"].startswith("IM0761") and rejected["im_id"] == "R"
    assert (left["aspect_sec"], left["dem_source"], left["attr_state"]) == (5, "hills", "current")
    assert left["slope_deg"] == pytest.approx(np.degrees(np.arctan(0.2)), abs=0.1)
    assert left["zmin_m"] == pytest.approx(2500, abs=8) and left["zmax_m"] == pytest.approx(2900, abs=8)
    assert left["lmax_m"] == pytest.approx(2000, rel=0.15)
    assert left["area_km2"] == pytest.approx(2.0, rel=1e-3)
    # The region that was there stays; the place is near the border between 14 and 13 in the table.
    assert left["O1Region"] == "14" and left["region_src"] == "" and right["O1Region"] == "14"
    assert (left["term_type"], left["primeclass"], left["o2region"], left["conf_mean"]) == (9, -999, "", None)
    assert (rejected["attr_state"], rejected["area_km2"], rejected["lmax_m"]) == ("not measured", None, -999)
    for row in (left, right):
        named = {name.lower(): value for name, value in row.items()}
        assert contradictions(named) == ()
        assert not [name for name, field in BY_NAME.items() if name in named and field.fault_of(named[name])]
    told = capsys.readouterr().out
    assert "2 outlines measured, 0 unchanged" in told and "half a pixel of 10 m" in told


def test_a_dem_in_tiles(outlines, dem, tmp_path):
    whole = measured(outlines, dem, tmp_path)
    south = np.repeat(3000 - 2.0 * np.arange(300)[:, None], 300, axis=1).astype(np.float32)
    south[100:] = np.nan
    first = write_raster(tmp_path / "north.tif", south)
    target = str(tmp_path / "tiled.gpkg")
    assert main(["attributes", outlines, "--dem", first, dem, "--dem-source", "hills", "--out", target]) == 0
    assert read_vectors(target).rows == whole.rows


def test_a_second_run_measures_what_changed(outlines, dem, tmp_path, capsys):
    first = measured(outlines, dem, tmp_path)
    assert measured(first.path, dem, tmp_path, out="again.gpkg").rows == first.rows
    assert "0 outlines measured, 2 unchanged" in capsys.readouterr().out
    layer = measured(first.path, dem, tmp_path, "--again", out="more.gpkg")
    assert layer.rows == first.rows and "2 outlines measured" in capsys.readouterr().out


def test_a_confidence_in_percent_is_told(outlines, dem, tmp_path, capsys):
    percent = write_raster(tmp_path / "percent.tif", np.full((300, 300), 80, np.float32))
    rows = measured(outlines, dem, tmp_path, "--confidence", percent).rows
    assert "No confidence (0..1) covers A, " in capsys.readouterr().out and "buffer" in rows[0]["area_unc"]


def test_intervals_and_debris(outlines, dem, tmp_path):
    confidence = write_raster(tmp_path / "confidence.tif", np.full((300, 300), 0.8, np.float32))
    debris = write(tmp_path / "debris.gpkg", [LEFT], 32643)
    plain = measured(outlines, dem, tmp_path).rows
    rows = measured(outlines, dem, tmp_path, "--confidence", confidence, "--block", "200", "--debris", debris,
                    out="sure.gpkg").rows  # fmt: skip
    assert rows[0]["area_sigma_km2"] == pytest.approx(2 * plain[0]["area_sigma_km2"], rel=0.05)
    assert "bootstrap of calibrated confidence, blocks of 200 m" in rows[0]["area_unc"]
    assert rows[0]["area_lo_km2"] < plain[0]["area_lo_km2"] < 2 < plain[0]["area_hi_km2"]
    ice = write_raster(tmp_path / "probability.tif", np.full((300, 300), 0.2, np.float32))
    other = measured(outlines, dem, tmp_path, "--probability", ice, "--block", "200", out="ice.gpkg").rows
    assert "not calibrated" in other[0]["area_unc"] and other[0]["area_lo_km2"] == rows[0]["area_lo_km2"]


def test_json_and_hypsometry(outlines, dem, tmp_path, capsys):
    measured(outlines, dem, tmp_path)
    capsys.readouterr()
    table = tmp_path / "hypsometry.csv"
    measured(str(tmp_path / "out.gpkg"), dem, tmp_path, "--json", "-", "--hypsometry", str(table), out="b.gpkg")
    values = json.loads(capsys.readouterr().out)
    assert values["measured"] == 2 and values["total"]["area_km2"] == pytest.approx(4, rel=1e-3)
    assert values["total"]["low_km2"] < values["total"]["area_km2"] < values["total"]["high_km2"]
    head, *rows = list(csv.reader(table.open()))
    assert head[:3] == ["id", "area_km2", "2475"] or head[:3] == ["id", "area_km2", "2525"]
    assert rows[0][0] == "A" and all(sum(map(int, row[2:])) == 1000 for row in rows)
    assert all(len(row) == len(head) for row in rows)


def test_official_regions(outlines, dem, tmp_path):
    first = write(tmp_path / "o1.gpkg", [shapely.box(70, 30, 80, 40)], 4326, o1region=["14"])
    second = write(tmp_path / "o2.gpkg", [shapely.box(70, 30, 80, 40)], 4326, o2region=["14-03"])
    row = measured(outlines, dem, tmp_path, "--regions", first, second).rows[0]
    assert (row["O1Region"], row["o2region"], row["region_src"]) == ("14", "14-03", "official")


def test_other_layers_of_the_file_are_kept(tmp_path, dem):
    from icemargin.inference.outline_fields import PROVENANCE_FIELDS
    from icemargin.inference.outline_schemas import outlines_schema
    from icemargin.inference.vector_io import NO_GEOMETRY, LayerSchema
    from icemargin.inventory.projection import crs_of

    path = str(tmp_path / "map.gpkg")
    with GeoPackageWriter(path) as writer:
        writer.write(outlines_schema(crs_of("EPSG:32643").to_wkt()), [(shapely.to_wkb(LEFT), {"im_id": "IM1"})])
        writer.write(LayerSchema("provenance", PROVENANCE_FIELDS, NO_GEOMETRY), [(None, {"key": "k", "value": "v"})])
    layer = measured(path, dem, tmp_path)
    assert layer.name == "outlines" and layer.rows[0]["im_id"] == "IM1" and layer.rows[0]["area_km2"] > 1.9
    from icemargin.inference.vector_io import read_layer

    assert [row["value"] for _, row in read_layer(layer.path, "provenance")] == ["v"]


def test_odd_rows_stay_and_are_told(tmp_path, dem, capsys):
    bow = shapely.Polygon([(X + 500, Y - 900), (X + 900, Y - 500), (X + 900, Y - 900), (X + 500, Y - 500)])
    far = shapely.box(X + 9e4, Y, X + 9.1e4, Y + 1000)
    path = write(tmp_path / "odd.gpkg", [bow, None, far, far], 32643, im_id=["bow", "none", "far", "twin"])
    rows = measured(path, dem, tmp_path).rows
    assert [row["attr_state"] for row in rows] == ["current", "not measured", "no terrain", "not measured"]
    told = capsys.readouterr().out
    for text in ("bow was invalid", "none is empty", "twin is the same outline", "DEM does not cover far"):
        assert text in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{outlines}", "--dem", "missing.tif", "--out", "{new}"], "Cannot open missing.tif"),
        (["missing.gpkg", "--dem", "{dem}", "--out", "{new}"], "missing.gpkg cannot be read"),
        (["{far}", "--dem", "{dem}", "--out", "{new}"], "does not lie where the outlines are"),
        (["{outlines}", "--dem", "{bare}", "--out", "{new}"], "no coordinate reference system"),
        (["{outlines}", "--dem", "{dem}", "--out", "{outlines}"], "is a file that is read"),
        (["{outlines}", "--dem", "{dem}", "--out", "{new}.shp"], "ends in .gpkg"),
        (["{outlines}", "--dem", "{dem}", "--out", "{new}", "--pixel", "0"], "cannot be meant"),
        (["{outlines}", "--dem", "{dem}", "--out", "{new}", "--pixel", "inf"], "cannot be meant"),
        (["{nothing}", "--dem", "{dem}", "--out", "{new}"], "nothing.gpkg has no outlines"),
        (["{outlines}", "--dem", "{dem}", "--out", "{new}", "--block", "-1"], "Blocks have a size"),
        (["{outlines}", "--dem", "{dem}", "--out", "{new}", "--id-field", "x"], "has no field x"),
        (["{outlines}", "--dem", "{dem}", "--out", "{new}", "--regions", "{outlines}"], "not in EPSG:4326"),
        (["{outlines}|layername=no", "--dem", "{dem}", "--out", "{new}"], "there is no layer no"),
        (["{lines}", "--dem", "{dem}", "--out", "{new}"], "outlines are polygons"),
    ],
)
def test_wrong_input_is_told_in_one_line(words, message, outlines, dem, tmp_path, capsys):
    line = shapely.LineString([(X + 500, Y - 500), (X + 900, Y - 900)])
    names = {
        "outlines": outlines, "dem": dem, "new": str(tmp_path / "new.gpkg"),
        "far": write(tmp_path / "far.gpkg", [shapely.box(X + 9e4, Y, X + 9.1e4, Y + 1000)], 32643),
        "bare": write_raster(tmp_path / "bare.tif", np.ones((9, 9), np.float32), crs=None),
        "lines": write(tmp_path / "lines.gpkg", [line], 32643),
        "nothing": write(tmp_path / "nothing.gpkg", [], 32643),
    }  # fmt: skip
    code = main(["attributes", *(word.format(**names) for word in words)])
    told = capsys.readouterr()
    assert code in (1, 2) and message in told.err and told.err.count("\n") == 1 and not told.out
    assert not (tmp_path / "new.gpkg").exists()
