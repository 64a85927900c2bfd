"""`icemargin divides`: from files to files; wrong input; real complexes against their inventory."""

import json

import numpy as np
import pytest
import shapely
from icemargin.cli import main
from icemargin.inference.vector_reading import read_vectors
from icemargin.tests.unit.test_compare_command import NEEDS_RGI, RGI, write
from osgeo import gdal, osr
from relief_builders import CELL, relief_of, roof

X, Y = 5e5, 5e6
ICE = shapely.box(X - 2000, Y - 700, X + 2000, Y + 700)
WEST, EAST = shapely.box(X - 2000, Y - 700, X, Y + 700), shapely.box(X, Y - 700, X + 2000, Y + 700)
NEW = shapely.box(X - 1900, Y + 1500, X - 1300, Y + 2100)


def write_dem(path, values, left=X - 3000, top=Y + 3000, cell=CELL, epsg=32632):
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), values.shape[1], values.shape[0], 1, gdal.GDT_Float32)
    dataset.SetGeoTransform((left, cell, 0, top, 0, -cell))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.GetRasterBand(1).SetNoDataValue(-9999)
    dataset.GetRasterBand(1).WriteArray(np.where(np.isnan(values), -9999, values))
    del dataset
    return str(path)


@pytest.fixture
def dem(tmp_path):
    return write_dem(tmp_path / "dem.tif", relief_of(roof).elevation)


@pytest.fixture
def files(tmp_path, dem):
    """Paths by name."""
    void = relief_of(roof).elevation
    void[:, 60:] = np.nan
    names = {
        "ice": write(tmp_path / "ice.gpkg", [ICE, NEW], im_id=["I1", "I2"], src_date=["2020-08-01", "2021-08-01"]),
        "old": write(tmp_path / "old.gpkg", [WEST, EAST], rgi_id=["R1", "R2"]),
        "nameless": write(tmp_path / "nameless.gpkg", [WEST, EAST]),
        "away": write(tmp_path / "away.gpkg", [shapely.box(X + 9e4, Y, X + 9.1e4, Y + 1000)], rgi_id=["R9"]),
        "lines": write(tmp_path / "lines.gpkg", [WEST.exterior]), "dem": dem,
        "far": write_dem(tmp_path / "far.tif", relief_of(roof).elevation, left=X + 9e4),
        "void": write_dem(tmp_path / "void.tif", void), "out": str(tmp_path / "out.gpkg"),
        "degrees": write(tmp_path / "degrees.gpkg", [shapely.box(179.9, 70, 180, 70.1)], epsg=4326),
        "rejected": write(tmp_path / "rejected.gpkg", [ICE], status=["rejected"]),
        "bare": write(tmp_path / "bare.gpkg", [ICE], epsg=None), "text": str(tmp_path / "text.tif"),
    }  # fmt: skip
    (tmp_path / "text.tif").write_text("no raster")
    return names


def told(capsys, files, *words):
    assert main(["divides", *(word.format(**files) for word in words), "--out", files["out"], "--json"]) == 0
    layer = read_vectors(files["out"])
    return json.loads(capsys.readouterr().out), layer, shapely.from_wkb(layer.wkb)


def test_a_dem_in_tiles(files, tmp_path, capsys):
    whole = told(capsys, files, "{ice}", "--dem", "{dem}")
    ground = relief_of(roof).elevation
    files["west"] = write_dem(tmp_path / "west.tif", ground[:, :70])
    files["east"] = write_dem(tmp_path / "east.tif", ground[:, 70:], left=X - 3000 + 70 * CELL)
    tiled = told(capsys, files, "{ice}", "--dem", "{west}", "{east}")
    assert tiled[0] == whole[0] and shapely.equals(tiled[2], whole[2]).all()


def test_flowsheds(files, capsys):
    numbers, layer, polygons = told(capsys, files, "{ice}", "--dem", "{dem}")
    assert numbers["by_divides"] == {"flowsheds": 2, "whole": 1} and numbers["glaciers"] == 3
    assert shapely.area(polygons).sum() == pytest.approx(ICE.area + NEW.area, rel=1e-9)
    assert shapely.coverage_is_valid(polygons)
    rows = {row["divides"]: row for row in layer.rows}
    assert rows["whole"]["im_id"] == "I2" and rows["whole"]["src_date"] == "2021-08-01"
    ids = layer.texts("im_id")
    assert "I1" not in ids and len(set(ids)) == 3 and set(layer.texts("src_date")) == {"2020-08-01", "2021-08-01"}
    assert numbers["area_km2"] == pytest.approx(sum(row["area_km2"] for row in layer.rows))


def test_inherited_divides_with_new_ice(files, capsys):
    numbers, layer, polygons = told(capsys, files, "{ice}", "--dem", "{dem}", "--inherit", "{old}")
    assert numbers["inherited_ids"] == 2 and numbers["new_ids"] == 1 and not numbers["gone"]
    found = dict(zip(layer.texts("im_id"), polygons))
    assert set(found) == {"R1", "R2", "I2"} and shapely.equals(found["R1"], WEST) and shapely.equals(found["I2"], NEW)
    again = told(capsys, {**files, "old": files["out"], "out": files["out"] + "2.gpkg"}, "{ice}", "--inherit", "{old}")
    assert set(again[1].texts("im_id")) == {"R1", "R2", "I2"}


