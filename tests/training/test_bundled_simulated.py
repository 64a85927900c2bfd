"""The simulated part of the bundled network's data."""

from __future__ import annotations

import numpy as np
import pytest
from icemargin.training.bundled.conditions import draw_conditions
from icemargin.training.bundled.real_terrain import ground_of, in_doubt, real_terrain_tiles
from icemargin.training.bundled.rendering import View
from icemargin.training.bundled.simulated import simulated_tiles
from icemargin.training.bundled.tiny import BANDS, FACTORS, LABEL, tiny_path, write_tiny
from icemargin.training.simulate import Surface
from osgeo import gdal


def scene(seed):
    return next(simulated_tiles([seed], size=64, resolution=40.0))


def test_the_same_seed_gives_the_same_tile_and_another_another():
    one, same, other = scene(7), scene(7), scene(9)
    assert all((one.bands[name] == same.bands[name]).all() for name in one.bands)
    assert not np.array_equal(one.bands["red"], other.bands["red"])
    assert set(one.bands) >= {*BANDS, "elevation", "slope"} and one.glacier.shape == (64, 64)
    assert all(np.isfinite(band).all() for band in one.bands.values())
    assert set(np.unique(one.glacier)) <= {-1, 0, 1} and not (one.glacier[one.debris] == 0).any()


def test_conditions_differ_widely():
    drawn = [draw_conditions(np.random.default_rng(seed)) for seed in range(200)]
    suns = [one.sun_elevation for one in drawn]
    assert min(suns) < 30 and max(suns) > 60
    assert {one.lake for one in drawn} == {"turquoise", "dark", "turbid", "frozen"}
    assert any(one.cloud for one in drawn) and not all(one.cloud for one in drawn)


def view_of(truth, slope=10.0):
    bands = {"slope": np.full(truth.shape, slope, np.float32)}
    return View(bands, truth.astype(np.uint8), np.zeros(truth.shape, bool), np.zeros(truth.shape, bool))


def test_small_snow_is_no_glacier_and_large_snow_has_no_label():
    truth = np.full((40, 40), Surface.ROCK)
    truth[2:8, 2:8] = Surface.SNOW  # 3,600 m2
    truth[20:35, 20:35] = Surface.SNOW  # 22,500 m2
    truth[20:35, 2:10] = Surface.SNOW_ON_ICE
    labels = view_of(truth).labels(10.0)
    assert (labels[2:8, 2:8] == 0).all() and (labels[20:35, 20:35] == -1).all() and (labels[20:35, 2:10] == 1).all()


@pytest.mark.parametrize("slope, doubted", [(10.0, True), (40.0, False)])
def test_high_and_gentle_ground_far_from_outlines_is_in_doubt(slope, doubted):
    glacier = np.zeros((60, 60), bool)
    glacier[:5] = True
    elevation = np.tile(np.linspace(3000, 3000, 60)[:, None], 60)
    elevation[:5] = 2900
    doubt = in_doubt(view_of(np.full((60, 60), Surface.ROCK), slope), glacier, elevation)
    assert doubt[40, 30] == doubted and not doubt[10, 30] and not doubt[:5].any()
    elevation[30:] = 2000
    assert not in_doubt(view_of(np.full((60, 60), Surface.ROCK), slope), glacier, elevation)[40, 30]


def test_real_glaciers_keep_their_surface():
    glacier = np.zeros((20, 20), bool)
    glacier[5:15, 5:15] = True
    elevation = np.add.outer(np.arange(20.0), np.arange(20.0)) + 3000
    ground = ground_of(elevation, glacier)
    assert (ground.surface == elevation).all() and ((ground.thickness > 0) == glacier).all()
    assert (ground.line == np.median(elevation[glacier])).all()


def test_light_on_real_terrain(shared):
    tile = next(real_terrain_tiles(shared / "data", 1))
    assert tile.name.startswith("oetztal") and np.isfinite(tile.bands["red"]).all()
    assert (tile.glacier == 1).mean() > 0.3 and tile.debris.any()
    assert 10 < tile.box[0] < tile.box[2] < 12 and 46 < tile.box[1] < tile.box[3] < 48


def test_the_tiny_scenes_beside_the_tests_are_what_the_simulator_makes(tmp_path, request):
    write_tiny(tmp_path)
    kept = request.path.parents[1] / "bundled"
    for number in range(2):
        made, there = (gdal.Open(str(tiny_path(folder, number))).ReadAsArray() for folder in (tmp_path, kept))
        assert made.shape == (len(FACTORS) + 1, 96, 96) and (made[LABEL] == there[LABEL]).mean() > 0.999
        assert np.abs(made[:LABEL].astype(int) - there[:LABEL]).max() <= 1, "rounding may differ, the scene not"
