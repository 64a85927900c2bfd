"""Tiles are mapped as the scenes that they were cut from are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import write_raster
from icemargin.inference.delineate import delineate
from icemargin.inference.errors import CrsError, DatasetError, ModelError
from icemargin.inference.grid import centre_lonlat, spatial_reference
from icemargin.inference.model import Feature, ModelDescription
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.inference.predict import STEPS
from icemargin.inference.preprocess import normalise
from icemargin.inference.request import OPTICAL_BANDS, DelineationRequest, Source
from icemargin.tests.training.small_data import simulated_tile
from icemargin.tests.unit.tiny_onnx import description, save_model
from icemargin.training.data.tiles import TileReader, find_tiles
from icemargin.training.data.writing import DatasetWriter
from icemargin.training.evaluation.tile_scene import TileScene, check_fits, map_tile, region_of, tile_grid
from icemargin.weights.features import FEATURES
from osgeo import gdal

SIZE = 64


@pytest.fixture(scope="module")
def new_tile():
    tile = simulated_tile(1, SIZE, sar=True)
    for name in ("green", "elevation"):  # the scene is shared by other tests
        tile.bands[name] = tile.bands[name].copy()
    tile.bands["green"][3:5, 7] = np.nan  # no imagery
    tile.bands["elevation"][10, 10] = np.nan  # a void
    return tile


@pytest.fixture(scope="module")
def tile(new_tile, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "one.hdf5"
    with DatasetWriter(str(path)) as writer:
        writer.add(new_tile)
    return find_tiles([str(path)])[0]


def published(*names, location=""):
    return ModelDescription("m", tuple(FEATURES[name] for name in names), 32, 30.0, location, overlap=0.25)


def test_a_tile_reads_as_what_was_written(tile, new_tile):
    scene = TileScene(TileReader(), tile, list(new_tile.bands))
    read = scene.read(scene.grid)
    for name, values in read.items():
        expected = new_tile.bands[name].copy()
        of = next(feature for feature in FEATURES.values() if name in feature.bands)
        expected[~np.isfinite(np.stack([new_tile.bands[band] for band in of.bands])).all(axis=0)] = np.nan
        np.testing.assert_allclose(values, expected, rtol=2e-5, atol=2e-6, err_msg=name)
        assert values.dtype == np.float32


@pytest.mark.parametrize("name", list(FEATURES))
def test_normalising_gives_what_is_stored(tile, name):
    reader = TileReader()
    scene = TileScene(reader, tile, FEATURES[name].bands)
    again = np.moveaxis(normalise(scene.read(scene.grid), FEATURES[name]), 0, -1)
    np.testing.assert_allclose(again, reader.read(tile, name), atol=3e-7)


def test_a_stored_zero_beside_a_value_is_a_value(tmp_path, new_tile):
    """Sigma0 of 0 in one channel is measured; so it comes back as 0, never as invalid."""
    bands = {**new_tile.bands, "co_pol_ascending": np.zeros((SIZE, SIZE), np.float32)}
    with DatasetWriter(str(tmp_path / "zero.hdf5")) as writer:
        writer.add(replace(new_tile, bands=bands))
    scene = TileScene(TileReader(), find_tiles([str(tmp_path / "zero.hdf5")])[0], FEATURES["co_pol_sar"].bands)
    read = scene.read(scene.grid)
    assert (read["co_pol_ascending"] >= 0).all() and read["co_pol_ascending"].max() < 1e-9
    assert np.isfinite(normalise(read, FEATURES["co_pol_sar"])).all()


def test_windows_over_the_edge_and_the_padding_are_empty(tile, new_tile):
    scene = TileScene(TileReader(), replace(tile, height=SIZE - 10), ["blue"])  # the last ten rows are padding
    grid = scene.grid
    window = grid.part(grid.col - 5, grid.row - 3, SIZE + 20, SIZE + 20)
    blue = scene.read(window)["blue"]
    inside = blue[3 : 3 + SIZE - 10, 5 : 5 + SIZE]
    assert np.isfinite(inside).sum() == np.isfinite(blue).sum() == (SIZE - 10) * SIZE - 2
    far = scene.read(grid.part(grid.col + 1000, grid.row, 8, 8))["blue"]
    assert np.isnan(far).all()


def test_absent_bands(tile):
    reader, wants = TileReader(), published("optical", "co_pol_sar")
    without = replace(tile, absent=("co_pol_descending",))
    check_fits(without, wants)
    scene = TileScene(reader, without, wants.bands)
    assert np.isnan(scene.read(scene.grid)["co_pol_descending"]).all()
    check_fits(replace(tile, features=("optical",)), wants)
    with pytest.raises(DatasetError, match="has no swir2, which m needs"):
        check_fits(replace(tile, absent=("swir2",)), wants)
    with pytest.raises(DatasetError, match="has no blue"):
        check_fits(replace(tile, features=("dem",)), wants)
    five = replace(FEATURES["optical"], bands=OPTICAL_BANDS[:5], minimum=(0.0,) * 5, maximum=(1.0,) * 5)
    check_fits(replace(tile, absent=("swir2",)), replace(wants, features=(five,)))


@pytest.mark.parametrize("epsg, lon, lat", [(32632, 9.1, 46.3), (0, 9.1, 46.3), (0, -70.2, -33.1), (0, 20.0, 86.0),
                                            (3031, 30.0, -75.0), (32660, 179.9, 60.0)])  # fmt: skip
def test_the_centre_is_where_the_tile_says(tile, epsg, lon, lat):
    grid = tile_grid(replace(tile, epsg=epsg, lon=lon, lat=lat))
    assert centre_lonlat(grid.box, spatial_reference(grid.crs, "grid")) == pytest.approx((lon, lat), abs=1e-7)
    assert (grid.width, grid.height, grid.resolution) == (SIZE, SIZE, 30.0)
    assert 0 <= grid.anchor_x < 30 and 0 <= grid.anchor_y < 30


def test_a_place_is_only_needed_for_coordinates(tile):
    nowhere = replace(tile, lon=float("nan"), lat=float("nan"))
    for location in ("", "region"):
        check_fits(nowhere, published("optical", location=location))
    assert tile_grid(nowhere).width == SIZE and tile_grid(replace(nowhere, epsg=0)).width == SIZE
    with pytest.raises(DatasetError, match="no position"):
        check_fits(nowhere, published("optical", location="coordinates"))


def test_wrong_places_and_regions(tile):
    with pytest.raises(CrsError, match="is not a coordinate reference system"):
        tile_grid(replace(tile, epsg=1))
    with pytest.raises(ModelError, match="There is no region 'Alps'"):
        check_fits(tile, published("optical"), "Alps")
    assert region_of(tile, "auto") == "ALP" and region_of(tile, "HMA") == "HMA"
    assert region_of(replace(tile, region="Zanskar"), "auto") == "unknown"


class Recorder:
    """Keeps the location vectors it is given."""

    provider, warning, batch_size = "numpy", "", 4

    def __init__(self, location):
        self.description = published("optical", location=location)
        self.seen = []

    def predict(self, inputs):
        self.seen.extend(inputs["location"])
        return np.full((len(inputs["optical"]), 32, 32), 0.25, np.float32)

    def close(self):
        pass


def test_the_model_is_told_where_the_tile_lies(tile):
    predictor = Recorder("coordinates")
    south = replace(tile, epsg=0, lon=-70.0, lat=-33.0)
    probability = map_tile(predictor, south, TileReader())
    np.testing.assert_allclose(np.mean(predictor.seen, axis=0), [np.sin(np.radians(-33)), np.cos(np.radians(-33)),
                               np.sin(np.radians(-70)), np.cos(np.radians(-70))], atol=2e-4)  # fmt: skip
    assert np.nanmin(probability) == np.nanmax(probability) == 0.25
    assert np.isnan(probability).sum() == 2 and np.isnan(probability[3:5, 7]).all()


@pytest.mark.parametrize("region, index", [("auto", 0), ("HMA", 5), ("unknown", 11)])
def test_the_model_is_told_the_region(tile, region, index):
    predictor = Recorder("region")
    map_tile(predictor, tile, TileReader(), region)
    assert {int(np.argmax(vector)) for vector in predictor.seen} == {index}


@pytest.mark.parametrize("overlap", [None, 0.5])
def test_the_map_of_a_tile_is_the_map_of_its_scene(tile, new_tile, tmp_path, overlap):
    """`delineate` on rasters of the same ground gives the same probability, to the rounding of stored values."""
    model = save_model(tmp_path / "m.onnx", replace(description(patch=32, overlap=0.25), resolution=30.0))
    grid = tile_grid(tile)
    place = {"crs": "EPSG:32632", "left": grid.left, "top": grid.top, "pixel": 30.0}
    optical = np.stack([new_tile.bands[name] for name in OPTICAL_BANDS])
    dem = np.stack([new_tile.bands["elevation"], new_tile.bands["slope"]])
    sources = (
        Source((write_raster(tmp_path / "optical.tif", optical, **place),), {n: i + 1 for i, n in
                                                                             enumerate(OPTICAL_BANDS)}),
        Source((write_raster(tmp_path / "dem.tif", dem, **place),), {"elevation": 1, "slope": 2}),
    )  # fmt: skip
    request = DelineationRequest(sources, str(tmp_path / "out"), str(model), overlap=overlap)
    expected = gdal.Open(delineate(request).probability).ReadAsArray()
    predictor = OnnxPredictor(str(model), "cpu", threads=1)
    found = map_tile(predictor, tile, TileReader(), overlap=overlap)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    assert np.nanstd(found) > 0.01
    np.testing.assert_allclose(found, expected, atol=2 / STEPS)


def test_a_model_of_another_scaling_sees_physical_values(tile, new_tile):
    plain = ModelDescription("plain", (Feature("optical", ("blue",), (0.0,), (1.0,)),), 32, pixelwise=True)

    class Echo(Recorder):
        def __init__(self):
            self.description = plain

        def predict(self, inputs):
            return inputs["optical"][:, 0] / 4

    found = map_tile(Echo(), tile, TileReader())
    there = np.isfinite(found)
    np.testing.assert_allclose(found[there], np.clip(new_tile.bands["blue"][there] / 4, 0, 1), atol=2 / STEPS)
