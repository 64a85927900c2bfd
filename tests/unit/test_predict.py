"""Blending, and maps that do not depend on the extent, on the strip where a run begins, or on the batch."""

import numpy as np
import pytest
from builders import BlurPredictor, request_for, snow_scene, write_raster
from icemargin.inference.errors import Cancelled
from icemargin.inference.model import Feature, ModelDescription
from icemargin.inference.plan import plan_tiling
from icemargin.inference.predict import location_vector, predict_strips
from icemargin.inference.progress import NoProgress
from icemargin.inference.raster_io import SceneReader
from icemargin.inference.request import Extent

LEFT, TOP = 600000.0, 3800000.0


def mapped(tmp_path, predictor, extent=None, first_strip=None, **more):
    path = tmp_path / "scene.tif"
    if not path.exists():
        scene = snow_scene((200, 240))
        scene[:, 60:70, 100:130] = np.nan
        write_raster(path, scene, left=LEFT + 370, top=TOP - 530)
    tiles = plan_tiling(request_for([str(path)], tmp_path, extent=extent, **more), predictor.description)
    reader = SceneReader(request_for([str(path)], tmp_path).sources, predictor.description.bands, tiles.around)
    first = tiles.strips[0] if first_strip is None else tiles.strips[first_strip]
    strips = list(predict_strips(tiles, reader, predictor, "unknown", NoProgress(), first))
    return tiles.grid, np.concatenate([strip.probability for strip in strips]), strips


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.8])
@pytest.mark.parametrize("box", [(55, 70, 130, 120), (0, 0, 1, 1), (100, 50, 240, 200)])
def test_result_does_not_depend_on_the_extent(tmp_path, overlap, box):
    predictor = BlurPredictor(overlap=overlap)
    _, whole, _ = mapped(tmp_path, predictor)
    x0, y1 = LEFT + 370 + box[0] * 10, TOP - 530 - box[1] * 10
    extent = Extent(x0, y1 - (box[3] - box[1]) * 10, x0 + (box[2] - box[0]) * 10, y1)
    grid, part, _ = mapped(tmp_path, predictor, extent)
    assert (grid.width, grid.height) == (box[2] - box[0], box[3] - box[1])
    np.testing.assert_array_equal(part, whole[box[1] : box[3], box[0] : box[2]])


def test_blend_of_a_constant_is_the_constant(tmp_path):
    class Constant(BlurPredictor):
        def predict(self, inputs):
            return np.full((len(inputs["optical"]), 64, 64), 0.75, np.float32)

    _, whole, _ = mapped(tmp_path, Constant())
    assert set(np.unique(whole[np.isfinite(whole)])) == {np.float32(0.75)}


def test_blend_is_the_weighted_mean_of_the_windows(tmp_path):
    class Numbered(BlurPredictor):
        def predict(self, inputs):
            self.calls += 1
            return np.full((1, 64, 64), self.calls / 100, np.float32)

    predictor = Numbered(overlap=0.5)
    grid, whole, _ = mapped(tmp_path, predictor)
    axis = np.linspace(-1, 1, 64)
    weights = np.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2) / 2)
    row, column = grid.row + 150, grid.col + 30  # a pixel far from the hole, so that no window is left out
    tiles = plan_tiling(request_for([str(tmp_path / "scene.tif")], tmp_path), predictor.description)
    top, bottom = tiles.window_rows(tiles.strips[0])[0], len(tiles.columns)
    total = parts = 0.0
    for k in (row // 32 - 1, row // 32):
        for m in (column // 32 - 1, column // 32):
            number = (k - top) * bottom + tiles.columns.index(m * 32) + 1
            weight = weights[row - k * 32, column - m * 32]
            total, parts = total + weight * number / 100, parts + weight
    assert predictor.calls == len(tiles.window_rows(tiles.strips[0])) * len(tiles.columns)
    assert whole[150, 30] == pytest.approx(total / parts, abs=1e-5)


def test_nodata_in_is_nodata_out(tmp_path):
    _, whole, _ = mapped(tmp_path, BlurPredictor())
    assert np.isnan(whole[60:70, 100:130]).all() and np.isnan(whole).sum() == 300


@pytest.mark.parametrize("first", [1, 3, -1])
def test_a_run_that_begins_later_gives_the_same_strips(tmp_path, first):
    predictor = BlurPredictor(overlap=0.6)
    _, _, all_strips = mapped(tmp_path, predictor)
    _, _, later = mapped(tmp_path, predictor, first_strip=first)
    for strip, expected in zip(later, all_strips[first:]):
        assert strip.number == expected.number
        np.testing.assert_array_equal(strip.probability, expected.probability)


def test_batches_give_what_single_windows_give(tmp_path):
    single, batched = BlurPredictor(), BlurPredictor()
    batched.batch_size = 3
    np.testing.assert_array_equal(mapped(tmp_path, single)[1], mapped(tmp_path, batched)[1])
    assert batched.calls < single.calls


def test_windows_without_a_valid_pixel_are_not_predicted(tmp_path):
    path = write_raster(tmp_path / "a.tif", np.full((6, 128, 128), np.nan, np.float32))
    predictor = BlurPredictor()
    tiles = plan_tiling(request_for([path], tmp_path), predictor.description)
    reader = SceneReader(request_for([path], tmp_path).sources, ("red",), tiles.around)
    strips = list(predict_strips(tiles, reader, predictor, "unknown", NoProgress(), tiles.strips[0]))
    assert predictor.calls == 0 and all(np.isnan(strip.probability).all() for strip in strips)


def test_cancel_stops_between_windows(tmp_path):
    class Stop(NoProgress):
        seen = 0

        def report(self, fraction, text):
            self.seen += 1

        def is_cancelled(self):
            return self.seen >= 3

    path = write_raster(tmp_path / "a.tif", snow_scene((200, 240)))
    predictor = BlurPredictor()
    tiles = plan_tiling(request_for([path], tmp_path), predictor.description)
    reader = SceneReader(request_for([path], tmp_path).sources, ("red",), tiles.around)
    with pytest.raises(Cancelled):
        list(predict_strips(tiles, reader, predictor, "unknown", Stop(), tiles.strips[0]))
    assert predictor.calls <= 3


def test_location_vectors(tmp_path):
    path = write_raster(tmp_path / "a.tif", snow_scene((64, 64)))
    feature = Feature("optical", ("red",), (0.0,), (1.0,))
    region = ModelDescription("x", (feature,), 64, location="region")
    coordinates = ModelDescription("x", (feature,), 64, location="coordinates")
    grid = plan_tiling(request_for([path], tmp_path), region).grid
    assert location_vector(region, grid, "HMA").tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert location_vector(region, grid, "unknown")[11] == 1
    soft = (0.25, 0.75, *(0.0,) * 10)
    assert location_vector(region, grid, soft).tolist() == list(soft)
    vector = location_vector(coordinates, grid, "unknown")
    lat, lon = np.degrees(np.arctan2(vector[0], vector[1])), np.degrees(np.arctan2(vector[2], vector[3]))
    assert lat == pytest.approx(34.33, abs=0.05) and lon == pytest.approx(76.09, abs=0.05)
