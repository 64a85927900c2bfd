"""What the bundled model's simulator adds: clouds, the height model, plants, valley floors, debris, labels."""

from dataclasses import replace

import numpy as np
import pytest
from icemargin.training.bundled.conditions import draw_conditions
from icemargin.training.bundled.rendering import View, clouds, height_model, meadow_share
from icemargin.training.ground import fill_valleys
from icemargin.training.ice import debris_cover
from icemargin.training.simulate import Surface


@pytest.fixture
def conditions():
    return draw_conditions(np.random.default_rng(1))


def a_view(truth, cloud=None):
    nothing = np.zeros(truth.shape, bool)
    return View({}, truth.astype(np.uint8), nothing if cloud is None else cloud, nothing)


@pytest.mark.parametrize(
    ("pixels", "resolution", "label"),
    [(1, 10.0, 0), (99, 10.0, 0), (100, 10.0, -1), (400, 10.0, -1), (24, 20.0, 0), (25, 20.0, -1)],
)
def test_snow_off_the_glacier_has_no_label_from_a_hectare_on(pixels, resolution, label):
    truth = np.full((30, 30), Surface.ROCK)
    truth[np.arange(pixels) // 25, np.arange(pixels) % 25] = Surface.SNOW
    labels = a_view(truth).labels(resolution)
    assert set(labels[truth == Surface.SNOW]) == {label}
    assert set(labels[truth == Surface.ROCK]) == {0}


def test_snow_that_touches_at_corners_is_one_patch():
    truth = np.full((150, 150), Surface.ROCK)
    np.fill_diagonal(truth, Surface.SNOW)
    assert (np.diagonal(a_view(truth).labels(10.0)) == -1).all()


@pytest.mark.parametrize(
    ("surface", "label"),
    [(Surface.CLEAN_ICE, 1), (Surface.DEBRIS_COVERED_ICE, 1), (Surface.SNOW_ON_ICE, 1), (Surface.ROCK, 0),
     (Surface.LAKE, 0)],
)  # fmt: skip
def test_labels_of_surfaces_and_clouds(surface, label):
    cloud = np.zeros((20, 20), bool)
    cloud[:5] = True
    seen = a_view(np.full((20, 20), surface), cloud)
    labels = seen.labels(10.0)
    assert set(labels[cloud]) == {-1} and set(labels[~cloud]) == {label}
    assert not seen.debris[cloud].any() and seen.debris[~cloud].all() == (surface == Surface.DEBRIS_COVERED_ICE)


@pytest.mark.parametrize(("azimuth", "moved"), [(180, (-1, 0)), (0, (1, 0)), (90, (0, -1)), (270, (0, 1))])
def test_a_cloud_throws_its_shadow_away_from_the_sun(conditions, azimuth, moved):
    here = replace(conditions, cloud=0.1, sun_elevation=45.0, sun_azimuth=float(azimuth))
    cloud, shadow = clouds(np.random.default_rng(2), (80, 80), here, 50.0)
    assert cloud.mean() == pytest.approx(0.1, abs=0.01)
    assert np.array_equal(shadow, np.roll(cloud, (30 * moved[0], 30 * moved[1]), (0, 1)))  # 1500 m


def test_no_cloud_no_shadow(conditions):
    assert not np.any(clouds(np.random.default_rng(2), (20, 20), replace(conditions, cloud=0.0), 10.0))


@pytest.mark.parametrize("resolution", [10.0, 20.0])
def test_a_height_model_keeps_a_plane(resolution):
    plane = 2000 - 0.5 * resolution * np.arange(60.0)[:, None] + np.zeros((60, 60))
    model = height_model(np.random.default_rng(1), plane, 0.0, resolution, 8)
    assert model["elevation"].shape == model["slope"].shape == (44, 44)
    assert np.allclose(model["elevation"], plane[8:-8, 8:-8], atol=0.01)
    assert np.allclose(model["slope"], np.degrees(np.arctan(0.5)), atol=0.05)


def test_a_height_model_has_errors_and_is_smooth():
    model = height_model(np.random.default_rng(1), np.zeros((240, 240)), 2.0, 10.0, 9)["elevation"]
    # Stretched between cell centres, errors average out a little.
    assert 1.2 < model.std() < 2.0
    assert np.diff(model, axis=0).std() < 0.5 * model.std()


@pytest.mark.parametrize(("slope", "limit"), [(0, 2280), (32, 1800), (60, 1380)])
def test_plants_grow_low_and_lower_on_steeper_ground(slope, limit):
    heights = np.linspace(3000, 1000, 200)[:, None] + np.zeros((200, 200))  # 40 % of the relief is 1800 m
    share = meadow_share(np.random.default_rng(1), heights, np.full_like(heights, np.radians(slope)), 0.4)
    assert share[heights < limit - 250].mean() > 0.8 and share[heights > limit + 250].mean() < 0.1


def test_valleys_get_flat_floors_and_ridges_stay():
    valley = 40 * np.abs(np.arange(41.0) - 20)[None, :] + np.zeros((41, 41))
    filled = fill_valleys(valley, 8)
    assert np.ptp(filled[20, 18:23]) < 0.2 * np.ptp(valley[20, 18:23])
    assert np.allclose(filled[20, 4:10], valley[20, 4:10], atol=2)
    assert fill_valleys(valley, 0.0) is valley


def test_more_debris_covers_more_ice():
    surface = np.linspace(3500, 2000, 90)[:, None] + np.zeros((90, 90))
    line = np.full_like(surface, 3000.0)

    def covered(amount):
        rng = np.random.default_rng(3)
        return debris_cover(rng, surface, np.full_like(surface, 80.0), line, 20.0, amount)

    little, some, heavy = (covered(amount) for amount in (-3.0, 0.0, 2.0))
    assert little.mean() < some.mean() < heavy.mean()
    assert not (some & ~heavy).any() and heavy[-10:].mean() > 0.95 and not heavy[surface > 3000].any()