def test_other_crs_and_degrees(files, tmp_path, capsys):
    warped = str(tmp_path / "degrees.tif")
    gdal.Warp(warped, files["dem"], dstSRS="EPSG:4326")
    plain = told(capsys, files, "{ice}", "--dem", "{dem}")[2]
    moved = told(capsys, {**files, "dem": warped}, "{ice}", "--dem", "{dem}")[2]
    largest = [polygons[np.argmax(shapely.area(polygons))] for polygons in (plain, moved)]
    assert shapely.symmetric_difference(*largest).area < 0.1 * largest[0].area
    old = write(tmp_path / "old_degrees.gpkg", [shapely.box(8.9, 45.1, 9.0, 45.2), shapely.box(9.0, 45.1, 9.1, 45.2)],
                epsg=4326, rgi_id=["R1", "R2"])  # fmt: skip
    found = told(capsys, {**files, "old": old}, "{ice}", "--inherit", "{old}")
    assert {"R1", "R2"} <= set(found[1].texts("im_id"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{ice}"], "give --dem, or --inherit"),
        (["{ice}", "--dem", "{far}"], "does not lie where the outlines are"),
        (["{ice}", "--dem", "{text}"], "text.tif"),
        (["{ice}", "--dem", "missing.tif"], "missing.tif"),
        (["{ice}", "--inherit", "{away}"], "does not lie on the ice"),
        (["{ice}", "--inherit", "{nameless}"], "has no ids to inherit"),
        (["{ice}", "--inherit", "{old}", "--id-field", "none"], "has no field none"),
        (["{ice}", "--inherit", "{lines}", "--id-field", "none"], "has no field none"),
        (["{lines}", "--dem", "{dem}"], "outlines are polygons"),
        (["{degrees}", "--inherit", "{old}"], "across the antimeridian"),
        (["{rejected}", "--dem", "{dem}"], "no outlines to divide"),
        (["{bare}", "--dem", "{dem}"], "CRS"),
        (["{ice}", "--dem", "{dem}", "--minimum-area", "-1"], "cannot be meant"),
        (["missing.gpkg", "--dem", "{dem}"], "missing.gpkg cannot be read"),
    ],
)
def test_wrong_input_is_told_in_one_line(words, message, files, capsys, tmp_path):
    assert main(["divides", *(word.format(**files) for word in words), "--out", files["out"]]) == 2
    said = capsys.readouterr()
    assert message in said.err and said.err.count("\n") == 1 and not said.out
    assert not (tmp_path / "out.gpkg").exists()


def test_outlines_are_not_written_over(files, capsys):
    assert main(["divides", files["ice"], "--dem", files["dem"], "--out", files["ice"]]) == 2
    assert "left as it is" in capsys.readouterr().err


def test_what_is_printed(files, capsys):
    assert main(["divides", files["ice"], "--dem", files["void"], "--out", files["out"]]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("2 complexes, 5.9") and "2 glaciers: 2 whole" in lines[1]
    assert any("was not divided: the DEM has no values" in line for line in lines) and files["out"] in lines[-1]


@NEEDS_RGI
def test_an_inventory_inherits_itself(tmp_path, capsys):
    path = RGI / "oetztal_rgi50.gpkg"
    out = tmp_path / "out.gpkg"
    assert main(["divides", str(path), "--inherit", str(path), "--out", str(out), "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out)
    before, after = read_vectors(str(path)), read_vectors(str(out))
    assert not numbers["gone"] and set(before.texts("RGIId")) <= set(after.texts("im_id"))
    old = dict(zip(before.texts("RGIId"), shapely.make_valid(shapely.from_wkb(before.wkb))))
    for name, polygon in zip(after.texts("im_id"), shapely.from_wkb(after.wkb)):
        if name in old and old[name].geom_type == "Polygon":
            assert polygon.intersection(old[name]).area > 0.999 * polygon.union(old[name]).area, name


@NEEDS_RGI
@pytest.mark.slow
def test_flowsheds_agree_with_the_inventory(tmp_path, capsys):
    """The parameters were chosen on these glaciers: docs/divides.md tells how they do elsewhere."""
    path, dem, out = RGI / "oetztal_rgi50.gpkg", RGI / "oggm_srtm_oetztal.tif", tmp_path / "out.gpkg"
    assert main(["divides", str(path), "--dem", str(dem), "--out", str(out), "--json"]) == 0
    capsys.readouterr()
    found, inventory = (shapely.from_wkb(read_vectors(str(one)).wkb) for one in (out, path))
    matched = 0
    for glacier in shapely.make_valid(inventory):
        common = shapely.area(shapely.intersection(found, glacier))
        best = np.argmax(common)
        matched += common[best] > 0.8 * max(glacier.area, found[best].area)
    assert matched >= 18 and shapely.coverage_is_valid(found)
