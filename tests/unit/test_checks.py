"""Nonsense is stopped before a run, doubts are told, and a good scene is green."""

from dataclasses import replace

import numpy as np
import pytest
from builders import cone, request_for, snow_scene, write_raster
from icemargin.inference.checks import check_sample, inspect_request
from icemargin.inference.classic import classic_description
from icemargin.inference.errors import ExtentError, UnitError
from icemargin.inference.model import Feature, ModelDescription
from icemargin.inference.request import ClassicSettings, Source

CLASSIC = classic_description(ClassicSettings())
WITH_DEM = ModelDescription(
    "with dem", (*CLASSIC.features, Feature("dem", ("elevation", "slope"), (0.0, 0.0), (9e3, 90.0))), 64
)


def test_a_good_scene_is_green_and_told_in_a_line(tmp_path):
    path = write_raster(tmp_path / "a.tif", snow_scene((700, 500)))
    health = inspect_request(request_for([path], tmp_path), CLASSIC)
    assert (health.level, health.messages) == ("green", ())
    assert health.text == "100% valid, 10 m, WGS 84 / UTM zone 43N"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda scene: np.where(np.arange(300)[:, None] < 200, np.nan, scene), "33%"),
        (lambda scene: scene * 0.05, "very dark"),
        (lambda scene: np.full_like(scene, 0.6), "clouds"),
        (lambda scene: scene * 3.5, "bright for a reflectance"),
    ],
)
def test_doubts_are_amber(tmp_path, change, message):
    path = write_raster(tmp_path / "a.tif", change(snow_scene((300, 300))))
    health = inspect_request(request_for([path], tmp_path), CLASSIC)
    assert health.level == "amber" and message in health.messages[0]


def test_nonsense_is_red_and_not_an_exception(tmp_path):
    path = write_raster(tmp_path / "a.tif", snow_scene((300, 300)) * 1e4)
    health = inspect_request(request_for([path], tmp_path), CLASSIC)
    assert health.level == "red" and "scale" in health.text


@pytest.mark.parametrize(
    ("elevation", "level", "message"),
    [
        (cone((100, 100)), "green", ""),
        (np.zeros((100, 100)), "red", "0 everywhere"),
        (np.tile(np.linspace(1, 60, 100), (100, 1)), "amber", "slope map"),
        (np.full((100, 100), -9999.0), "amber", "counts as absent"),
    ],
)
def test_dem(tmp_path, elevation, level, message):
    optical = write_raster(tmp_path / "o.tif", snow_scene((100, 100)))
    dem = write_raster(tmp_path / "d.tif", elevation.astype(np.float32))
    request = request_for([optical], tmp_path)
    request = replace(request, sources=(*request.sources, Source((dem,), {"elevation": 1})))
    health = inspect_request(request, WITH_DEM)
    assert health.level == level and message in " ".join(health.messages)


def test_a_dem_in_degrees_is_reprojected(tmp_path):
    """Its slope in UTM is that of the metric DEM; a z-factor would not do (facts: inputs)."""
    from icemargin.inference.grid import spatial_reference, transform_box
    from icemargin.inference.raster_io import SceneReader
    from osgeo import gdal

    metric = write_raster(tmp_path / "d.tif", cone((200, 200)))
    gdal.Warp(str(tmp_path / "deg.tif"), metric, dstSRS="EPSG:4326", resampleAlg="bilinear", dstNodata=-9999)
    assert transform_box((0, 0, 1, 1), *[spatial_reference("EPSG:4326", "x")] * 2) == (0, 0, 1, 1)
    from builders import UTM43
    from icemargin.inference.grid import Grid

    grid = Grid(spatial_reference(UTM43, "x").ExportToWkt(), 10.0, 60020, -379980, 160, 160)
    slope = SceneReader((Source((str(tmp_path / "deg.tif"),), {"elevation": 1}),), ["slope"], grid).read(grid)["slope"]
    assert np.nanmedian(slope) == pytest.approx(45, abs=1.5)


def test_slope_in_percent():
    sample = {"red": np.full(10, 0.5, np.float32), "slope": np.full(10, 120, np.float32)}
    with pytest.raises(UnitError, match="percent"):
        check_sample(sample, 10)


def test_a_sample_without_a_valid_pixel_stops_only_where_it_is_the_whole():
    sample = {"red": np.full(10, np.nan, np.float32)}
    with pytest.raises(ExtentError):
        check_sample(sample, 10)
    assert "0%" in check_sample(sample, 11)[0]
