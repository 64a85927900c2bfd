"""Strata of ground with real DEMs and inventories, from file to file."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from icemargin.cli import main
from icemargin.inference.progress import NoProgress
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.fields import Field
from icemargin.inventory.ground import Terrain, height_slope_aspect
from icemargin.inventory.outlines import outlines_from_wkb
from icemargin.inventory.scanning import sampled_outlines
from icemargin.scenes.ground_rasters import store_ground
from icemargin.tests.page_parser import Parsed
from osgeo import gdal

RGI = Path(__file__).parents[3] / "shared" / "data" / "rgi"
pytestmark = pytest.mark.skipif(not RGI.exists(), reason="real inventories are not in ../shared/data/rgi")
DEM, OUTLINES = RGI / "oggm_srtm_oetztal.tif", RGI / "oetztal_rgi50.gpkg"


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """The inventory's own attributes, the outlines, and the DEM as a field."""
    read = read_vectors(str(OUTLINES))
    layer = outlines_from_wkb(read.wkb, read.texts("RGIId"), read.crs)
    raster = store_ground(str(DEM), "", [read], str(tmp_path_factory.mktemp("kept")), NoProgress())["elevation"]
    return [read.rows[place] for place in layer.places], layer, Field(raster, layer.crs)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A file with the glaciers below 2 km2."""
    path = str(tmp_path_factory.mktemp("few") / "few.gpkg")
    gdal.VectorTranslate(path, str(OUTLINES), where="Area < 2")
    return path


def column(rows, name):
    return np.array([row[name] for row in rows], float)


def test_ranges_of_elevation_are_the_inventorys(known):
    rows, layer, field = known
    found = Terrain.around(field, layer.geometry, 5.0)
    assert np.median(np.abs(found.low - column(rows, "Zmin"))) < 30
    assert np.median(np.abs(found.high - column(rows, "Zmax"))) < 30


def test_slope_and_aspect_are_the_inventorys(known):
    rows, layer, field = known
    xy, owner = sampled_outlines(layer.geometry, 30.0)
    _, slope, aspect = height_slope_aspect(field, xy)
    means, directions = [], []
    for place in range(len(layer)):
        own = owner == place
        means.append(slope[own].mean())
        steep, angle = np.tan(np.radians(slope[own])), np.radians(aspect[own])
        directions.append(np.degrees(np.arctan2((steep * np.sin(angle)).sum(), (steep * np.cos(angle)).sum())))
    assert np.median(np.abs(np.array(means) - column(rows, "Slope"))) < 3
    assert np.median(np.abs((np.array(directions) - column(rows, "Aspect") + 180) % 360 - 180)) < 15


def test_from_files_to_json_and_page(few, tmp_path, capsys):
    paths = {name: str(tmp_path / f"out.{name}") for name in ("json", "html", "csv")}
    words = ["compare", few, few, "--dem", str(DEM), "--json", paths["json"], "--csv", paths["csv"]]
    assert main([*words, "--report", paths["html"]]) == 0
    assert "tells nothing" not in capsys.readouterr().out
    found = json.loads(Path(paths["json"]).read_text())
    strata = found["strata"]
    assert list(strata) == ["size", "elevation_m", "slope_deg", "aspect", "place_on_glacier"]
    for kind in ("elevation_m", "slope_deg", "aspect"):
        assert sum(row["area_km2"] for row in strata[kind].values()) == pytest.approx(found["total"]["area_km2"])
        assert {row["polis_m"] for row in strata[kind].values()} <= {0.0, None}  # a class may have ice but no margin
        assert [row["iou"] for row in strata[kind].values()] == pytest.approx([1.0] * len(strata[kind]))
    assert set(strata["place_on_glacier"]) == {"terminus", "flank", "headwall"}
    shown = {place for place, _ in Parsed(Path(paths["html"]).read_text()).numbers}
    assert {"strata/place_on_glacier/terminus/margin_km", "strata/slope_deg/10-20/iou"} <= shown
    assert len(list(csv.DictReader(Path(paths["csv"]).read_text().splitlines()))) == len(found["glaciers"])


def test_the_dems_crs_and_its_voids(few, tmp_path, capsys):
    """The DEM in UTM gives nearly the same shares; where a quarter of it is cut off, that much is unknown."""
    shares = []
    for number, options in enumerate([{}, {"dstSRS": "EPSG:32632", "xRes": 60, "yRes": 60, "resampleAlg": "cubic"}]):
        path = str(tmp_path / f"{number}.tif")
        gdal.Warp(path, str(DEM), **options)
        assert main(["compare", few, few, "--dem", path, "--json", "-"]) == 0
        rows = json.loads(capsys.readouterr().out)["strata"]["elevation_m"]
        shares.append({name: row["area_km2"] for name, row in rows.items()})
    assert shares[0] == pytest.approx(shares[1], rel=0.03, abs=2e-3)
    west, south, east, north = shapely.total_bounds(shapely.from_wkb(read_vectors(few).wkb))
    path = str(tmp_path / "part.tif")
    gdal.Translate(path, str(DEM), projWin=(west, north, (west + east) / 2, south))
    assert main(["compare", few, few, "--dem", path, "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)
    unknown = found["strata"]["elevation_m"]["unknown"]["area_km2"] / found["total"]["area_km2"]
    assert any(f"The DEM tells nothing of {unknown:.0%} of the ice" in text for text in found["warnings"])
    assert 0.2 < unknown < 0.8


@pytest.mark.parametrize(
    ("option", "file", "words"),
    [
        ("--dem", "exploradores_aster_dem_2012.tif", "does not lie where the outlines are"),
        ("--dem", "nothing.tif", "Cannot open"), ("--dem", "oetztal_rgi50.gpkg", "Cannot open"),
        ("--confidence", "nothing.tif", "Cannot open"),
    ],
)  # fmt: skip
def test_wrong_rasters(option, file, words, capsys):
    assert main(["compare", str(OUTLINES), str(OUTLINES), option, str(RGI / file)]) == 2
    assert words in capsys.readouterr().err


def test_a_raster_that_is_no_confidence_is_told(few, capsys):
    assert main(["compare", few, few, "--confidence", str(DEM)]) == 0
    assert "confidence raster tells nothing of 100% of the ice" in capsys.readouterr().out
